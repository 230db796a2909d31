<?php

declare(strict_types=1);

// Merged with Laravel's own defaults one level deep: the connection "redis" must be whole.

return [

    'default' => env('QUEUE_CONNECTION', 'redis'),

    'connections' => [

        'redis' => [
            'driver' => 'redis',
            'connection' => env('REDIS_QUEUE_CONNECTION', 'default'),
            'queue' => env('REDIS_QUEUE', 'default'),
            // Above the worker's --timeout, or a slow job runs a second time beside itself.
            'retry_after' => (int) env('REDIS_QUEUE_RETRY_AFTER', 120),
            // A job starts at once. Never 0: the worker would hear the stop signal only with the next job. Shorter than read_timeout of
            // config/database.php, or waiting would count as a lost connection.
            'block_for' => 2,
            // A worker must not look for a row before the transaction that writes it is committed.
            'after_commit' => true,
        ],

    ],

];
