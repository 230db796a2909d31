import { fault, type Fault } from './fault';

export const phpFaults: readonly Fault[] = [
  fault(
    15,
    'a pool without [www]',
    'php/www.conf',
    '[www]',
    '',
    ...(
      [
        ['listen = ', 'listen'],
        ['pm = ', 'pm'],
        ['pm.max_children = ', 'pm.max_children'],
        ['pm.status_listen = ', 'pm.status_listen'],
        ['pm.status_path = ', 'pm.status_path'],
        ['ping.path = ', 'ping.path'],
        ['security.limit_extensions = ', 'security.limit_extensions'],
        ['catch_workers_output = ', 'catch_workers_output'],
        ['access.log = ', 'access.log'],
      ] as const
    ).map(([at, key]) => [at, `${key} stands in [global]; it belongs below [www]`] as const),
  ),
  fault(15, 'a pool without listen', 'php/www.conf', 'listen = 9000', '', [
    '',
    'listen is missing; it must be 9000, where nginx and the probes ask',
  ]),
  fault(16, 'a comment behind pm', 'php/www.conf', 'pm = static', 'pm = dynamic                    # grows and shrinks', [
    'pm = dynamic',
    'pm is "dynamic                    # grows and shrinks" with all that follows #; a comment begins with ;',
  ]),
  fault(17, 'a comment behind a value of php.ini', 'php/php.ini', 'upload_max_filesize = 20M', 'upload_max_filesize = 20M # of a picture', [
    'upload_max_filesize = 20M #',
    'upload_max_filesize is "20M # of a picture" with all that follows #; a comment begins with ;',
  ]),
  fault(18, 'how often to look for what never changes', 'php/php.ini', '', 'opcache.revalidate_freq = 2', [
    'opcache.revalidate_freq',
    'opcache.revalidate_freq says how often files are checked, and opcache.validate_timestamps 0 says never; remove it',
  ]),
  fault(
    19,
    'children of which nobody counted the memory',
    'php/www.conf',
    'pm.max_children = ${PHP_FPM_MAX_CHILDREN}',
    'pm.max_children = 50',
    ['pm.max_children = 50', 'pm.max_children is 50; it must be ${PHP_FPM_MAX_CHILDREN}, which php.childrenPerPod sets'],
  ),
  fault(19, 'the same in Compose', 'docker-compose.prod.yml', 'PHP_FPM_MAX_CHILDREN: "12"', 'PHP_FPM_MAX_CHILDREN: "50"', [
    'limits: { cpus: "2", memory: 2304M',
    'php has memory 2304M; PHP_FPM_MAX_CHILDREN 50 × memory_limit 128M (docker/php/php.ini:N) + opcache 192 MiB + 40 MiB + tmpfs 352 MiB = 6984 MiB. ' +
      'Lower PHP_FPM_MAX_CHILDREN or raise the limit to 6984M',
  ]),
  fault(20, 'a request that outlives whoever waits for it', 'php/php.ini', 'max_execution_time = 50', 'max_execution_time = 300', [
    '<php/www.conf>request_terminate_timeout = 60s',
    'request_terminate_timeout 60s must be more than max_execution_time 300 (docker/php/php.ini:N); whoever waits must wait longer than whoever works',
  ]),
  fault(21, 'a form no larger than the file in it', 'php/php.ini', 'post_max_size = 24M', 'post_max_size = 20M', [
    'post_max_size = 20M',
    'post_max_size 20M must be more than upload_max_filesize 20M (docker/php/php.ini:N); the form around an uploaded file needs room',
  ]),
  ...['php/Dockerfile', 'php/Dockerfile.prod'].map((file) =>
    fault(22, `phpredis without the extension in ${file}`, file, 'pecl install redis-6.3.0', 'pecl install igbinary', [
      'RUN set -eux',
      'RUN installs no redis, and REDIS_CLIENT is phpredis (docker/.env.docker.example:N); add "pecl install redis-…" and enable it',
    ]),
  ),
  fault(23, 'CACHE_DRIVER', '.env.docker.example', 'CACHE_STORE=redis', 'CACHE_DRIVER=redis', [
    'CACHE_DRIVER',
    'CACHE_DRIVER redis is not read by Laravel 11; write CACHE_STORE',
  ]),
  fault(
    36,
    'settings that are cached for one container',
    'php/Dockerfile.prod',
    'php artisan route:cache;',
    'php artisan config:cache; php artisan route:cache;',
    [
      '<RUN>php artisan config:cache',
      'RUN runs config:cache, which keeps the settings of this build; remove it, entrypoint.sh does it at each start',
    ],
  ),
  fault(40, 'a log file of Laravel', '.env.production.example', 'LOG_CHANNEL=stderr', 'LOG_CHANNEL=stack', [
    'LOG_CHANNEL=stack',
    'LOG_CHANNEL stack writes to a file in a container, read by nobody and gone with it; write stderr',
  ]),
  fault(40, 'a log file of PHP-FPM', 'php/www.conf', 'access.log = /proc/self/fd/2', 'access.log = /var/log/php-fpm/access.log', [
    'access.log = /var',
    'access.log is /var/log/php-fpm/access.log; it must be /proc/self/fd/2, as a file in a container is read by nobody and gone with it',
  ]),
  fault(
    43,
    'a Composer package that does not exist',
    'php/Dockerfile.prod',
    'RUN apk add --no-cache git unzip',
    'RUN composer require newrelic/newrelic-php-agent',
    ['RUN composer require newrelic', 'RUN asks for a package that does not exist; remove it, the agent is an extension of PHP'],
  ),
];
