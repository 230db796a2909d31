import { main, secretsOf } from '../../lib/commands/secrets';
import { CREDENTIALS } from '../../lib/components/secrets';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { makeFolder, readTree, removeFolders, REPOSITORY } from '../support/folders';
import { parseManifests, titleOf } from '../support/manifests';
import { linesOf, run, synth } from '../support/run';
import { schemaFindings } from '../support/schema';

afterAll(removeFolders);
afterEach(() => jest.restoreAllMocks());

const credentials = Object.values(CREDENTIALS);

/** Every value, by `Secret/key`. */
const valuesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    parseManifests(text).flatMap(({ metadata, stringData }) =>
      Object.entries<string>(stringData).map(([key, value]) => [`${metadata.name}/${key}`, value]),
    ),
  );

describe('the secrets of an environment that generates them', () => {
  test('are every credential and nothing else', () => {
    expect(Object.keys(valuesOf(secretsOf(local).manifests)).sort()).toEqual(
      credentials.map(({ secret, key }) => `${secret}/${key}`).sort(),
    );
  });

  test('are Secrets that the API takes, in the namespace of the environment', () => {
    const secrets = parseManifests(secretsOf(local).manifests);
    for (const secret of secrets) {
      expect(secret).toMatchObject({ kind: 'Secret', metadata: { namespace: 'fintrack-local' } });
    }
    expect(secrets.flatMap((secret) => [...schemaFindings(secret, '1.27'), ...schemaFindings(secret, '1.34')])).toEqual([]);
  });

  test('can be changed where they are passwords, and not where they have encrypted data', () => {
    const secrets = parseManifests(secretsOf(local).manifests);
    expect(secrets.filter((secret) => secret['immutable'] === true).map(titleOf)).toEqual(['Secret fintrack-app']);
  });

  test('are 32 random bytes for Laravel and 24 for passwords, in characters that need no quotes', () => {
    const { 'fintrack-app/app-key': appKey = '', ...passwords } = valuesOf(secretsOf(local).manifests);
    expect(appKey).toMatch(/^base64:/);
    expect(Buffer.from(appKey.slice('base64:'.length), 'base64')).toHaveLength(32);
    for (const password of Object.values(passwords)) {
      expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
      expect(Buffer.from(password, 'base64url')).toHaveLength(24);
    }
  });

  test('fit into MySQL, which takes 32 characters at most from a replica', () => {
    const { 'fintrack-mysql/replication-password': password = '' } = valuesOf(secretsOf(local).manifests);
    expect(password.length).toBeGreaterThan(0);
    expect(password.length).toBeLessThanOrEqual(32);
    expect(CREDENTIALS.mysqlReplication.purpose).toContain('at most 32 characters');
  });

  test('differ from one another and from run to run', () => {
    const values = [...Object.values(valuesOf(secretsOf(local).manifests)), ...Object.values(valuesOf(secretsOf(local).manifests))];
    expect(new Set(values).size).toBe(2 * credentials.length);
  });

  test('stand in no note for humans', () => {
    const { manifests, notes } = secretsOf(local);
    for (const value of Object.values(valuesOf(manifests))) {
      expect(notes.join('\n')).not.toContain(value);
    }
    expect(notes.join('\n')).toContain('npm run --silent secrets -- local | kubectl create -f -');
  });
});

describe('the secrets of an environment that takes them from outside', () => {
  test('are names, keys and purposes, and no value', () => {
    expect(secretsOf(production).manifests.split('\n').filter(Boolean)).toEqual(
      credentials.map(({ secret, key, purpose }) => `${secret}\t${key}\t${purpose}`),
    );
    expect(secretsOf(production)).toEqual(secretsOf(production));
  });
});

describe('npm run secrets', () => {
  const silence = () => ({
    stdout: jest.spyOn(process.stdout, 'write').mockReturnValue(true),
    stderr: jest.spyOn(console, 'error').mockReturnValue(),
  });

  test.each([[[]], [['produktion']], [['toString']], [['local', 'staging']]])('with %j says in one line what it wants', (names) => {
    const { stdout, stderr } = silence();
    expect(main(names)).toBe(1);
    expect(stdout).not.toHaveBeenCalled();
    expect(stderr.mock.calls).toEqual([
      ['secrets: name one environment (local, staging, production), for instance: npm run --silent secrets -- local'],
    ]);
  });

  test('prints Secrets to standard output and nowhere else, and leaves dist/ as it is', async () => {
    const before = readTree(`${REPOSITORY}/dist`);
    const { code, stdout, stderr } = await run('ts-node', ['lib/commands/secrets.ts', 'local']);
    expect(code).toBe(0);
    const values = Object.values(valuesOf(stdout));
    expect(values).toHaveLength(credentials.length);
    const after = readTree(`${REPOSITORY}/dist`);
    expect(after).toEqual(before);
    const elsewhere = [stderr, ...Object.values(after)].join('\n');
    expect(values.filter((value) => elsewhere.includes(value))).toEqual([]);
    expect(linesOf(stderr)).toHaveLength(secretsOf(local).notes.length);
  });
});

test('no secret of the process that runs synth reaches the manifests', async () => {
  const CANARY = 'canary-7f3a';
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
  const outdir = makeFolder();
  const { code, stdout, stderr } = await synth([], {
    env: { ...Object.fromEntries(names.map((name) => [name, `${CANARY}-${name}`])), CDK8S_OUTDIR: outdir },
  });
  expect(code).toBe(0);
  expect(Object.keys(readTree(outdir)).length).toBeGreaterThan(0);
  expect([stdout, stderr, ...Object.values(readTree(outdir))].filter((text) => text.includes(CANARY))).toEqual([]);
});
