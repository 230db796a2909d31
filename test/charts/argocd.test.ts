import { join } from 'node:path';
import { App, Yaml } from 'cdk8s';
import { ArgoCdApplications, ArgoCdProject, type Delivery, type Manifest } from '../../lib/charts';
import { DockerFiles } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { staging } from '../../lib/environments/staging';
import { createFinTrack, tiersOf } from '../../lib/fintrack';
import { readTree, REPOSITORY } from '../support/folders';
import { changesBetween, find, manifestsFor, manifestsIn, ownersOf } from '../support/manifests';

const deliveryOf = (environment: Delivery['environment']): Delivery => ({
  environment,
  tiers: tiersOf(createFinTrack(environment, new DockerFiles())),
});
const projectOf = (...deliveries: Delivery[]) => new ArgoCdProject(new App(), 'project', deliveries).toJson()[0] as Manifest;
const applicationsOf = (delivery: Delivery) => new ArgoCdApplications(new App(), 'applications', delivery).toJson() as Manifest[];

const [inProduction, inStaging] = [deliveryOf(production), deliveryOf(staging)];
const applications = applicationsOf(inProduction);
const dist = readTree(join(REPOSITORY, 'dist'));
const keptOf = (manifests: readonly Manifest[]) =>
  manifests.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-options'] === 'Prune=false,Delete=false');

/** Kinds whose health Argo CD does not rate, or rates by their existence. */
const HEALTHY_ALONE = ['ConfigMap', 'ServiceAccount', 'Service', 'TriggerAuthentication'];

describe('the Applications of an environment', () => {
  test('are these, for production', () => {
    expect(Yaml.stringify(...applications)).toMatchSnapshot();
  });

  test('select each file of the environment’s folder once, and no other', () => {
    for (const delivery of [inProduction, inStaging]) {
      const { name } = delivery.environment;
      const files = Object.keys(dist).filter((path) => path.startsWith(`${name}/`));
      const selected = applicationsOf(delivery).flatMap(({ spec: { source } }) => {
        expect(source.path).toBe(`dist/${name}`);
        const include = new RegExp(`^${name}/${source.directory.include.replaceAll('.', '\\.').replace('*', '[^/]*')}$`);
        return Object.keys(dist).filter((path) => include.test(path));
      });
      expect(selected).toEqual(files);
    }
  });

  test('come tier after tier', () => {
    expect(applications.map(({ metadata }) => [metadata.name, metadata.annotations?.['argocd.argoproj.io/sync-wave']])).toEqual([
      ['fintrack-production-base', '0'],
      ['fintrack-production-data', '1'],
      ['fintrack-production-web', '2'],
      ['fintrack-production-monitoring', '3'],
      ['fintrack-production-backup', '4'],
    ]);
  });

  test('prune nothing where data is, and elsewhere last', () => {
    const pruning = applications.map(({ spec }) => [
      spec.syncPolicy.automated.prune,
      spec.syncPolicy.syncOptions.includes('PruneLast=true'),
    ]);
    expect(pruning).toEqual([
      [true, true],
      [false, false],
      [true, true],
      [true, true],
      [true, true],
    ]);
  });

  test('delete nothing when they are deleted, and ignore no difference', () => {
    expect(JSON.stringify(applications)).not.toMatch(/finalizers|ignoreDifferences/);
  });

  test('are there for every environment that Argo CD keeps, and for no other', () => {
    const kept = Object.values<Environment>(environments).filter(({ argocd }) => argocd !== undefined);
    const names = manifestsIn(join(REPOSITORY, 'dist/argocd'))
      .filter(({ kind }) => kind === 'Application')
      .map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(
      kept.flatMap(({ name }) => ['base', 'data', 'web', 'monitoring', 'backup'].map((tier) => `fintrack-${name}-${tier}`)).sort(),
    );
  });

  test('lie in a folder whose first file is the project, without which they are refused', () => {
    expect(Object.keys(dist).filter((path) => path.startsWith('argocd/'))[0]).toBe('argocd/0000-project.k8s.yaml');
  });
});

describe('the AppProject', () => {
  const { spec } = projectOf(inStaging, inProduction);
  const all = [...manifestsFor(staging), ...manifestsFor(production)];
  const groupOf = ({ apiVersion }: Manifest) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');

  test('allows every kind that the manifests have, and no other', () => {
    const allowed = [...spec.namespaceResourceWhitelist, ...spec.clusterResourceWhitelist].map(({ group, kind }) => `${group} ${kind}`);
    expect([...new Set(allowed)].sort()).toEqual([...new Set(all.map((manifest) => `${groupOf(manifest)} ${manifest.kind}`))].sort());
    expect(JSON.stringify(spec)).not.toMatch(/"(Secret|Role|ClusterRole|RoleBinding|ClusterRoleBinding|Application|AppProject)"|"\*"/);
  });

  test('allows of what belongs to no namespace these names only', () => {
    expect(spec.clusterResourceWhitelist).toEqual(
      all.flatMap((manifest) =>
        manifest.metadata.namespace ? [] : [{ group: groupOf(manifest), kind: manifest.kind, name: manifest.metadata.name }],
      ),
    );
    expect(spec.clusterResourceWhitelist).toHaveLength(4);
  });

  test('allows FinTrack’s namespaces and the repositories of the environments', () => {
    expect(spec.destinations.map(({ namespace }: { namespace: string }) => namespace)).toEqual(['fintrack-staging', 'fintrack-production']);
    const other = deliveryOf({ ...production, argocd: { repository: 'git@git.example.com:other.git', revision: 'v1' } });
    expect(projectOf(inStaging, inProduction)['spec'].sourceRepos).toEqual([production.argocd.repository]);
    expect(projectOf(inStaging, other)['spec'].sourceRepos).toEqual([staging.argocd.repository, 'git@git.example.com:other.git']);
  });
});

describe.each(Object.entries<Environment>(environments))('what Argo CD reads on the manifests of %s', (_, environment) => {
  const [base = [], data = [], web = []] = tiersOf(createFinTrack(environment, new DockerFiles())).map((tier) => tier.toJson());
  const waveOf = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);

  test('keeps the namespace, the priority, what makes the Secrets and all of the data tier', () => {
    expect(keptOf(base).map(({ kind }) => kind)).toEqual([
      'Namespace',
      'PriorityClass',
      ...(environment.secrets.source === 'external-secrets' ? ['SecretStore', ...Array<string>(4).fill('ExternalSecret')] : []),
    ]);
    expect(keptOf(data)).toEqual(data);
    expect(keptOf(web)).toEqual([]);
  });

  test('lets old ConfigMaps of the data tier stay without being out of sync, and nothing else', () => {
    const tolerated = [...base, ...data, ...web].filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/compare-options']);
    expect(tolerated).toEqual(data.filter(({ kind }) => kind === 'ConfigMap'));
  });

  test('has the data tier in one wave: a server that is unhealthy keeps no promotion from being applied', () => {
    expect([...new Set(data.map(waveOf))]).toEqual([0]);
  });

  test('migrates after what the migration mounts and before pods of the release, as a hook of the sync', () => {
    const job = web.find(({ kind }) => kind === 'Job');
    expect(job?.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
    const waves = (...kinds: string[]) => web.filter(({ kind }) => kinds.includes(kind)).map(waveOf);
    const wave = job ? waveOf(job) : Number.NaN;
    expect(waves('ConfigMap', 'ServiceAccount', 'Service').every((other) => other < wave)).toBe(true);
    expect(waves('Deployment').every((other) => other > wave)).toBe(true);
  });

  test('has before the migration only what is healthy without a pod: nothing would come after it otherwise', () => {
    const first = web.filter((manifest) => waveOf(manifest) < 1).map(({ kind }) => kind);
    expect([...new Set(first)].filter((kind) => !HEALTHY_ALONE.includes(kind))).toEqual([]);
  });

  test('leaves every pod as it is: annotations are those of objects', () => {
    const templates = ownersOf([...base, ...data, ...web]).map(({ manifest }) => JSON.stringify(manifest['spec']));
    expect(templates.filter((text) => text.includes('argocd.argoproj.io'))).toEqual([]);
  });

  test('resets no autoscaler: what it scales says no replicas', () => {
    const targets = web
      .filter(({ kind }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind))
      .map(({ spec }) => spec.scaleTargetRef.name);
    expect(targets.map((name) => find(web, 'Deployment', name)['spec']).filter((spec) => 'replicas' in spec)).toEqual([]);
  });
});

test('protecting data is a label of the namespace and nothing else', () => {
  expect(changesBetween(manifestsFor({ ...production, protectData: false }), manifestsFor(production))).toEqual([
    'Namespace fintrack-production metadata.labels.fintrack/protect-data',
  ]);
});
