<?php

// MEBIBYTES: puts that much into the application's cache, in values of 64 KiB that do not repeat.
use Illuminate\Support\Facades\Cache;

for ($number = 0; $number < (int) $argv[1] * 16; $number++) {
    Cache::put("pressure:$number", random_bytes(65_536), 3600);
}
