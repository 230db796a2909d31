import { randomBytes } from 'node:crypto';
import { Yaml } from 'cdk8s';
import { BACKUP_CREDENTIALS } from '../components/backup';
import { credentialsOf as mysqlCredentialsOf } from '../components/mysql';
import { credentialsOf as redisCredentialsOf } from '../components/redis';
import { CREDENTIALS, type Credential } from '../components/secrets';
import { environments, type Environment } from '../environments';

/** Text for standard output, and for a human on standard error. */
export interface SecretsOutput {
  readonly manifests: string;
  readonly notes: readonly string[];
}

/** What must be in the Secrets of an environment. */
export function credentialsFor({ mysql, redis, backup }: Pick<Environment, 'mysql' | 'redis' | 'backup'>): readonly Credential[] {
  return [
    CREDENTIALS.appKey,
    ...mysqlCredentialsOf(mysql),
    ...redisCredentialsOf(redis),
    ...(backup === undefined ? [] : BACKUP_CREDENTIALS),
  ];
}

/**
 * The Secrets that an environment needs. Where they are generated, as manifests with strong random values that exist nowhere else;
 * where they come from outside, their names and keys alone.
 */
export function secretsOf(environment: Environment): SecretsOutput {
  const credentials = credentialsFor(environment);
  const names = [...new Set(credentials.map((credential) => credential.secret))];
  if (environment.secrets.source === 'external') {
    return {
      manifests: credentials.map(({ secret, key, purpose }) => `${secret}\t${key}\t${purpose}\n`).join(''),
      notes: [
        `Environment ${environment.name} takes its secrets from outside: these Secrets must exist in namespace ${environment.namespace}.`,
        `No value is printed, because none is known here.`,
      ],
    };
  }
  const manifests = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: environment.namespace, labels: { 'app.kubernetes.io/part-of': 'fintrack' } },
    // Running this twice makes other values. Over a key in use the API server refuses them, for what it encrypted would be unreadable.
    // Passwords change (docs/operations/mysql.md), and pods would go on seeing an old value of an immutable Secret.
    ...(credentials.some(({ secret, kind }) => secret === name && kind === 'laravel-key') && { immutable: true }),
    stringData: Object.fromEntries(
      credentials.filter((credential) => credential.secret === name).map((credential) => [credential.key, randomValue(credential)]),
    ),
  }));
  return {
    manifests: Yaml.stringify(...manifests),
    notes: [
      `Printed once: ${names.join(', ')} for namespace ${environment.namespace}. The values exist nowhere else, so pipe them to kubectl:`,
      `  npm run --silent secrets -- ${environment.name} | kubectl create -f -`,
      `Keep a copy of app-key where you keep passwords: without it encrypted data is unreadable.`,
    ],
  };
}

/** 24 random bytes in letters, digits, - and _ that need no quoting anywhere; MySQL takes 32 characters at most for replication. */
function randomValue({ kind }: Credential): string {
  return kind === 'laravel-key' ? `base64:${randomBytes(32).toString('base64')}` : randomBytes(24).toString('base64url');
}

/** `npm run secrets -- ENVIRONMENT`. @returns the exit code */
export function main(names: readonly string[]): number {
  const environment = Object.values<Environment>(environments).find(({ name }) => name === names[0]);
  if (environment === undefined || names.length !== 1) {
    console.error(
      `secrets: name one environment (${Object.keys(environments).join(', ')}), for instance: npm run --silent secrets -- local`,
    );
    return 1;
  }
  const { manifests, notes } = secretsOf(environment);
  notes.forEach((note) => console.error(note));
  process.stdout.write(manifests);
  return 0;
}

if (require.main === module) {
  process.exitCode = main(process.argv.slice(2));
}
