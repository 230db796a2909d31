<?php

declare(strict_types=1);

use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Schedule;

Artisan::command('fintrack:tick', function (): void {
    DB::table('ticks')->insert(['host' => gethostname(), 'created_at' => now()]);
})->purpose('Leave a mark that the scheduler ran');

// Two schedulers may overlap for a moment when a node is lost; the lock in Redis lets one of them run the task.
Schedule::command('fintrack:tick')->everyMinute()->onOneServer();
