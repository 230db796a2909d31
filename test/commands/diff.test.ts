import { join } from 'node:path';
import { stringify } from 'yaml';
import { diff, linesOf, main } from '../../lib/commands/diff';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { makeFolder, removeFolders, REPOSITORY, writeInto } from '../support/folders';
import { FakeKubectl, type Replies } from '../support/kubectl';

let cluster: FakeKubectl | undefined;
afterEach(() => {
  cluster?.restore();
  jest.restoreAllMocks();
});
afterAll(removeFolders);

const SERVER_SIDE = `diff --filename=${join(REPOSITORY, 'dist/production')} --server-side --force-conflicts --field-manager=argocd-controller`;

/** Two folders as kubectl diff writes them: an object a file. */
function folders(live: Readonly<Record<string, object>>, merged: Readonly<Record<string, object>>): Replies {
  const pair = [live, merged].map((objects) => {
    const folder = makeFolder();
    Object.entries(objects).forEach(([file, object]) => writeInto(folder, file, stringify(object)));
    return folder;
  });
  return { [SERVER_SIDE]: { folders: pair } };
}

const deployment = (image: string, generation: number, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'php',
    generation,
    annotations: { own: '1', ...(generation === 1 && { 'argocd.argoproj.io/tracking-id': 'fintrack-production-web:apps/Deployment:php' }) },
  },
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'side', image: 'side' },
          { name: 'php', image, ...more },
        ],
      },
    },
  },
});

describe('npm run diff', () => {
  test('shows every object that changes, and of each what changes, before and after', async () => {
    const topology = (primary: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mysql-topology' },
      data: { primary },
    });
    cluster = new FakeKubectl(
      folders(
        { a: deployment('php:1', 1), b: topology('mysql-primary-0\n') },
        {
          a: deployment('php:2', 2, { args: ['--fast'] }),
          b: topology('mysql-replica-0\n'),
          c: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migration-1' } },
        },
      ),
    );
    expect(await diff(production)).toEqual({
      lines: [
        '~ Deployment php',
        '    spec.template.spec.containers[php].image: "php:1" → "php:2"',
        '    spec.template.spec.containers[php].args: (none) → ["--fast"]',
        '~ ConfigMap mysql-topology',
        '    data.primary: "mysql-primary-0\\n" → "mysql-replica-0\\n"',
        '+ Job migration-1',
      ],
    });
  });

  test('ends with 1 where something changes, and with 0 where only the API server’s count and Argo CD’s own annotation do', async () => {
    const stdout = jest.spyOn(console, 'log').mockReturnValue();
    cluster = new FakeKubectl(folders({ a: deployment('php:1', 1) }, { a: deployment('php:2', 2) }));
    expect(await main(['production'])).toBe(1);
    expect(stdout).toHaveBeenCalled();
    cluster.restore();
    stdout.mockClear();
    cluster = new FakeKubectl(folders({ a: deployment('php:1', 1) }, { a: deployment('php:1', 2) }));
    expect(await main(['production'])).toBe(0);
    expect(stdout).not.toHaveBeenCalled();
  });

  test('shows no value of a Secret, whether it changes, comes or goes', () => {
    const secret = (data: object) => ({ kind: 'Secret', metadata: { name: 'fintrack-app' }, data });
    const lines = [
      ...linesOf({ before: secret({ 'app-key': 'b25l', old: 'b2xk' }), after: secret({ 'app-key': 'dHdv', new: 'bmV3' }) }),
      ...linesOf({ before: null, after: secret({ 'app-key': 'dHdv' }) }),
    ];
    expect(lines).toEqual([
      '~ Secret fintrack-app',
      "    data['app-key']: (hidden) → (hidden)",
      '    data.old: (hidden) → (hidden)',
      '    data.new: (hidden) → (hidden)',
      '+ Secret fintrack-app',
    ]);
  });

  test('asks as kubectl apply does where Argo CD does not', async () => {
    cluster = new FakeKubectl({ [`diff --filename=${join(REPOSITORY, 'dist/local')}`]: '' });
    expect(await diff(local)).toEqual({ lines: [] });
  });

  test.each([
    ['what kubectl says', { failure: 'error: no configuration has been provided', code: 2 }, 'no configuration has been provided'],
    [
      'a namespace that is not there',
      { failure: 'Error from server (NotFound): namespaces "fintrack-production" not found', code: 1 },
      'diff: there is no namespace fintrack-production yet, so applying dist/production makes everything in it',
    ],
    ['differences that nobody shows', { failure: '', code: 1 }, /shows none; is there a program named diff/],
  ])('ends with 2 and one line on %s', async (_, reply, said) => {
    const stderr = jest.spyOn(console, 'error').mockReturnValue();
    cluster = new FakeKubectl({ [SERVER_SIDE]: reply });
    expect(await main(['production'])).toBe(2);
    expect(stderr.mock.calls).toEqual([[expect.stringMatching(said)]]);
  });

  test('says in one line what it wants, and that kubectl is not there', async () => {
    const stderr = jest.spyOn(console, 'error').mockReturnValue();
    expect(await main(['produktion'])).toBe(2);
    const path = process.env['PATH'];
    process.env['PATH'] = makeFolder();
    expect(await main(['production'])).toBe(2);
    process.env['PATH'] = path;
    expect(stderr.mock.calls).toEqual([
      ['diff: name one environment (local, staging, production), for instance: npm run diff -- production'],
      ['diff: kubectl cannot be started (ENOENT); install it and set the current context'],
    ]);
  });
});
