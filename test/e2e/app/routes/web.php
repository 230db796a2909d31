<?php

declare(strict_types=1);

use App\Http\Middleware\AnswerJson;
use App\Jobs\CategorizeTransaction;
use App\Jobs\FetchStatement;
use Illuminate\Database\UniqueConstraintViolationException;
use Illuminate\Foundation\Http\Middleware\PreventRequestForgery;
use Illuminate\Foundation\Http\Middleware\ValidateCsrfToken;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Cache;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Redis;
use Illuminate\Support\Facades\Route;

// Every route is a closure that needs nothing from this file, so that `artisan route:cache` can keep it.

Route::get('/', fn (Request $request) => view('home', [
    'visits' => $request->session()->increment('visits'),
    'transactions' => DB::table('transactions')->count(),
]));

// Laravel's `web` group starts a session and asks for a CSRF token; a client of this API has neither.
Route::prefix('api')->middleware(AnswerJson::class)->withoutMiddleware('web')->group(function (): void {
    Route::get('status', function (Request $request): array {
        // What cannot be reached is null or false here: this page is asked when something is down.
        $try = function (Closure $ask): mixed {
            try {
                return $ask();
            } catch (Throwable) {
                return null;
            }
        };

        return [
            'pod' => gethostname(),
            'laravel' => app()->version(),
            'env' => app()->environment(),
            'debug' => config('app.debug'),
            'config_cached' => app()->configurationIsCached(),
            'client_ip' => $request->ip(),
            'secure' => $request->secure(),
            'database' => [
                'name' => DB::connection()->getDatabaseName(),
                'write_host' => $try(fn () => DB::scalar('select @@hostname', [], false)),
                'read_host' => $try(fn () => DB::scalar('select @@hostname')),
            ],
            'redis' => (bool) $try(fn () => Redis::connection()->ping()),
            'cache' => (bool) $try(fn () => Redis::connection('cache')->ping()),
        ];
    });

    Route::post('transactions', function (Request $request): JsonResponse {
        $key = $request->header('Idempotency-Key');
        validator(
            [...$request->only('amount', 'note'), 'Idempotency-Key' => $key],
            [
                'Idempotency-Key' => ['required', 'regex:/^[\x21-\x7e]{1,64}$/D'],
                // A string, because a JSON number becomes a float. At most what decimal(14, 2) holds; no "-0".
                'amount' => ['required', 'string', 'regex:/^(?!-0(\.0+)?$)-?(0|[1-9]\d{0,11})(\.\d{1,2})?$/D'],
                'note' => ['required', 'string', 'max:190', 'regex:/^.*$/Dsu'], // "u" refuses what is not UTF-8
            ],
            attributes: ['Idempotency-Key' => 'Idempotency-Key header'],
        )->validate();

        [$units, $cents] = explode('.', $request->input('amount').'.');
        $body = ['amount' => $units.'.'.str_pad($cents, 2, '0'), 'note' => $request->input('note')];

        try {
            // The unique index decides, so two requests at the same moment book once.
            $id = DB::table('transactions')->insertGetId([
                ...$body, 'idempotency_key' => $key, 'created_at' => now(), 'updated_at' => now(),
            ]);
        } catch (UniqueConstraintViolationException) {
            $booked = DB::table('transactions')->useWritePdo()->where('idempotency_key', $key)->sole();
            if ($body !== ['amount' => $booked->amount, 'note' => $booked->note]) {
                return response()->json(['message' => 'This Idempotency-Key belongs to another transaction.'], 409);
            }
            if ($booked->category === null) {
                // The first request may have booked and then not reached the queue. The job twice is no harm.
                CategorizeTransaction::dispatch($booked->id);
            }

            return response()->json(['id' => $booked->id, ...$body]);
        }

        CategorizeTransaction::dispatch($id);

        return response()->json(['id' => $id, ...$body], 201);
    });

    // From the writer, here and below: a client may ask for what it has just written.
    Route::get('transactions/{id}', fn (int $id) => response()->json(
        DB::table('transactions')->useWritePdo()->find($id) ?? abort(404, 'No such transaction.')
    ))->where('id', '\d{1,18}');

    Route::get('transactions', function (Request $request): array {
        $request->validate(['after' => 'integer|min:0', 'limit' => 'integer|between:1,1000']);

        return [
            'transactions' => DB::table('transactions')
                ->useWritePdo()
                ->where('id', '>', $request->integer('after'))
                ->orderBy('id')
                ->limit($request->integer('limit', 100))
                ->get(['id', 'idempotency_key as key']),
        ];
    });

    Route::get('summary', function (): array {
        $totals = DB::table('transactions')->useWritePdo()->selectRaw(
            'count(*) as transactions, count(category) as categorized,'
            .' cast(coalesce(sum(amount), 0) as decimal(20, 2)) as amount'
        )->first();

        return [
            ...(array) $totals,
            'ticks' => DB::table('ticks')->useWritePdo()->count(),
            'migrations' => DB::table('migrations')->useWritePdo()
                ->where('migration', '2026_01_01_000000_create_transactions')->count(),
            'migration_runs' => DB::table('migration_runs')->useWritePdo()->count(),
        ];
    });

    // Many jobs at once, each of which takes its time.
    Route::post('statements', function (Request $request): JsonResponse {
        $request->validate(['count' => 'required|integer|between:1,1000', 'milliseconds' => 'required|integer|between:0,10000']);
        foreach (range(1, $request->integer('count')) as $statement) {
            FetchStatement::dispatch($statement, $request->integer('milliseconds'));
        }

        return response()->json(['queued' => $request->integer('count')], 202);
    });

    Route::get('statements', fn (): array => (array) DB::table('statements')->useWritePdo()
        ->selectRaw('count(*) as fetched, count(distinct statement) as statements, count(distinct host) as workers')->first());

    // The prefix keeps clients away from what Laravel itself keeps in the cache.
    Route::put('cache/{key}', function (Request $request, string $key): array {
        $value = $request->validate(['value' => 'required|string|max:10000'])['value'];
        Cache::put("api:$key", $value, now()->addHour());

        return ['key' => $key, 'value' => $value];
    })->where('key', '[\w.-]{1,100}');

    Route::get('cache/{key}', fn (string $key) => [
        'key' => $key,
        'value' => Cache::get("api:$key") ?? abort(404, 'Not in the cache.'),
    ])->where('key', '[\w.-]{1,100}');

    // A request in flight: proves that a rollout lets it finish.
    Route::get('slow/{milliseconds}', function (int $milliseconds): array {
        abort_if($milliseconds > 59_000, 422, 'At most 59000 milliseconds.');
        $end = hrtime(true) + $milliseconds * 1_000_000;
        while (($left = $end - hrtime(true)) > 0) {
            usleep(intdiv($left, 1000) + 1); // a signal wakes it before its time
        }

        return ['slept' => $milliseconds, 'pod' => gethostname()];
    })->where('milliseconds', '\d{1,9}');

    // Work for the processor: makes an autoscaler act.
    Route::get('busy/{milliseconds}', function (int $milliseconds): array {
        abort_if($milliseconds > 10_000, 422, 'At most 10000 milliseconds.');
        $end = hrtime(true) + $milliseconds * 1_000_000;
        for ($rounds = 0; hrtime(true) < $end; $rounds++) {
            hash('sha256', (string) $rounds);
        }

        return ['rounds' => $rounds, 'pod' => gethostname()];
    })->where('milliseconds', '\d{1,9}');

    Route::post('upload', function (Request $request): array {
        $file = $request->validate(['file' => 'required|file'])['file'];

        return ['size' => $file->getSize(), 'sha256' => hash_file('sha256', $file->getRealPath())];
    });
});

// With a session, but without a token: the class that asks for it is ValidateCsrfToken in Laravel 11 and 12 and
// PreventRequestForgery from 13 on. A name that does not exist excludes nothing.
Route::prefix('api')
    ->middleware(AnswerJson::class)
    ->withoutMiddleware([ValidateCsrfToken::class, PreventRequestForgery::class])
    ->group(function (): void {
        Route::put('session', function (Request $request): array {
            $value = $request->validate(['value' => 'required|string|max:1000'])['value'];
            $request->session()->put('value', $value);

            return ['value' => $value];
        });

        Route::get('session', fn (Request $request) => ['value' => $request->session()->get('value')]);
    });
