#!/usr/bin/env php
<?php

// migrate: `artisan migrate`, by one at a time. Jobs of two releases may be there at once, and two that do the same migration leave it half-done.
// Laravel's own --isolated keeps its lock in a cache for an hour after its pod was killed; this one ends with its connection.

require 'vendor/autoload.php';
$app = require 'bootstrap/app.php';
$kernel = $app->make(Illuminate\Contracts\Console\Kernel::class);
$kernel->bootstrap();

$lock = "SELECT GET_LOCK('fintrack_migration', 10) AS held";
while (! $app->make('db')->connection()->selectOne($lock, [], false)->held) {
    fwrite(STDERR, "migrate: another migration runs; this one waits for its end\n");
}

$input = new Symfony\Component\Console\Input\ArgvInput(['artisan', 'migrate', '--force', '--no-ansi']);
exit($kernel->handle($input, new Symfony\Component\Console\Output\ConsoleOutput()));
