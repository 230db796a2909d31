<?php

declare(strict_types=1);

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Schema;

// MySQL commits each CREATE TABLE on its own, so a run that was cut short must be able to go on where it ended.
// No down(): a rollback never drops bookings.
return new class extends Migration
{
    public function up(): void
    {
        $this->create('transactions', function (Blueprint $table): void {
            $table->id();
            // Compared byte by byte: the default collation takes "a" and "A" for the same key.
            $table->string('idempotency_key', 64)->charset('ascii')->collation('ascii_bin')->unique();
            $table->decimal('amount', 14, 2);
            $table->string('note', 190);
            $table->string('category', 50)->nullable();
            $table->timestamps();
        });
        $this->create('ticks', function (Blueprint $table): void {
            $table->id();
            $table->string('host');
            $table->timestamp('created_at');
        });
        $this->create('migration_runs', function (Blueprint $table): void {
            $table->id();
            $table->string('host');
            $table->timestamp('created_at');
        });
        $this->create('statements', function (Blueprint $table): void {
            $table->id();
            $table->unsignedInteger('statement');
            $table->string('host');
            $table->timestamp('created_at');
        });
        // Laravel's own table has one row however often this ran; here a second run shows.
        DB::table('migration_runs')->insert(['host' => gethostname(), 'created_at' => now()]);
    }

    private function create(string $table, Closure $columns): void
    {
        if (! Schema::hasTable($table)) {
            Schema::create($table, $columns);
        }
    }
};
