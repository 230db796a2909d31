import { WebTier, type Manifest } from '../../lib/charts';
import type { Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { staging } from '../../lib/environments/staging';
import { synthesize } from '../../lib/fintrack';
import { collisionFindings, environmentFindings, kindFindings } from '../../lib/rules';
import { makeFolder, removeFolders } from '../support/folders';
import { manifestsFor } from '../support/manifests';

afterAll(removeFolders);

describe('kinds', () => {
  const object = (kind: string, namespace?: string): Manifest => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', ...(namespace === undefined ? {} : { namespace }) },
  });

  test('that the environments have are allowed', () => {
    expect([local, staging, production].flatMap((environment) => kindFindings(manifestsFor(environment)))).toEqual([]);
  });

  test.each([
    ['Secret', 'Secret x: no environment may have this kind; values do not belong into Git; npm run secrets lists what must exist'],
    ...['Role', 'RoleBinding'].map((kind) => [
      kind,
      `${kind} x: no environment may have this kind; a commit must not hand out rights; whoever owns the cluster applies it`,
    ]),
    [
      'Application',
      'Application x: no environment may have this kind; it would widen what Argo CD may do here; it belongs into dist/argocd',
    ],
  ])('%s is refused', (kind, finding) => {
    expect(kindFindings([object(kind, 'fintrack-local')])).toEqual([finding]);
  });

  test.each(['ClusterRole', 'ClusterRoleBinding'])('%s is refused', (kind) => {
    expect(kindFindings([object(kind)])).toEqual([expect.stringContaining('must not hand out rights')]);
  });

  test('that belong to no namespace are refused, but the two that an environment has', () => {
    expect(kindFindings([object('Namespace'), object('PriorityClass'), object('StorageClass')])).toEqual([
      'StorageClass x: belongs to no namespace, and an environment has only Namespace and PriorityClass of that sort; it belongs into dist/cluster',
    ]);
  });
});

describe('a synth ends with a finding', () => {
  test('of a kind that no environment may have', () => {
    const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'fintrack-local' } };
    const toJson = jest.spyOn(WebTier.prototype, 'toJson').mockReturnValue([secret]);
    const findings = synthesize([local], `${makeFolder()}/dist`);
    toJson.mockRestore();
    expect(findings).toContain(
      'local: Secret x: no environment may have this kind; values do not belong into Git; npm run secrets lists what must exist',
    );
  });

  test('of an object that comes before what it needs', () => {
    const annotations = { 'argocd.argoproj.io/hook': 'PreSync' };
    const proxies = { addresses: ['10.0.0.0/8'] };
    const edge = { type: 'ingress', className: 'nginx', tlsSecret: 'fintrack-tls', annotations, proxies } as const;
    expect(synthesize([{ ...local, url: 'https://fintrack.example', edge }], `${makeFolder()}/dist`)).toEqual([
      'local: Ingress nginx: is applied in wave 2 of PreSync in tier web, and needs Service nginx, which comes in wave 0 of Sync in tier web; give it a later wave',
    ]);
  });
});

describe('environments', () => {
  test('that there are do not collide', () => {
    expect(collisionFindings([local, staging, production])).toEqual([]);
  });

  test('with one name are refused: their Applications would be the same', () => {
    expect(collisionFindings([staging, { ...staging, namespace: 'fintrack-qa' }, production])).toEqual([
      'staging: is the name of several environments; one dist/staging and one set of Applications fintrack-staging-… would serve all of them. Name each by its key',
    ]);
  });

  test('with one namespace are refused', () => {
    expect(collisionFindings([local, production, { ...production, name: 'qa' }])).toEqual([
      'production, qa: namespace fintrack-production is that of each, and one would overwrite the other; give each its own, for instance fintrack-qa',
    ]);
  });

  test('are held against all that there are, though one alone is written', () => {
    expect(synthesize([production], `${makeFolder()}/dist`, undefined, [production, { ...production, name: 'qa' }])).toEqual([
      expect.stringMatching(/^production, qa: namespace fintrack-production/),
    ]);
  });
});

describe('where Argo CD reads an environment', () => {
  const findingsWith = (argocd: Partial<NonNullable<Environment['argocd']>>) =>
    environmentFindings({ ...production, argocd: { ...production.argocd, ...argocd } });

  test.each(['https://git.example.com/a.git', 'ssh://git@git.example.com/a.git', 'git@git.example.com:a/b.git', 'git://172.30.0.1/a'])(
    'may be %s',
    (repository) => {
      expect(findingsWith({ repository })).toEqual([]);
    },
  );

  test.each([
    [
      { repository: 'git.example.com/a' },
      'production: argocd.repository "git.example.com/a" must be the address of a Git repository, for instance https://git.example.com/fintrack/fintrack-kubernetes.git',
    ],
    [
      { repository: 'https://me:password@git.example.com/a' },
      'production: argocd.repository has a password in it, and dist/ is committed; Argo CD keeps those of repositories in a Secret of its own',
    ],
    [{ revision: '' }, 'production: argocd.revision "" must be a branch, a tag or a commit, for instance main'],
    [
      { revision: '--upload-pack=x' },
      'production: argocd.revision "--upload-pack=x" must be a branch, a tag or a commit, for instance main',
    ],
  ])('must not be %j', (argocd, finding) => {
    expect(findingsWith(argocd)).toEqual([finding]);
  });
});
