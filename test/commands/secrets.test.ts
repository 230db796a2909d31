import { credentialsFor } from '../../lib/charts';
import { main, outputOf, secretsOf } from '../../lib/commands/secrets';
import { CREDENTIALS, type SecretStoreSettings } from '../../lib/components/secrets';
import type { Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { staging } from '../../lib/environments/staging';
import { spellingsOf } from '../support/canary';
import { makeFolder, readTree, removeFolders, REPOSITORY, writeInto } from '../support/folders';
import { parseManifests } from '../support/manifests';
import { linesOf, run, synth } from '../support/run';
import { schemaFindings } from '../support/schema';

afterAll(removeFolders);
afterEach(() => jest.restoreAllMocks());

const credentials = Object.values(CREDENTIALS);
/** Every credential there is. */
const everything: Environment = { ...local, backup: staging.backup };

/** Every value, by `Secret/key`. */
const valuesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    parseManifests(text).flatMap(({ metadata, stringData }) =>
      Object.entries<string>(stringData).map(([key, value]) => [`${metadata.name}/${key}`, value]),
    ),
  );

describe('the Secrets that somebody makes', () => {
  test('are every credential and nothing else', () => {
    expect(Object.keys(valuesOf(secretsOf(everything))).sort()).toEqual(credentials.map(({ secret, key }) => `${secret}/${key}`).sort());
  });

  test('are Secrets that the API takes, in the namespace of the environment', () => {
    const secrets = parseManifests(secretsOf(local));
    for (const secret of secrets) {
      expect(secret).toMatchObject({ kind: 'Secret', metadata: { namespace: 'fintrack-local' } });
    }
    expect(secrets.flatMap((secret) => [...schemaFindings(secret, '1.27'), ...schemaFindings(secret, '1.34')])).toEqual([]);
  });

  test('can be changed, as each of them is one day', () => {
    expect(parseManifests(secretsOf(local)).filter((secret) => 'immutable' in secret)).toEqual([]);
  });

  test('are 32 random bytes for Laravel and 24 for passwords, in characters that need no quotes', () => {
    const { 'fintrack-app/app-key': appKey = '', 'fintrack-app/app-previous-keys': next = '', ...passwords } = valuesOf(secretsOf(local));
    for (const key of [appKey, next]) {
      expect(key).toMatch(/^base64:/);
      expect(Buffer.from(key.slice('base64:'.length), 'base64')).toHaveLength(32);
    }
    for (const password of Object.values(passwords)) {
      expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
      expect(Buffer.from(password, 'base64url')).toHaveLength(24);
    }
  });

  test('fit into MySQL, which takes 32 characters at most from a replica', () => {
    const { 'fintrack-mysql/replication-password': password = '' } = valuesOf(secretsOf(local));
    expect(password.length).toBeGreaterThan(0);
    expect(password.length).toBeLessThanOrEqual(32);
    expect(CREDENTIALS.mysqlReplication.purpose).toContain('at most 32 characters');
  });

  test('differ from one another and from run to run', () => {
    const values = [...Object.values(valuesOf(secretsOf(everything))), ...Object.values(valuesOf(secretsOf(everything)))];
    expect(new Set(values).size).toBe(2 * credentials.length);
  });

  test('stand in no note for humans', () => {
    const { text, notes } = outputOf(local);
    for (const value of Object.values(valuesOf(text))) {
      expect(notes.join('\n')).not.toContain(value);
    }
    expect(notes.join('\n')).toContain('npm run --silent secrets -- local | kubectl create -f -');
  });
});

test('Secrets that are sealed go to kubeseal', () => {
  const { text, notes } = outputOf({ ...everything, secrets: { source: 'sealed-secrets' } });
  expect(Object.keys(valuesOf(text))).toHaveLength(credentials.length);
  expect(notes.join('\n')).toContain('npm run --silent secrets -- local | kubeseal --format yaml >sealed-local.yaml');
});

describe('the secrets of an environment that has them in a store', () => {
  const linesFor = (store: SecretStoreSettings, more: object = {}) =>
    linesOf(outputOf({ ...production, secrets: { source: 'external-secrets', store, ...more } }).text);
  const values = 'npm run --silent secrets -- production fintrack-mysql';

  test.each<[string, SecretStoreSettings, string]>([
    [
      'AWS Secrets Manager',
      { provider: 'aws', region: 'eu-central-1', role: 'arn:aws:iam::123456789012:role/fintrack' },
      `${values} | aws secretsmanager create-secret --region eu-central-1 --name fintrack-production/fintrack-mysql --secret-string file:///dev/stdin`,
    ],
    [
      'Vault',
      { provider: 'vault', server: 'https://vault.example.com:8200', mount: 'kv', role: 'fintrack' },
      `${values} | vault kv put -address=https://vault.example.com:8200 -mount=kv -cas=0 fintrack-production/fintrack-mysql -`,
    ],
    [
      'Azure Key Vault',
      { provider: 'azure', vault: 'https://money.vault.azure.net', tenantId: 't', clientId: 'c' },
      'az keyvault secret show --vault-name money --name fintrack-production-fintrack-mysql --query id || ' +
        `${values} | az keyvault secret set --vault-name money --name fintrack-production-fintrack-mysql --file /dev/stdin --query id`,
    ],
    [
      'somebody else',
      { provider: 'existing', kind: 'ClusterSecretStore', name: 'company' },
      `# ${values}   prints the entry fintrack-production/fintrack-mysql of ClusterSecretStore company, once`,
    ],
  ])('are commands that put each entry into that of %s', (_, store, line) => {
    const lines = linesFor(store);
    expect(lines).toHaveLength(4);
    expect(lines).toContain(line);
    expect(linesFor(store, { prefix: 'team-' }).filter((each) => each.includes('team-fintrack-mysql'))).toHaveLength(1);
  });

  test('are in no command: each is printed where it is asked for, as a JSON object', () => {
    const printed = ['fintrack-app', 'fintrack-mysql', 'fintrack-redis', 'fintrack-backup'].map((secret) => outputOf(production, secret));
    const entries = printed.map(({ text }) => JSON.parse(text) as Record<string, string>);
    expect(entries.map((entry) => Object.keys(entry))).toEqual(
      ['fintrack-app', 'fintrack-mysql', 'fintrack-redis', 'fintrack-backup'].map((secret) =>
        credentialsFor(production)
          .filter((credential) => credential.secret === secret)
          .map(({ key }) => key),
      ),
    );
    const all = entries.flatMap((entry) => Object.values(entry));
    expect(new Set(all).size).toBe(credentialsFor(production).length);
    const elsewhere = [...printed.flatMap(({ notes }) => notes), outputOf(production).text, ...outputOf(production).notes].join('\n');
    expect(all.filter((value) => elsewhere.includes(value))).toEqual([]);
  });

  test('of a server outside the cluster are what that server has', () => {
    const outside: Environment = {
      ...production,
      redis: { availability: 'external', host: 'redis.example.com', cidrs: ['203.0.113.0/24'] },
    };
    expect(outputOf(outside).notes.join('\n')).toContain('Redis is not FinTrack');
    expect(outputOf(production).notes.join('\n')).not.toContain('is not FinTrack');
  });
});

describe('npm run secrets', () => {
  const silence = () => ({
    stdout: jest.spyOn(process.stdout, 'write').mockReturnValue(true),
    stderr: jest.spyOn(console, 'error').mockReturnValue(),
  });

  test.each([[[]], [['produktion']], [['toString']], [['production', 'fintrack-app', 'fintrack-redis']]])(
    'with %j says in one line what it wants',
    (names) => {
      const { stdout, stderr } = silence();
      expect(main(names)).toBe(1);
      expect(stdout).not.toHaveBeenCalled();
      expect(stderr.mock.calls).toEqual([
        ['secrets: name one environment (local, staging, production), for instance: npm run --silent secrets -- local'],
      ]);
    },
  );

  test.each([
    [['local', 'fintrack-app'], 'secrets: fintrack-app is no entry of a store for local; there is no store'],
    [
      ['production', 'fintrack'],
      'secrets: fintrack is no entry of a store for production; there are fintrack-app, fintrack-mysql, fintrack-redis, fintrack-backup',
    ],
  ])('with %j says which entries there are', (names, line) => {
    const { stdout, stderr } = silence();
    expect(main(names)).toBe(1);
    expect(stdout).not.toHaveBeenCalled();
    expect(stderr.mock.calls).toEqual([[line]]);
  });

  test('prints Secrets to standard output and nowhere else, and leaves dist/ as it is', async () => {
    const before = readTree(`${REPOSITORY}/dist`);
    const { code, stdout, stderr } = await run('ts-node', ['lib/commands/secrets.ts', 'local']);
    expect(code).toBe(0);
    const values = Object.values(valuesOf(stdout));
    expect(values).toHaveLength(credentials.filter(({ secret }) => secret !== 'fintrack-backup').length);
    const after = readTree(`${REPOSITORY}/dist`);
    expect(after).toEqual(before);
    const elsewhere = [stderr, ...Object.values(after)].join('\n');
    expect(values.filter((value) => elsewhere.includes(value))).toEqual([]);
    expect(linesOf(stderr)).toHaveLength(outputOf(local).notes.length);
  });
});

test('no secret of the process that runs synth, nor of files where secrets are kept beside it, reaches the manifests', async () => {
  const names = [
    'APP_KEY',
    'DB_PASSWORD',
    'REDIS_PASSWORD',
    'MYSQL_ROOT_PASSWORD',
    'MYSQL_PASSWORD',
    'AWS_SECRET_ACCESS_KEY',
    'GITHUB_TOKEN',
    'APP_ENV',
    'APP_URL',
    'DB_HOST',
  ];
  const canaries = Object.fromEntries(names.map((name) => [name, `canary/7f3a+${name.toLowerCase()}`]));
  const lines = Object.entries(canaries).map(([name, value]) => `${name}=${value}\n`);
  const cwd = makeFolder();
  for (const file of ['.env', '.env.production', 'docker/.env.docker', 'docker/.env.production']) {
    writeInto(cwd, file, lines.join(''));
  }
  Object.entries(canaries).forEach(([name, value]) => writeInto(cwd, `docker/secrets/${name}`, value));
  const outdir = makeFolder();
  const { code, stdout, stderr } = await synth([], { cwd, env: { ...canaries, CDK8S_OUTDIR: outdir } });
  expect(code).toBe(0);
  const written = Object.values(readTree(outdir));
  expect(written.length).toBeGreaterThan(0);
  const text = [stdout, stderr, ...written].join('\n');
  expect(Object.values(canaries).filter((value) => spellingsOf(value).some((spelling) => text.includes(spelling)))).toEqual([]);
});

test('a value is recognised plain, encoded, quoted and backwards', () => {
  const value = 'base64:k7+/"x=';
  const plain = 'k7+/"x=';
  for (const text of [
    value,
    plain,
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
    Buffer.from(value).toString('hex'),
    encodeURIComponent(plain),
    JSON.stringify(plain),
    Array.from(plain).reverse().join(''),
  ]) {
    expect(spellingsOf(value).some((spelling) => `before ${text} after`.includes(spelling))).toBe(true);
  }
});
