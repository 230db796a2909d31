<?php

// SIZE: adds values of that many bytes until Redis refuses one; prints how many it took and what it said.
use Illuminate\Support\Facades\Redis;

$size = (int) $argv[1];
for ($number = 0; $number < 100_000; $number++) {
    try {
        if (! Redis::connection()->set("filler:$size:$number", random_bytes($size))) {
            throw new RuntimeException(Redis::connection()->client()->getLastError() ?? 'refused');
        }
    } catch (Throwable $error) {
        echo $number, ' ', $error->getMessage(), "\n";
        exit;
    }
}
echo $number, " nothing\n";
