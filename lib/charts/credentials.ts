import { credentialsOf as mysqlCredentialsOf } from '../components/mysql';
import { credentialsOf as redisCredentialsOf } from '../components/redis';
import { CREDENTIALS, type Credential } from '../components/secrets';
import type { Environment } from '../environments';

/** What must be in the Secrets of an environment. */
export function credentialsFor({ mysql, redis }: Pick<Environment, 'mysql' | 'redis'>): readonly Credential[] {
  return [CREDENTIALS.appKey, CREDENTIALS.appPreviousKeys, ...mysqlCredentialsOf(mysql), ...redisCredentialsOf(redis)];
}
