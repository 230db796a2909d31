import type { DockerFile, DockerFiles } from '../../docker/docker-files';
import { settingIn, settingsIn } from '../../docker/settings';

/** Settings that follow from an environment's numbers, and so must not stand in a file. */
const COMPUTED: readonly (readonly [DockerFile, string, string])[] = [
  ['mysql/my.cnf', 'max_connections', 'php.scale, php.childrenPerPod and php.workers'],
  ['mysql/my.cnf', 'innodb_buffer_pool_size', 'mysql.memory'],
  ['mysql/my.cnf', 'innodb_redo_log_capacity', 'mysql.memory'],
  ['mysql/my.cnf', 'server_id', 'the name of the pod'],
  ['mysql/my.cnf', 'super_read_only', 'mysql.primary'],
  ['redis/redis.conf', 'maxmemory', 'redis.memory'],
  ['redis/redis-cache.conf', 'maxmemory', 'redisCache.memory'],
];

/** Settings that have one right value, and why; those of a section stand in no other. */
const FIXED: readonly (readonly [file: DockerFile, key: string, expected: string, why: string, section?: string])[] = [
  ['php/php.ini', 'opcache.enable', '1', 'or every request compiles the application'],
  ['php/php.ini', 'opcache.validate_timestamps', '0', 'as the code of an image never changes'],
  ['php/php.ini', 'error_log', '/proc/self/fd/2', 'as a file in a container is read by nobody and gone with it'],
  ['php/php.ini', 'log_errors', 'On', 'or nobody hears of an error'],
  ['php/php.ini', 'display_errors', 'Off', 'or an error shows visitors paths and queries'],
  ['php/php.ini', 'expose_php', 'Off', 'or every answer names the version of PHP'],
  ['php/www.conf', 'error_log', '/proc/self/fd/2', 'as a file in a container is read by nobody and gone with it', 'global'],
  ['php/www.conf', 'log_limit', '65536', 'or a long line of the application is cut in two, and neither is JSON', 'global'],
  ['php/www.conf', 'daemonize', 'no', 'or the container ends at once', 'global'],
  ['php/www.conf', 'listen', '9000', 'where nginx and the probes ask', 'www'],
  ['php/www.conf', 'pm', 'static', 'as the memory of every child is reserved anyway', 'www'],
  ['php/www.conf', 'pm.max_children', '${PHP_FPM_MAX_CHILDREN}', 'which php.childrenPerPod sets', 'www'],
  ['php/www.conf', 'pm.status_listen', '9001', 'where probes and the exporter ask while every child is busy', 'www'],
  ['php/www.conf', 'pm.status_path', '/fpm-status', 'which the exporter asks for', 'www'],
  ['php/www.conf', 'ping.path', '/fpm-ping', 'which the probes ask for', 'www'],
  ['php/www.conf', 'security.limit_extensions', '.php', 'or an uploaded picture may be run', 'www'],
  ['php/www.conf', 'catch_workers_output', 'yes', 'or what the application logs is read by nobody', 'www'],
  ['php/www.conf', 'access.log', '/proc/self/fd/2', 'as a file in a container is read by nobody and gone with it', 'www'],
  ['mysql/my.cnf', 'datadir', '/var/lib/mysql/data', 'where bootstrap.sh puts the data'],
  ['mysql/my.cnf', 'log_error_services', 'log_filter_internal; log_sink_json', 'or its log is no JSON', 'mysqld'],
  ['mysql/my.cnf', 'gtid_mode', 'ON', 'or no replica finds its place after a promotion'],
  ['mysql/my.cnf', 'enforce_gtid_consistency', 'ON', 'or gtid_mode ON stops the server'],
  ['mysql/my.cnf', 'log_bin', 'binlog', 'the name by which backups ship and read them'],
  ['mysql/my.cnf', 'secure_file_priv', 'NULL', "or the server stops at the image's folder, which another user owns"],
  ['mysql/my.cnf', 'mysqlx', 'OFF', 'or a port is open that nobody uses'],
  ['mysql/my.cnf', 'innodb_flush_log_at_trx_commit', '1', 'or a crash loses a second of acknowledged transactions'],
  ['mysql/my.cnf', 'sync_binlog', '1', 'or a crash loses acknowledged transactions that replicas then never see'],
  ['mysql/my.cnf', 'sync_relay_log', '1', 'or a replica loses what it has acknowledged to the primary'],
  ['mysql/my.cnf', 'relay_log_recovery', 'OFF', 'or a replica throws away what it has acknowledged, and the primary may be gone'],
  ['redis/redis.conf', 'port', '6379', 'where its Service, its probes and the policies expect it'],
  ['redis/redis.conf', 'dir', '/data', 'where its volume is'],
  ['redis/redis.conf', 'maxmemory-policy', 'noeviction', 'or jobs and sessions are dropped when memory is full'],
  ['redis/redis.conf', 'appendonly', 'yes', 'or jobs and sessions are gone after a restart'],
  ['redis/redis.conf', 'protected-mode', 'yes', 'or a server without users answers everybody'],
  ['redis/redis-cache.conf', 'port', '6379', 'where its Service, its probes and the policies expect it'],
  ['redis/redis-cache.conf', 'dir', '/data', 'the one folder that it may write'],
  ['redis/redis-cache.conf', 'maxmemory-policy', 'allkeys-lru', 'or a full cache refuses every write'],
  ['redis/redis-cache.conf', 'appendonly', 'no', 'as it has no volume'],
  ['redis/redis-cache.conf', 'save', '', 'as it has no volume'],
  ['redis/redis-cache.conf', 'protected-mode', 'yes', 'or a server without users answers everybody'],
  ['redis/sentinel.conf', 'port', '26379', 'where its Service, its probes and the policies expect it'],
  ['redis/sentinel.conf', 'dir', '/data', 'the one folder that it may write'],
];

const FORGED = 'or Laravel believes what a client forges';
const NO_SEMI_SYNC = 'or one server alone has what is acknowledged';

/** Settings that stand there several times, one of which is this, and why; of nginx in this block, '' being the file itself. */
const NEEDED: readonly (readonly [file: DockerFile, key: string, value: string, why: string, block: string])[] = [
  ['mysql/my.cnf', 'plugin_load_add', 'mysql_clone.so', 'or no replica can copy the primary', 'mysqld'],
  ['mysql/my.cnf', 'plugin_load_add', 'semisync_source.so', NO_SEMI_SYNC, 'mysqld'],
  ['mysql/my.cnf', 'plugin_load_add', 'semisync_replica.so', NO_SEMI_SYNC, 'mysqld'],
  ['redis/sentinel.conf', 'sentinel', 'deny-scripts-reconfig yes', 'or whoever reaches a Sentinel runs programs in its pod', ''],
  ['nginx/nginx.conf', 'include', 'trusted-proxies.conf', 'or whoever asks is taken for the proxy, and nobody for the client', 'http'],
  ['nginx/default.prod.conf', 'include', 'fastcgi.conf', 'or PHP is not told what to run', 'location = /index.php'],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'SCRIPT_FILENAME /var/www/html/public/index.php', 'the one file that may run', ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_REQUEST_ID $request_id', 'or a client says whose lines its own are', ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_FORWARDED ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_FORWARDED_FOR ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_FORWARDED_HOST ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_FORWARDED_PORT ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_FORWARDED_PROTO ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_X_FORWARDED_PREFIX ""', FORGED, ''],
  ['nginx/fastcgi.conf', 'fastcgi_param', 'HTTP_PROXY ""', 'or a client chooses the proxy through which Laravel asks others', ''],
];

const REDIS_FILES = ['redis/redis.conf', 'redis/redis-cache.conf', 'redis/sentinel.conf'] as const;
const NO_QUERY_CACHE = 'stops MySQL 8.0 and later, which have no query cache; remove it, redis-cache keeps what is asked often';
const NO_LOG_FILE = 'writes to a file in a container, read by nobody and gone with it; remove it, the log goes to the standard streams';
const NO_PASSWORD = 'is a password in version control and in a ConfigMap; remove it, start.sh makes the users from the Secret';

/** Settings that are wrong whatever their value: why, and what is right. */
const REFUSED: readonly (readonly [files: readonly DockerFile[], keys: readonly string[], why: string])[] = [
  [
    ['php/php.ini'],
    ['opcache.revalidate_freq'],
    'says how often files are checked, and opcache.validate_timestamps 0 says never; remove it',
  ],
  [
    ['php/www.conf'],
    ['pm.start_servers', 'pm.min_spare_servers', 'pm.max_spare_servers'],
    'belongs to pm = dynamic; remove it, pm = static starts every child',
  ],
  [
    ['mysql/my.cnf'],
    ['innodb_log_file_size', 'innodb_log_files_in_group'],
    'stops MySQL 9; remove it, innodb_redo_log_capacity is computed from mysql.memory',
  ],
  [['mysql/my.cnf'], ['query_cache_type', 'query_cache_size', 'query_cache_limit'], NO_QUERY_CACHE],
  [['mysql/my.cnf'], ['log_error', 'general_log_file', 'slow_query_log_file'], NO_LOG_FILE],
  [REDIS_FILES, ['logfile'], NO_LOG_FILE],
  [REDIS_FILES, ['requirepass', 'masterauth', 'masteruser', 'user'], NO_PASSWORD],
  [
    REDIS_FILES,
    ['cluster-enabled'],
    "is no high availability by itself, and scripts of Laravel's queues fail on a cluster; remove it and set redis.availability",
  ],
];

/** Settings that must not stand in a file, or that must have another value: one line each. */
export function valueFindings(files: DockerFiles): string[] {
  const computed = COMPUTED.flatMap(([file, key, source]) => {
    const setting = settingIn(files, file, key);
    return setting ? [`docker/${file}:${setting.line}: ${key} is computed from ${source}; remove it from the file`] : [];
  });

  const fixed = FIXED.flatMap(([file, key, expected, why, section]) => {
    const setting = settingIn(files, file, key);
    if (setting === undefined || !isSame(file, setting.value, expected)) {
      const actual = setting ? shown(setting.value) : 'missing';
      return [`docker/${file}:${setting?.line ?? 1}: ${key} is ${actual}; it must be ${shown(expected)}, ${why}`];
    }
    const place = setting.within[0]?.name;
    return section === undefined || place === section
      ? []
      : [
          `docker/${file}:${setting.line}: ${key} stands ${place === undefined ? 'before every section' : `in [${place}]`}; it belongs below [${section}]`,
        ];
  });

  const needed = NEEDED.flatMap(([file, key, value, why, block]) =>
    settingsIn(files, file).some(
      (setting) =>
        setting.key === key && setting.value.split(';').includes(value.replace('""', '')) && (setting.within.at(-1)?.name ?? '') === block,
    )
      ? []
      : [`docker/${file}: ${key} ${value} is missing${block && ` in ${block}`}; add it, ${why}`],
  );

  const refused = REFUSED.flatMap(([among, keys, why]) =>
    among.flatMap((file) =>
      settingsIn(files, file)
        .filter(({ key }) => keys.includes(key))
        .map(({ key, line }) => `docker/${file}:${line}: ${key} ${why}`),
    ),
  );

  return [...computed, ...fixed, ...needed, ...refused, ...opcacheFindings(files)];
}

function opcacheFindings(files: DockerFiles): string[] {
  const opcache = settingIn(files, 'php/php.ini', 'opcache.memory_consumption');
  return opcache && /^[1-9]\d*$/.test(opcache.value)
    ? []
    : [
        `docker/php/php.ini${opcache ? `:${opcache.line}` : ''}: opcache.memory_consumption is ${opcache?.value ?? 'missing'}; ` +
          `it must be a whole number of MiB, as the memory of the pods follows from it`,
      ];
}

/** Whether a daemon reads the same: PHP and MySQL take several words for what is on or off, Redis one. */
function isSame(file: DockerFile, value: string, expected: string): boolean {
  const words = { on: /^(on|yes|true|1)$/i, off: /^(off|no|false|0)$/i }[expected.toLowerCase()];
  return value === expected || (words !== undefined && !file.startsWith('redis/') && words.test(value));
}

function shown(value: string): string {
  return value === '' ? '""' : value;
}
