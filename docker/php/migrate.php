#!/usr/bin/env php
<?php

// migrate: `artisan migrate`, by one at a time. Jobs of two releases may be there at once, and two that do the same migration leave it half-done.
// Laravel's own --isolated keeps its lock in a cache for an hour after its pod was killed; this one ends with its connection.

$mysql = (require 'bootstrap/cache/config.php')['database']['connections']['mysql'];
[$host] = (array) ($mysql['write']['host'] ?? $mysql['host']);
$lock = new PDO("mysql:host=$host;port={$mysql['port']}", $mysql['username'], $mysql['password'], $mysql['options'] ?? []);
while (! $lock->query("SELECT GET_LOCK('fintrack_migration', 10)")->fetchColumn()) {
    fwrite(STDERR, "migrate: another migration runs; this one waits for its end\n");
}

passthru('php artisan migrate --force --no-ansi', $code);
exit($code);
