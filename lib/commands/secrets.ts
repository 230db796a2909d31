import { randomBytes } from 'node:crypto';
import { Yaml } from 'cdk8s';
import { credentialsFor } from '../charts';
import { ownSecretsOf } from '../components/php';
import { remoteNameOf, secretNamesOf, type Credential, type ExternalSecretsSettings } from '../components/secrets';
import { environments, type Environment } from '../environments';

/** Text for standard output, and for a human on standard error. */
export interface SecretsOutput {
  readonly text: string;
  readonly notes: readonly string[];
}

/** The Secrets that an environment needs, as manifests with strong random values that exist nowhere else. */
export function secretsOf(environment: Environment): string {
  const credentials = credentialsFor(environment);
  return Yaml.stringify(
    ...secretNamesOf(credentials).map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: environment.namespace, labels: { 'app.kubernetes.io/part-of': 'fintrack' } },
      // Not immutable, as each of them changes one day (docs/operations/secrets.md), and kubelets go on showing an old value of an immutable one.
      stringData: valuesOf(credentials, name),
    })),
  );
}

/** The keys of one Secret with random values, as an entry of a store: a JSON object. */
export function entryOf(environment: Environment, secret: string): string {
  return `${JSON.stringify(valuesOf(credentialsFor(environment), secret))}\n`;
}

/**
 * A line of shell for each entry that a store must have. Values go from one program into the other and are seen by nobody; where the entry
 * is there already, it stays as it is.
 */
export function storeCommandsOf(environment: Environment, settings: ExternalSecretsSettings): string {
  return secretNamesOf(credentialsFor(environment))
    .map((secret) => {
      const values = `npm run --silent secrets -- ${environment.name} ${secret}`;
      return `${storeCommand(values, settings, remoteNameOf(settings, environment.namespace, secret))}\n`;
    })
    .join('');
}

/** @param values command that prints an entry @param name the entry's in the store */
function storeCommand(values: string, { store }: ExternalSecretsSettings, name: string): string {
  switch (store.provider) {
    case 'aws':
      return `${values} | aws secretsmanager create-secret --region ${store.region} --name ${name} --secret-string file:///dev/stdin`;
    case 'vault':
      return `${values} | vault kv put -address=${store.server} -mount=${store.mount ?? 'secret'} -cas=0 ${name} -`;
    case 'azure': {
      const vault = new URL(store.vault).hostname.split('.')[0] ?? '';
      const entry = `--vault-name ${vault} --name ${name}`;
      // It would make another version of one that is there.
      return `az keyvault secret show ${entry} --query id || ${values} | az keyvault secret set ${entry} --file /dev/stdin --query id`;
    }
    case 'existing':
      // A comment: in a shell it would show the values and store them nowhere.
      return `# ${values}   prints the entry ${name} of ${store.kind} ${store.name}, once`;
  }
}

/** What `npm run secrets` says of an environment. @param secret the Secret whose entry is asked for @default - none */
export function outputOf(environment: Environment, secret?: string): SecretsOutput {
  const { name, namespace, secrets } = environment;
  const outside = [
    ...(environment.mysql.engine === 'external' ? ['MySQL'] : []),
    ...(environment.redis.availability === 'external' ? ['Redis'] : []),
  ].map((server) => `${server} is not FinTrack's: give it the password that is made here, or put the one that it has in its place.`);
  if (environment.backup !== undefined) {
    outside.push(
      'The keys of the bucket come from whoever keeps it: put them in the place of access-key-id and secret-access-key of fintrack-backup.',
    );
  }
  const own = ownSecretsOf(environment.php).map(({ credential }) => credential.key);
  if (own.length > 0) {
    outside.push(`The application's own come from whoever gave them out: put them in the place of ${own.join(', ')} of fintrack-app.`);
  }
  const copy = 'Keep a copy of app-key where you keep passwords: without it encrypted data is unreadable.';
  if (secrets.source === 'external-secrets') {
    return secret === undefined
      ? {
          text: storeCommandsOf(environment, secrets),
          notes: [
            ...(secrets.store.provider === 'existing'
              ? [
                  `Each of these commands prints an entry for the store of environment ${name}, values and all: pipe it to where that store takes it.`,
                ]
              : [
                  `These commands put the secrets of environment ${name} into its store, where you are logged in to it. No value is printed:`,
                  `  npm run --silent secrets -- ${name} | sh`,
                ]),
            ...outside,
          ],
        }
      : { text: entryOf(environment, secret), notes: [`Printed once: ${remoteNameOf(secrets, namespace, secret)}.`] };
  }
  const next = secrets.source === 'existing' ? 'kubectl create -f -' : `kubeseal --format yaml >sealed-${name}.yaml`;
  return {
    text: secretsOf(environment),
    notes: [
      `Printed once: ${secretNamesOf(credentialsFor(environment)).join(', ')} for namespace ${namespace}. The values exist nowhere else, so pipe them on:`,
      `  npm run --silent secrets -- ${name} | ${next}`,
      ...outside,
      copy,
    ],
  };
}

function valuesOf(credentials: readonly Credential[], secret: string): Record<string, string> {
  return Object.fromEntries(
    credentials.filter((credential) => credential.secret === secret).map((credential) => [credential.key, randomValue(credential)]),
  );
}

/** 24 random bytes in letters, digits, - and _ that need no quoting anywhere; MySQL takes 32 characters at most for replication. */
function randomValue({ kind }: Credential): string {
  return kind === 'laravel-key' ? `base64:${randomBytes(32).toString('base64')}` : randomBytes(24).toString('base64url');
}

/** `npm run secrets -- ENVIRONMENT [SECRET]`. @returns the exit code */
export function main([name, secret, ...rest]: readonly string[]): number {
  const environment = Object.values<Environment>(environments).find((candidate) => candidate.name === name);
  if (environment === undefined || rest.length > 0) {
    console.error(
      `secrets: name one environment (${Object.keys(environments).join(', ')}), for instance: npm run --silent secrets -- local`,
    );
    return 1;
  }
  const names = environment.secrets.source === 'external-secrets' ? secretNamesOf(credentialsFor(environment)) : [];
  if (secret !== undefined && !names.includes(secret)) {
    console.error(
      `secrets: ${secret} is no entry of a store for ${environment.name}; there ${names.length > 0 ? `are ${names.join(', ')}` : 'is no store'}`,
    );
    return 1;
  }
  const { text, notes } = outputOf(environment, secret);
  notes.forEach((note) => console.error(note));
  process.stdout.write(text);
  return 0;
}

if (require.main === module) {
  process.exitCode = main(process.argv.slice(2));
}
