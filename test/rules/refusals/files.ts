import { file, type Refusal } from './refusal';

type Change = (text: string) => string;

/** Replaces the line of a setting, whatever its value is now. */
export const set =
  (key: string, line: string): Change =>
  (text) =>
    text.replace(new RegExp(`^(\\s*)${key.replaceAll('.', '\\.')}\\b.*$`, 'm'), (_, indent: string) => indent + line);
export const append =
  (line: string): Change =>
  (text) =>
    `${text.trimEnd()}\n${line}\n`;
export const remove =
  (key: string): Change =>
  (text) =>
    text.replace(new RegExp(`^\\s*${key.replaceAll('.', '\\.')}\\b.*\n`, 'm'), '');
const replace =
  (ours: string, theirs: string): Change =>
  (text) =>
    text.replace(ours, () => theirs);

/** A line of a setting, in its place. */
const line = (path: string, key: string, text: string): Refusal => file(text, path, set(key, text));
const added = (path: string, text: string): Refusal => file(`${text}, added`, path, append(text));
const missing = (path: string, key: string): Refusal => file(`no ${key}`, path, remove(key));

export const grammar = [
  file('a directive without its semicolon', 'nginx/nginx.conf', replace('worker_connections 2048;', 'worker_connections 2048')),
  file('a semicolon too many', 'nginx/nginx.conf', append(';')),
  file('a brace too many', 'nginx/nginx.conf', append('}')),
  file('a brace too few', 'nginx/nginx.conf', append('stream {')),
  file('a quotation mark without its other', 'nginx/nginx.conf', append('error_log "stderr;')),
  file('the same in redis.conf', 'redis/redis.conf', append('tcp-keepalive "300')),
  file('a line of my.cnf that is no setting', 'mysql/my.cnf', append('max_connections: 200')),
  file('a line of php.ini that is no setting', 'php/php.ini', append('memory_limit 128M')),
  file('a setting before every section of my.cnf', 'mysql/my.cnf', (text) => `sync_binlog = 1\n${text}`),
  file('a setting before every section of haproxy.cfg', 'redis/haproxy.cfg', (text) => `maxconn 10\n${text}`),
  file('a Compose file that is no YAML', 'docker-compose.yml', append('services: [')),
];

export const values = [
  line('php/php.ini', 'opcache.enable', 'opcache.enable = 0'),
  line('php/php.ini', 'opcache.validate_timestamps', 'opcache.validate_timestamps = 1'),
  line('php/php.ini', 'error_log', 'error_log = /var/log/php.log'),
  line('php/php.ini', 'log_errors', 'log_errors = Off'),
  line('php/php.ini', 'display_errors', 'display_errors = On'),
  missing('nginx/fastcgi.conf', 'limit_conn'),
  line('nginx/fastcgi.conf', 'limit_conn', 'limit_conn large_bodies many;'),
  missing('nginx/fastcgi.conf', 'fastcgi_connect_timeout'),
  missing('nginx/fastcgi.conf', 'fastcgi_next_upstream_tries'),
  missing('php/php.ini', 'expose_php'),
  line('php/php.ini', 'opcache.memory_consumption', 'opcache.memory_consumption = 192M'),
  missing('php/php.ini', 'opcache.memory_consumption'),
  missing('php/www.conf', 'log_limit'),
  line('php/www.conf', 'daemonize', 'daemonize = yes'),
  line('php/www.conf', 'listen', 'listen = /run/fpm.sock'),
  line('php/www.conf', 'pm', 'pm = ondemand'),
  missing('php/www.conf', 'pm.max_children'),
  missing('php/www.conf', 'pm.status_listen'),
  line('php/www.conf', 'pm.status_path', 'pm.status_path = /status'),
  line('php/www.conf', 'ping.path', 'ping.path = /ping'),
  line('php/www.conf', 'security.limit_extensions', 'security.limit_extensions = .php .jpg'),
  missing('php/www.conf', 'catch_workers_output'),
  line('mysql/my.cnf', 'datadir', 'datadir = /var/lib/mysql'),
  line('mysql/my.cnf', 'log_error_services', 'log_error_services = log_sink_internal'),
  missing('mysql/my.cnf', 'gtid_mode'),
  missing('mysql/my.cnf', 'enforce_gtid_consistency'),
  line('mysql/my.cnf', 'log_bin', 'log_bin = mysql-bin'),
  missing('mysql/my.cnf', 'secure_file_priv'),
  missing('mysql/my.cnf', 'mysqlx'),
  missing('mysql/my.cnf', 'plugin-load-add = mysql_clone.so'),
  missing('mysql/my.cnf', 'plugin-load-add = semisync_source.so'),
  missing('mysql/my.cnf', 'plugin-load-add = semisync_replica.so'),
  line('mysql/my.cnf', 'sync_binlog', 'sync_binlog = 0'),
  line('mysql/my.cnf', 'sync_relay_log', 'sync-relay-log = 10000'),
  line('mysql/my.cnf', 'relay_log_recovery', 'relay_log_recovery = ON'),
  line('redis/redis.conf', 'protected-mode', 'protected-mode no'),
  line('redis/redis.conf', 'port', 'port 7000'),
  line('redis/redis.conf', 'dir', 'dir /var/lib/redis'),
  line('redis/redis-cache.conf', 'maxmemory-policy', 'maxmemory-policy noeviction'),
  line('redis/redis-cache.conf', 'port', 'port 7000'),
  line('redis/redis-cache.conf', 'dir', 'dir /var/lib/redis'),
  line('redis/redis-cache.conf', 'appendonly', 'appendonly yes'),
  line('redis/redis-cache.conf', 'save', 'save 900 1'),
  line('redis/redis-cache.conf', 'protected-mode', 'protected-mode no'),
  line('redis/sentinel.conf', 'port', 'port 7000'),
  line('redis/sentinel.conf', 'dir', 'dir /etc/redis'),
  line('redis/sentinel.conf', 'sentinel deny-scripts-reconfig', 'sentinel deny-scripts-reconfig no'),
  line('nginx/nginx.conf', 'fastcgi_temp_path', 'fastcgi_temp_path /var/tmp;'),
  missing('nginx/nginx.conf', 'include trusted-proxies.conf'),
  missing('nginx/default.prod.conf', 'include security-headers.conf'),
  missing('nginx/default.prod.conf', 'include fastcgi.conf'),
  line('nginx/fastcgi.conf', 'fastcgi_param SCRIPT_FILENAME', 'fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;'),
  ...[
    'FORWARDED',
    'X_FORWARDED_FOR',
    'X_FORWARDED_HOST',
    'X_FORWARDED_PORT',
    'X_FORWARDED_PROTO',
    'X_FORWARDED_PREFIX',
    'PROXY',
    'X_REQUEST_ID',
  ].map((header) => missing('nginx/fastcgi.conf', `fastcgi_param HTTP_${header}`)),
];

export const computed = [
  added('mysql/my.cnf', 'max_connections = 200'),
  added('mysql/my.cnf', 'max-connections = 200'),
  added('mysql/my.cnf', 'innodb_buffer_pool_size = 256M'),
  added('mysql/my.cnf', 'innodb-redo-log-capacity = 1G'),
  added('mysql/my.cnf', 'server_id = 1'),
  added('mysql/my.cnf', 'super_read_only = ON'),
  added('redis/redis.conf', 'MAXMEMORY 256mb'),
  added('redis/redis-cache.conf', 'maxmemory 256mb'),
];

export const strangers = [
  added('php/www.conf', 'pm.start_servers = 2'),
  added('mysql/my.cnf', 'loose-query-cache-limit = 1M'),
  added('mysql/my.cnf', 'general_log_file = /var/log/mysql/all.log'),
  added('redis/redis-cache.conf', 'logfile /var/log/redis.log'),
  added('redis/sentinel.conf', 'requirepass secret'),
  added('nginx/nginx.conf', 'client_max_body_size 24m;'),
  line('nginx/nginx.conf', 'gzip', 'worker_processes 2;'),
  line('nginx/nginx.conf', 'gzip', 'worker_shutdown_timeout 65s;'),
  line('nginx/nginx.conf', 'gzip', 'pid /tmp/nginx.pid;'),
  line('nginx/default.prod.conf', 'access_log off', 'add_header X-A b;'),
  file('pages kept by browsers', 'nginx/default.prod.conf', replace('location / {', 'location / {\n        expires 1h;')),
  added('nginx/fastcgi.conf', 'fastcgi_cache_valid 60m;'),
  added('nginx/fastcgi.conf', 'fastcgi_pass php:9000;'),
  added('nginx/fastcgi.conf', 'fastcgi_next_upstream error non_idempotent;'),
];

export const order = [
  line('php/php.ini', 'max_execution_time', 'max_execution_time = 60'),
  line('nginx/default.prod.conf', 'fastcgi_read_timeout', 'fastcgi_read_timeout 60s;'),
  line('php/www.conf', 'process_control_timeout', 'process_control_timeout = 30s'),
  line('nginx/nginx.conf', 'worker_shutdown_timeout', 'worker_shutdown_timeout 1m;'),
  line('nginx/nginx.conf', 'client_max_body_size', 'client_max_body_size 20m;'),
  line('php/php.ini', 'max_execution_time', 'max_execution_time = 0'),
  line('php/php.ini', 'post_max_size', 'post_max_size = 24 MB'),
  line('nginx/default.prod.conf', 'fastcgi_read_timeout', 'fastcgi_read_timeout soon;'),
  missing('php/php.ini', 'max_execution_time'),
  missing('php/php.ini', 'upload_max_filesize'),
  missing('php/www.conf', 'request_terminate_timeout'),
  missing('php/www.conf', 'process_control_timeout'),
  missing('nginx/default.prod.conf', 'fastcgi_read_timeout'),
  missing('nginx/nginx.conf', 'worker_shutdown_timeout'),
];

export const compose = [
  file(
    'a variable of another image, in a list',
    'docker-compose.yml',
    replace('  node:\n', '  other:\n    environment: ["MYSQL_MASTER_HOST=a"]\n  node:\n'),
  ),
  file(
    'a port in the long form',
    'docker-compose.yml',
    replace('  node:\n', '  other:\n    ports: [{ target: 80, published: 8080 }]\n  node:\n'),
  ),
  file(
    'a password in the environment of production',
    'docker-compose.prod.yml',
    replace('SERVER_ID_BASE: "100"', 'MYSQL_ROOT_PASSWORD: "${DB_ROOT_PASSWORD:?}"'),
  ),
  file(
    'an nginx that reaches the data',
    'docker-compose.prod.yml',
    replace('networks: [frontend] # MySQL', 'networks: [frontend, backend] # MySQL'),
  ),
  file('a stage of nobody', 'php/Dockerfile.prod', replace('FROM base AS php', 'FROM basis AS php')),
  file(
    'another default of the one image without a digest',
    'php/Dockerfile',
    replace('ARG PHP_IMAGE=docker.io/library/php:8.2-fpm-alpine', 'ARG PHP_IMAGE=php:8.4-fpm'),
  ),
  file(
    'a health check through the socket',
    'docker-compose.yml',
    replace('--host=127.0.0.1, --port=3306, --connect-timeout=3, ping', 'ping'),
  ),
  file(
    'a health check with the password for all to see',
    'docker-compose.yml',
    replace('--port=3306, --connect-timeout=3, ping', '--password=root, ping'),
  ),
  file(
    'a script without the one that it reads',
    'docker-compose.prod.yml',
    replace('    - ./mysql/secrets.sh:/etc/fintrack/mysql/secrets.sh:ro\n', ''),
  ),
  file(
    'phpMyAdmin in production',
    'docker-compose.prod.yml',
    replace('  redis-cache:\n    <<: *redis', `  redis-cache:\n    <<: *redis\n    image: phpmyadmin:5.2.2@sha256:${'0'.repeat(64)}`),
  ),
  file(
    'a production without the number that memory is counted from',
    'docker-compose.prod.yml',
    replace('PHP_FPM_MAX_CHILDREN: "12"', 'OTHER: "12"'),
  ),
  missing('php/php.ini', 'memory_limit'),
];
