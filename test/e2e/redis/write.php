<?php

// NAME PAUSE MOST: adds the members NAME-1, NAME-2, … to the set drill:NAME with PAUSE milliseconds between two, until there are MOST
// or somebody asks it to stop. Each acknowledged member, and each error, is a line with its time in milliseconds.
use Illuminate\Support\Facades\Redis;

[, $name, $pause, $most] = $argv;
$milliseconds = fn (): int => (int) (microtime(true) * 1000);
// Whoever started it may be gone: then it must end by itself.
$end = $milliseconds() + 600_000;
for ($number = 1; $number <= (int) $most && $milliseconds() < $end && ! file_exists("/tmp/drill-stop-$name"); $number++) {
    try {
        // phpredis answers some errors with false instead of an exception.
        $added = Redis::connection()->sadd("drill:$name", "$name-$number");
        if ($added !== 1) {
            throw new RuntimeException(Redis::connection()->client()->getLastError() ?? 'answered '.json_encode($added));
        }
        echo 'ok ', $milliseconds(), " $name-$number\n";
        usleep((int) $pause * 1000);
    } catch (Throwable $error) {
        echo 'error ', $milliseconds(), ' ', strtr($error->getMessage(), "\n", ' '), "\n";
        Redis::purge();
        usleep(50_000);
    }
}
