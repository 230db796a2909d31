import { secretFiles, type Mount } from '../../kubernetes/volumes';
import { CREDENTIALS, fileOf, type Credential } from '../secrets';

const { redisOperator, redisApp, redisReplication, redisSentinel, redisExporter, redisProbe } = CREDENTIALS;

/** The application's user in the servers that FinTrack runs. */
export const APPLICATION_USER = 'app';

/** Whose passwords each kind of pod has: of the users in its .acl file, and of those as whom its scripts log in elsewhere. */
export const PASSWORDS = {
  redis: [redisOperator, redisApp, redisReplication, redisSentinel, redisExporter, redisProbe],
  'redis-cache': [redisOperator, redisApp, redisExporter, redisProbe],
  'redis-sentinel': [redisOperator, redisSentinel, redisProbe],
  'redis-proxy': [redisProbe],
} as const satisfies Record<string, readonly Credential[]>;

/** The passwords of a pod, where the scripts in docker/redis look for them. */
export function passwordFiles(kind: keyof typeof PASSWORDS): Mount {
  return secretFiles(
    '/run/secrets/redis',
    PASSWORDS[kind].map((credential) => fileOf(credential)),
  );
}
