import type { MysqlEndpoint } from '../mysql';
import type { RedisEndpoint } from '../redis';
import type { PhpProps } from './php';
import { retryAfterOf } from './queue-worker';

/** Before every key; fixed, as users in docker/redis/*.acl may use no other keys. */
const REDIS_PREFIX = 'fintrack_';

/** Before a queue's name in the key of its list. */
export const QUEUES_PREFIX = `${REDIS_PREFIX}queues:`;

/**
 * Laravel's settings that follow from an environment: no secret among them, those are files.
 * Names are Laravel 11's; `CACHE_DRIVER` and its like of earlier releases are no longer read.
 */
export function laravelSettings(props: PhpProps) {
  const { database, redis, cache } = props;
  return {
    APP_NAME: 'FinTrack',
    APP_ENV: props.environment,
    APP_DEBUG: 'false',
    APP_URL: props.url,
    ...(props.assetUrl === undefined ? {} : { ASSET_URL: props.assetUrl }),
    // A store that all pods share: `artisan down` on one pod holds for all.
    APP_MAINTENANCE_DRIVER: 'cache',
    APP_MAINTENANCE_STORE: 'redis',

    LOG_CHANNEL: 'stderr',
    LOG_STDERR_FORMATTER: 'Monolog\\Formatter\\JsonFormatter',
    LOG_LEVEL: 'error',

    DB_CONNECTION: 'mysql',
    DB_HOST: database.host,
    DB_READ_HOST: database.readHost,
    DB_PORT: String(database.port),
    DB_DATABASE: database.database,
    DB_USERNAME: database.user,
    ...mysqlTls(database),

    REDIS_CLIENT: 'phpredis',
    ...redisSettings('REDIS', redis),
    ...redisSettings('REDIS_CACHE', cache),
    REDIS_PREFIX,
    REDIS_QUEUE_RETRY_AFTER: String(retryAfterOf(props.workers)),

    CACHE_STORE: 'redis',
    CACHE_PREFIX: 'cache_',
    SESSION_DRIVER: 'redis',
    SESSION_SECURE_COOKIE: String(props.url.startsWith('https:')),
    QUEUE_CONNECTION: 'redis',

    // Beside the other caches: the image itself is read-only.
    VIEW_COMPILED_PATH: '/var/www/html/bootstrap/cache/views',
  } satisfies Record<string, string>;
}

/** Settings that follow from an environment or are secrets of it: what the application brings of its own may not be one of these. */
export const DECIDED =
  /^(APP_(ENV|DEBUG|URL|KEY|PREVIOUS_KEYS|MAINTENANCE_\w+)|ASSET_URL|(DB|MYSQL|REDIS|CACHE)_\w+|SESSION_(DRIVER|SECURE_COOKIE)|QUEUE_CONNECTION|LOG_(CHANNEL|STDERR_FORMATTER)|VIEW_COMPILED_PATH)$/;

/** Certificates on this image's disk. The driver encrypts only where it is told of some, even if it is to look at none. */
const IMAGE_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

function mysqlTls({ tls }: MysqlEndpoint): Record<string, string> {
  return tls === undefined
    ? {}
    : {
        MYSQL_ATTR_SSL_CA: tls.certificateAuthorities ?? IMAGE_AUTHORITIES,
        ...(tls.verified === false ? { MYSQL_ATTR_SSL_VERIFY_SERVER_CERT: 'false' } : {}),
      };
}

/** One server's settings. phpredis encrypts where the host has this scheme. */
function redisSettings(prefix: string, { host, port, user, tls }: RedisEndpoint): Record<string, string> {
  return {
    [`${prefix}_HOST`]: tls ? `tls://${host}` : host,
    [`${prefix}_PORT`]: String(port),
    ...(user === undefined ? {} : { [`${prefix}_USERNAME`]: user }),
    ...(tls?.certificateAuthorities === undefined ? {} : { [`${prefix}_TLS_CA`]: tls.certificateAuthorities }),
  };
}

/** Settings as the lines of NAME='value' that the entrypoint reads. @throws when a value holds a quote or a line break */
export function settingsFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (/['\n]/.test(value)) {
        throw new Error(`${name}: ${JSON.stringify(value)} holds a quote or a line break; a setting is one plain line`);
      }
      return `${name}='${value}'\n`;
    })
    .join('');
}
