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
  test('that the environments have are allowed', () => {
    expect([local, staging, production].flatMap((environment) => kindFindings(manifestsFor(environment)))).toEqual([]);
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
});
