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
  ['php/www.conf', 'error_log', '/proc/self/fd/2', 'as a file in a container is read by nobody and gone with it', 'global'],
  ['php/www.conf', 'daemonize', 'no', 'or the container ends at once', 'global'],
  ['php/www.conf', 'listen', '9000', 'where nginx and the probes ask', 'www'],
  ['php/www.conf', 'pm', 'static', 'as the memory of every child is reserved anyway', 'www'],
  ['php/www.conf', 'pm.max_children', '${PHP_FPM_MAX_CHILDREN}', 'which php.childrenPerPod sets', 'www'],
  ['php/www.conf', 'access.log', '/proc/self/fd/2', 'as a file in a container is read by nobody and gone with it', 'www'],
  ['mysql/my.cnf', 'innodb_flush_log_at_trx_commit', '1', 'or a crash loses a second of acknowledged transactions'],
  ['mysql/my.cnf', 'sync_binlog', '1', 'or a crash loses acknowledged transactions that replicas then never see'],
  ['mysql/my.cnf', 'sync_relay_log', '1', 'or a replica loses what it has acknowledged to the primary'],
  ['mysql/my.cnf', 'relay_log_recovery', 'OFF', 'or a replica throws away what it has acknowledged, and the primary may be gone'],
  ['redis/redis.conf', 'maxmemory-policy', 'noeviction', 'or jobs and sessions are dropped when memory is full'],
  ['redis/redis.conf', 'appendonly', 'yes', 'or jobs and sessions are gone after a restart'],
  ['redis/redis.conf', 'protected-mode', 'yes', 'or a server without users answers everybody'],
  ['redis/redis-cache.conf', 'maxmemory-policy', 'allkeys-lru', 'or a full cache refuses every write'],
  ['redis/redis-cache.conf', 'appendonly', 'no', 'as it has no volume'],
  ['redis/redis-cache.conf', 'save', '', 'as it has no volume'],
  ['redis/redis-cache.conf', 'protected-mode', 'yes', 'or a server without users answers everybody'],
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
    if (setting?.value !== expected) {
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

  const refused = REFUSED.flatMap(([among, keys, why]) =>
    among.flatMap((file) =>
      settingsIn(files, file)
        .filter(({ key }) => keys.includes(key))
        .map(({ key, line }) => `docker/${file}:${line}: ${key} ${why}`),
    ),
  );

  return [...computed, ...fixed, ...refused, ...opcacheFindings(files)];
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

function shown(value: string): string {
  return value === '' ? '""' : value;
}
