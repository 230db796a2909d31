<?php

declare(strict_types=1);

// Laravel merges its own defaults into this file, but one level deep only: the connection "mysql" and the block "redis"
// replace Laravel's and must be whole.

return [

    'default' => env('DB_CONNECTION', 'mysql'),

    'connections' => [

        'mysql' => [
            'driver' => 'mysql',
            // Laravel knows no DB_READ_HOST of its own.
            'read' => ['host' => env('DB_READ_HOST', env('DB_HOST', '127.0.0.1'))],
            'write' => ['host' => env('DB_HOST', '127.0.0.1')],
            // After its first write a request reads from the writer: a replica may be behind. The next request may not.
            'sticky' => true,
            'port' => env('DB_PORT', '3306'),
            'database' => env('DB_DATABASE', 'laravel'),
            'username' => env('DB_USERNAME', 'root'),
            'password' => env('DB_PASSWORD', ''),
            'charset' => 'utf8mb4',
            'collation' => env('DB_COLLATION', 'utf8mb4_unicode_ci'),
            'prefix' => '',
            'prefix_indexes' => true,
            'strict' => true,
            'engine' => null,
            'options' => extension_loaded('pdo_mysql') ? array_filter([
                // With it the connection is encrypted, and the server's certificate must be of these authorities and of its name; with
                // false in the second line it may be any. Laravel knows no MYSQL_ATTR_SSL_VERIFY_SERVER_CERT of its own.
                // The older names are deprecated from PHP 8.5 on, the newer ones are missing before 8.4.
                (PHP_VERSION_ID >= 80400 ? Pdo\Mysql::ATTR_SSL_CA : PDO::MYSQL_ATTR_SSL_CA) => env('MYSQL_ATTR_SSL_CA'),
                (PHP_VERSION_ID >= 80400 ? Pdo\Mysql::ATTR_SSL_VERIFY_SERVER_CERT : PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT) => env('MYSQL_ATTR_SSL_VERIFY_SERVER_CERT'),
                // Seconds for a connection. A server that is just gone swallows packets, and the default of 30 would hold
                // every PHP-FPM child long after another server has taken over.
                PDO::ATTR_TIMEOUT => 3,
            ], fn ($option) => $option !== null) : [],
        ],

    ],

    'redis' => [

        'client' => env('REDIS_CLIENT', 'phpredis'),

        // Spelled out, because who measures the queue from outside must know its key.
        'options' => ['prefix' => env('REDIS_PREFIX', 'fintrack_')],

        // Queues, sessions and locks: in a Redis that evicts nothing.
        'default' => [
            'host' => env('REDIS_HOST', '127.0.0.1'),
            'port' => env('REDIS_PORT', '6379'),
            'username' => env('REDIS_USERNAME'),
            'password' => env('REDIS_PASSWORD'),
            'database' => env('REDIS_DB', '0'),
            // Seconds for a connection, and for an answer: a proxy that is just gone swallows packets, and the defaults of a minute
            // would hold whoever asked it. The second one must be longer than block_for of config/queue.php.
            'timeout' => 1,
            'read_timeout' => 5,
            // A host that begins with tls:// whose certificate no public authority signed. The key must not be there otherwise: phpredis
            // takes an empty context for TLS.
            ...(env('REDIS_TLS_CA') === null ? [] : ['context' => ['stream' => ['cafile' => env('REDIS_TLS_CA')]]]),
        ],

        // The cache: in a Redis of its own, because eviction does not look at which database a key is in.
        'cache' => [
            'host' => env('REDIS_CACHE_HOST', env('REDIS_HOST', '127.0.0.1')),
            'port' => env('REDIS_CACHE_PORT', env('REDIS_PORT', '6379')),
            'username' => env('REDIS_CACHE_USERNAME', env('REDIS_USERNAME')),
            'password' => env('REDIS_CACHE_PASSWORD', env('REDIS_PASSWORD')),
            'database' => env('REDIS_CACHE_DB', '1'),
            'timeout' => 1,
            'read_timeout' => 5,
            ...(env('REDIS_CACHE_TLS_CA') === null ? [] : ['context' => ['stream' => ['cafile' => env('REDIS_CACHE_TLS_CA')]]]),
        ],

    ],

];
