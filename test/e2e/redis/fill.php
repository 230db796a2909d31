<?php

// Adds values of a quarter of a MiB until Redis refuses one; prints how many it took and what it said.
use Illuminate\Support\Facades\Redis;

for ($number = 0; $number < 4000; $number++) {
    try {
        if (! Redis::connection()->set("filler:$number", random_bytes(262_144))) {
            throw new RuntimeException(Redis::connection()->client()->getLastError() ?? 'refused');
        }
    } catch (Throwable $error) {
        echo $number, ' ', $error->getMessage(), "\n";
        exit;
    }
}
echo $number, " nothing\n";
