#!/usr/bin/env php
<?php

// migrate: `artisan migrate`, by one at a time. Jobs of two releases may be there at once, and two that do the same migration leave it half-done.
// Laravel's own --isolated keeps its lock in a cache for an hour after its pod was killed; this one ends with its connection, and with a lost
// node five minutes later (wait_timeout in my.cnf).

$mysql = (require 'bootstrap/cache/config.php')['database']['connections']['mysql'];
[$host] = (array) ($mysql['write']['host'] ?? $mysql['host']);
$lock = new PDO("mysql:host=$host;port={$mysql['port']}", $mysql['username'], $mysql['password'], $mysql['options'] ?? []);
while (! $lock->query("SELECT GET_LOCK('fintrack_migration', 10)")->fetchColumn()) {
    fwrite(STDERR, "migrate: another migration runs; this one waits for its end\n");
}

$migration = proc_open(['php', 'artisan', 'migrate', '--force', '--no-ansi'], [STDIN, STDOUT, STDERR], $pipes);
while (($status = proc_get_status($migration))['running']) {
    sleep(1);
    try {
        $lock->query('SELECT 1');
    } catch (PDOException) {
        // The lock is lost, and the migration's own connection with it; that one says why.
    }
}
exit($status['exitcode']);
