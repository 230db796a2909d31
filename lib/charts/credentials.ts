import { BACKUP_CREDENTIALS } from '../components/backup';
import { credentialsOf as mysqlCredentialsOf } from '../components/mysql';
import { ownSecretsOf } from '../components/php';
import { credentialsOf as redisCredentialsOf } from '../components/redis';
import { CREDENTIALS, type Credential } from '../components/secrets';
import type { Environment } from '../environments';

/** What must be in the Secrets of an environment. */
export function credentialsFor({
  php,
  mysql,
  redis,
  backup,
}: Pick<Environment, 'php' | 'mysql' | 'redis' | 'backup'>): readonly Credential[] {
  return [
    CREDENTIALS.appKey,
    CREDENTIALS.appPreviousKeys,
    ...ownSecretsOf(php).map(({ credential }) => credential),
    ...mysqlCredentialsOf(mysql),
    ...redisCredentialsOf(redis),
    ...(backup === undefined ? [] : BACKUP_CREDENTIALS),
  ];
}
