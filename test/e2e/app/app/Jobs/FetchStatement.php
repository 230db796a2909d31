<?php

declare(strict_types=1);

namespace App\Jobs;

use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;
use Illuminate\Support\Facades\DB;

/** Waits as for a bank, and leaves one row for each time that it ran. */
final class FetchStatement implements ShouldQueue
{
    use Queueable;

    public function __construct(private readonly int $statement, private readonly int $milliseconds)
    {
    }

    public function handle(): void
    {
        usleep($this->milliseconds * 1000);
        DB::table('statements')->insert(['statement' => $this->statement, 'host' => gethostname(), 'created_at' => now()]);
    }
}
