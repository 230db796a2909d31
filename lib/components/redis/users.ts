import { secretFiles, type Mount, type SecretFile } from '../../kubernetes/volumes';
import { CREDENTIALS, fileOf, type Credential } from '../secrets';

const { redisOperator, redisApp, redisReplication, redisSentinel, redisExporter, redisProbe } = CREDENTIALS;

/** The application's user in the servers that FinTrack runs. */
export const APPLICATION_USER = 'app';

/** Who may read the lengths of queues there. */
export const OBSERVER = { user: 'exporter', credential: redisExporter } as const;

/** Whose passwords each kind of pod has: of the users in its .acl file, and of those as whom its scripts log in elsewhere. */
export const PASSWORDS = {
  redis: [redisOperator, redisApp, redisReplication, redisSentinel, redisExporter, redisProbe],
  'redis-cache': [redisOperator, redisApp, redisExporter, redisProbe],
  'redis-sentinel': [redisOperator, redisSentinel, redisProbe],
  'redis-proxy': [redisProbe],
} as const satisfies Record<string, readonly Credential[]>;

/**
 * The passwords of a pod, where the scripts in docker/redis look for them.
 *
 * @param certificate files of its certificate, or of those that it makes sure of others by @default - its connections are plain
 */
export function secretsOf(kind: keyof typeof PASSWORDS, certificate: readonly SecretFile[] = []): Mount {
  return secretFiles('/run/secrets/redis', [...PASSWORDS[kind].map((credential) => fileOf(credential)), ...certificate]);
}
