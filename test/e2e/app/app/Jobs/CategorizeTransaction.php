<?php

declare(strict_types=1);

namespace App\Jobs;

use DateTimeInterface;
use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;
use Illuminate\Support\Facades\DB;

final class CategorizeTransaction implements ShouldQueue
{
    use Queueable;

    /** @var list<int> seconds before each further try */
    public array $backoff = [1, 5, 15, 30];

    public function __construct(private readonly int $id)
    {
    }

    /** Takes precedence over the worker's --tries: a database that is away for minutes must not use the tries up. */
    public function retryUntil(): DateTimeInterface
    {
        return now()->addDay();
    }

    /**
     * A queue delivers at least once, so a second run must change nothing: the statement itself looks for the first.
     * It reads no replica, which may not have the row yet.
     */
    public function handle(): void
    {
        DB::table('transactions')
            ->where('id', $this->id)
            ->whereNull('category')
            ->update([
                'category' => DB::raw("case when amount < 0 then 'expense' else 'income' end"),
                'updated_at' => now(),
            ]);
    }
}
