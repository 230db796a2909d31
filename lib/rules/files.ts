import type { DockerFile, DockerFiles } from '../docker/docker-files';
import { mebibytesIn, secondsOf, settingIn, type Setting } from '../docker/settings';

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

/** Settings that have one right value, and why. */
const FIXED: readonly (readonly [DockerFile, string, string, string])[] = [
  ['php/www.conf', 'pm.max_children', '${PHP_FPM_MAX_CHILDREN}', 'which php.childrenPerPod sets'],
  ['mysql/my.cnf', 'innodb_flush_log_at_trx_commit', '1', 'or a crash loses a second of acknowledged transactions'],
  ['mysql/my.cnf', 'sync_binlog', '1', 'or a crash loses acknowledged transactions that replicas then never see'],
  ['mysql/my.cnf', 'sync_relay_log', '1', 'or a replica loses what it has acknowledged to the primary'],
  ['mysql/my.cnf', 'relay_log_recovery', 'OFF', 'or a replica throws away what it has acknowledged, and the primary may be gone'],
  ['redis/redis.conf', 'maxmemory-policy', 'noeviction', 'or jobs and sessions are dropped when memory is full'],
  ['redis/redis.conf', 'appendonly', 'yes', 'or jobs and sessions are gone after a restart'],
  ['redis/redis-cache.conf', 'maxmemory-policy', 'allkeys-lru', 'or a full cache refuses every write'],
  ['redis/redis-cache.conf', 'appendonly', 'no', 'as it has no volume'],
  ['redis/redis-cache.conf', 'save', '""', 'as it has no volume'],
];

/** Amounts in files that must stand in this order, smallest first; equal is allowed where `equal` says so. */
const ORDERS: readonly {
  readonly amounts: readonly (readonly [DockerFile, string])[];
  readonly unit: (value: string) => number | undefined;
  readonly equal: boolean;
  readonly why: string;
}[] = [
  {
    amounts: [
      ['php/php.ini', 'max_execution_time'],
      ['php/www.conf', 'request_terminate_timeout'],
      ['nginx/default.prod.conf', 'fastcgi_read_timeout'],
    ],
    unit: secondsOf,
    equal: false,
    why: 'whoever waits must wait longer than whoever works',
  },
  {
    amounts: [
      ['php/www.conf', 'request_terminate_timeout'],
      ['php/www.conf', 'process_control_timeout'],
    ],
    unit: secondsOf,
    equal: true,
    why: 'a stopping pod must let the longest request end',
  },
  {
    amounts: [
      ['nginx/default.prod.conf', 'fastcgi_read_timeout'],
      ['nginx/nginx.conf', 'worker_shutdown_timeout'],
    ],
    unit: secondsOf,
    equal: true,
    why: 'a stopping nginx must wait as long as for any answer',
  },
  {
    amounts: [
      ['php/php.ini', 'upload_max_filesize'],
      ['php/php.ini', 'post_max_size'],
    ],
    unit: mebibytesIn,
    equal: false,
    why: 'the form around an uploaded file needs room',
  },
  {
    amounts: [
      ['php/php.ini', 'post_max_size'],
      ['nginx/nginx.conf', 'client_max_body_size'],
    ],
    unit: mebibytesIn,
    equal: true,
    why: 'nginx must not refuse what PHP takes',
  },
];

/** What is wrong in the files of `docker/`, whatever the environment: one line each, with file and line. */
export function fileFindings(files: DockerFiles): string[] {
  const find = (file: DockerFile, key: string) => settingIn(files, file, key);

  const computed = COMPUTED.flatMap(([file, key, source]) => {
    const setting = find(file, key);
    return setting ? [`docker/${file}:${setting.line}: ${key} is computed from ${source}; remove it from the file`] : [];
  });

  const fixed = FIXED.flatMap(([file, key, expected, why]) => {
    const setting = find(file, key);
    return setting?.value === expected
      ? []
      : [`docker/${file}:${setting?.line ?? 1}: ${key} is ${setting?.value ?? 'missing'}; it must be ${expected}, ${why}`];
  });

  const order = ORDERS.flatMap(({ amounts, unit, equal, why }) =>
    amounts.slice(1).flatMap(([file, key], index) => {
      const [lowerFile, lowerKey] = amounts[index] as readonly [DockerFile, string];
      const lower = find(lowerFile, lowerKey);
      const upper = find(file, key);
      const missing = [
        lower ? [] : [`docker/${lowerFile}: ${lowerKey} is missing`],
        upper ? [] : [`docker/${file}: ${key} is missing`],
      ].flat();
      if (!lower || !upper) {
        return missing;
      }
      const [least, most] = [unit(lower.value), unit(upper.value)];
      // 0 is no amount either: to most of these settings it means "no limit".
      if (!least || !most) {
        return [least ? [] : [notAnAmount(lowerFile, lower, unit)], most ? [] : [notAnAmount(file, upper, unit)]].flat();
      }
      const right = equal ? least <= most : least < most;
      return right
        ? []
        : [
            `docker/${file}:${upper.line}: ${key} ${upper.value} must be ${equal ? 'at least' : 'more than'} ` +
              `${lowerKey} ${lower.value} (docker/${lowerFile}:${lower.line}); ${why}`,
          ];
    }),
  );

  const opcache = find('php/php.ini', 'opcache.memory_consumption');
  const memory =
    opcache && /^[1-9]\d*$/.test(opcache.value)
      ? []
      : [
          `docker/php/php.ini${opcache ? `:${opcache.line}` : ''}: opcache.memory_consumption ${opcache ? opcache.value : 'is missing'}; ` +
            `it must be a whole number of MiB, as the memory of the pods follows from it`,
        ];

  return [...new Set([...computed, ...fixed, ...order, ...memory])];
}

function notAnAmount(file: DockerFile, { key, value, line }: Setting, unit: (value: string) => number | undefined): string {
  return `docker/${file}:${line}: ${key} ${value} is no amount that others can be measured against; write it like ${unit === secondsOf ? '60s' : '24M'}`;
}
