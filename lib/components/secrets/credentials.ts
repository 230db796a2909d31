import type { SecretFile } from '../../kubernetes/volumes';

/** One key of a Secret: its name and what it is for, never its content. */
export interface Credential {
  readonly secret: string;
  readonly key: string;
  /** `laravel-key` is 32 bytes behind `base64:`, as `artisan key:generate` writes it. */
  readonly kind: 'password' | 'laravel-key';
  readonly purpose: string;
}

const credential = (secret: string, key: string, purpose: string, kind: Credential['kind'] = 'password'): Credential => ({
  secret,
  key,
  kind,
  purpose,
});

/** Every credential that FinTrack's pods read. A password that two components need is one key, mounted twice. */
export const CREDENTIALS = {
  appKey: credential(
    'fintrack-app',
    'app-key',
    'encrypts sessions, cookies and encrypted columns; lost means they are unreadable',
    'laravel-key',
  ),
  appPreviousKeys: credential(
    'fintrack-app',
    'app-previous-keys',
    'keys that decrypt too, comma-separated: the next one, known to every pod before one encrypts with it, and those before',
    'laravel-key',
  ),
  mysqlRoot: credential('fintrack-mysql', 'root-password', 'root@localhost of MySQL, for its operators'),
  mysqlApp: credential('fintrack-mysql', 'app-password', 'the application’s account in MySQL'),
  mysqlReplication: credential('fintrack-mysql', 'replication-password', 'how a MySQL server follows another; at most 32 characters'),
  mysqlClone: credential('fintrack-mysql', 'clone-password', 'how a new MySQL server copies the primary'),
  mysqlBackup: credential('fintrack-mysql', 'backup-password', 'the backup’s account in MySQL'),
  mysqlExporter: credential('fintrack-mysql', 'exporter-password', 'the metrics exporter’s account in MySQL'),
  mysqlProbe: credential('fintrack-mysql', 'probe-password', 'the readiness probe’s account in MySQL'),
  bucketAccessKeyId: credential('fintrack-backup', 'access-key-id', 'who FinTrack is to the bucket of its backups'),
  bucketSecretAccessKey: credential('fintrack-backup', 'secret-access-key', 'the secret that belongs to it'),
  backupRepository: credential(
    'fintrack-backup',
    'repository-password',
    'encrypts the backups; keep it outside the cluster too, for without it they are unreadable',
  ),
  redisOperator: credential(
    'fintrack-redis',
    'operator-password',
    'everything in redis, redis-cache and the Sentinels, for their operators',
  ),
  redisApp: credential('fintrack-redis', 'app-password', 'the application’s user in redis and redis-cache'),
  redisReplication: credential('fintrack-redis', 'replication-password', 'how a Redis server follows another'),
  redisSentinel: credential('fintrack-redis', 'sentinel-password', 'how Sentinels watch the Redis servers and speak to each other'),
  redisExporter: credential('fintrack-redis', 'exporter-password', 'the metrics exporter’s user in redis and redis-cache'),
  redisProbe: credential('fintrack-redis', 'probe-password', 'how probes, starting servers and proxies ask a Redis what it is'),
} as const satisfies Record<string, Credential>;

/**
 * A credential as a file.
 *
 * @param file its name @default - the key
 */
export function fileOf(credential: Credential, file?: string): SecretFile {
  return { secret: credential.secret, key: credential.key, ...(file === undefined ? {} : { file }) };
}

/** Names of the Secrets that hold these credentials, each once. */
export function secretNamesOf(credentials: readonly Credential[]): readonly string[] {
  return [...new Set(credentials.map(({ secret }) => secret))];
}
