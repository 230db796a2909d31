<?php

// The application as its own pods have it: what follows this reaches Redis as the application does.
// Composer's loader is absent where Laravel was installed as a package of the system; then bootstrap/app.php loads it.
if (is_file('/var/www/html/vendor/autoload.php')) {
    require '/var/www/html/vendor/autoload.php';
}
$app = require '/var/www/html/bootstrap/app.php';
$app->make(Illuminate\Contracts\Console\Kernel::class)->bootstrap();
