import type { Manifest } from '../../lib/charts';
import { DockerFiles } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { createFinTrack, tiersOf } from '../../lib/fintrack';
import { waveFindings } from '../../lib/rules';
import { find } from '../support/manifests';

type Tiers = Record<string, Manifest[]>;

const tiersFor = (environment: Environment): Tiers =>
  structuredClone(Object.fromEntries(tiersOf(createFinTrack(environment, new DockerFiles())).map((tier) => [tier.node.id, tier.toJson()])));

const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';
const annotate = (manifest: Manifest, annotations: Record<string, string>) =>
  Object.assign(manifest.metadata, { annotations: { ...manifest.metadata.annotations, ...annotations } });

test.each(Object.entries<Environment>(environments))('nothing in %s needs what comes later', (_, environment) => {
  expect(waveFindings(tiersFor(environment))).toEqual([]);
});

describe('a finding names', () => {
  const findingsAfter = (change: (find: (kind: string, name: string) => Manifest, tiers: Tiers) => void) => {
    const tiers = tiersFor(production);
    change((kind, name) => find(Object.values(tiers).flat(), kind, name), tiers);
    return waveFindings(tiers).map((finding) => finding.replaceAll(/-[0-9a-f]{8}\b/g, '-…'));
  };

  test('a migration before all waves, where its ConfigMaps and its ServiceAccount are not there yet', () => {
    expect(findingsAfter((get) => annotate(get('Job', 'migration'), { 'argocd.argoproj.io/hook': 'PreSync' }))).toEqual(
      ['ServiceAccount migration', 'ConfigMap laravel-…', 'ConfigMap php-…'].map(
        (title) =>
          `Job migration-…: is applied in wave 1 of PreSync in tier web, and needs ${title}, which comes in wave 0 of Sync in tier web; give it a later wave`,
      ),
    );
  });

  test.each<[string, [string, string], string]>([
    ['a ConfigMap', ['ConfigMap', 'nginx'], 'Deployment nginx'],
    ['a ServiceAccount', ['ServiceAccount', 'scheduler'], 'Deployment scheduler'],
    ['a Deployment to scale', ['Deployment', 'php'], 'HorizontalPodAutoscaler php'],
    ['a Deployment to scale by its queue', ['Deployment', 'queue-worker-default'], 'ScaledObject queue-worker-default'],
    ['a login', ['TriggerAuthentication', 'queue-worker-default'], 'ScaledObject queue-worker-default'],
    ['a Service that a route leads to', ['Service', 'nginx'], 'HTTPRoute nginx'],
    ['a login to a store', ['ServiceAccount', 'secret-store'], 'SecretStore fintrack'],
    ['a headless Service', ['Service', 'redis-headless'], 'StatefulSet redis'],
  ])('%s that comes later', (_, [kind, name], needy) => {
    expect(findingsAfter((get) => annotate(get(kind, name), { [SYNC_WAVE]: '3' }))).toEqual([
      expect.stringMatching(new RegExp(`^${needy}: .* and needs ${kind} ${name}\\S*, which comes in wave 3`)),
    ]);
  });

  test('a store that comes after what reads it, and what makes a Secret after who mounts it', () => {
    const stores = findingsAfter((get) => annotate(get('SecretStore', 'fintrack'), { [SYNC_WAVE]: '3' }));
    expect(stores.map((finding) => finding.split(':')[0])).toEqual(
      ['app', 'mysql', 'redis'].map((name) => `ExternalSecret fintrack-${name}`),
    );
    const makers = findingsAfter((get, tiers) => {
      const maker = get('ExternalSecret', 'fintrack-redis');
      const { base = [], web = [] } = tiers;
      web.push(...base.splice(base.indexOf(maker), 1));
    });
    expect(makers[0]).toMatch(/^StatefulSet redis: .* needs ExternalSecret fintrack-redis, .* in tier web/);
  });

  test('what comes in a later tier', () => {
    const findings = findingsAfter((get, tiers) => {
      const priority = get('PriorityClass', 'fintrack-production-data');
      const { base = [], web = [] } = tiers;
      web.push(...base.splice(base.indexOf(priority), 1));
    });
    expect(findings).toHaveLength(6);
    expect(findings[0]).toMatch(
      /^StatefulSet mysql-primary: .* wave 0 of Sync in tier data, and needs PriorityClass fintrack-production-data, .* in tier web/,
    );
  });
});
