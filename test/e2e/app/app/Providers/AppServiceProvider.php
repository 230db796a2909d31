<?php

declare(strict_types=1);

namespace App\Providers;

use Illuminate\Http\Request;
use Illuminate\Support\Facades\Context;
use Illuminate\Support\ServiceProvider;

final class AppServiceProvider extends ServiceProvider
{
    /**
     * The request's id, which nginx makes, in each line of the log: of the request, of the jobs that it queues and of theirs. Here and not in
     * a middleware, so that an address without a route has it too. A command has none.
     */
    public function boot(Request $request): void
    {
        if ($request->headers->has('X-Request-ID')) {
            Context::add('request_id', $request->headers->get('X-Request-ID'));
        }
    }
}
