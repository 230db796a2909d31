import { GcsBackend, LocalBackend, Testing } from 'cdktn';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';
import { ADD_ONS, rootApplication } from '../../lib/cluster/add-ons';
import { settings, type ClusterSettings, type RootApplicationSettings } from '../../lib/cluster/settings';
import { ClusterStack } from '../../lib/cluster/stack';
import { synthesizeCluster } from '../../lib/cluster/synthesize';
import { environments, type Environment } from '../../lib/environments';
import { makeFolder, readTree, removeFolders, REPOSITORY } from '../support/folders';
import { run } from '../support/run';

afterAll(removeFolders);

const root: RootApplicationSettings = { repository: 'https://git.example.com/fintrack.git', revision: 'main' };
const withoutRoot: ClusterSettings = {
  name: 'small',
  backend: (stack) => new GcsBackend(stack, { bucket: 'state' }),
  kubernetes: { context: 'small' },
  addOns: ['cert-manager', 'argo-cd'],
};
const small: ClusterSettings = { ...withoutRoot, rootApplication: root };

/** What each release waits for, where all are installed. */
const WAITING: Readonly<Record<string, string>> = {
  fintrack: 'argo-cd',
  'cert-manager': 'kube-prometheus-stack',
  'external-secrets': 'kube-prometheus-stack',
  'argo-cd': 'kube-prometheus-stack',
};

/** The configuration as Terraform reads it, without what CDK Terrain notes for itself. */
const configurationOf = (settings: ClusterSettings) => {
  const text = Testing.synth(new ClusterStack(Testing.app(), settings));
  return JSON.parse(text, (key, value: unknown) => (key === '//' ? undefined : value));
};
/** Arguments of every release, by name. */
const releasesOf = (settings: ClusterSettings): Record<string, Record<string, unknown>> => configurationOf(settings).resource.helm_release;
/** What `npm run cluster:synth` writes, file by file. */
const filesOf = (settings: ClusterSettings) => {
  const folder = makeFolder();
  expect(synthesizeCluster(settings, folder)).toEqual([]);
  return readTree(folder);
};

test('a small cluster', () => {
  expect(configurationOf(small)).toMatchSnapshot();
});

test('only what is chosen is installed, and only what the root Application needs is waited for', () => {
  expect(Object.keys(releasesOf({ ...withoutRoot, addOns: ['keda'] }))).toEqual(['keda']);
  expect(releasesOf(small)['fintrack']).toHaveProperty('depends_on', ['helm_release.argo-cd']);
  expect(releasesOf({ ...small, addOns: ['keda'] })['fintrack']).not.toHaveProperty('depends_on');
});

test.each([...ADD_ONS, rootApplication(root)])(
  'the version of $name is exact, and so is where its chart comes from',
  ({ version, repository, values }) => {
    expect(version).toMatch(/^v?\d+\.\d+\.\d+$/);
    expect(repository).toMatch(/^(https|oci):\/\//);
    // What Terraform, or a chart, would take for an expression.
    expect(JSON.stringify(values)).not.toMatch(/[$%{]\{/);
  },
);

test('the configuration has the blocks that Terraform knows, and each release the arguments of helm_release', () => {
  const { terraform, provider, resource, ...others } = configurationOf(settings);
  expect(others).toEqual({});
  expect(terraform).toEqual({
    required_version: '>=1.10.0',
    // Two who apply at once must not both write.
    backend: { s3: expect.objectContaining({ use_lockfile: true }) },
    required_providers: { helm: { source: 'hashicorp/helm', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) } },
  });
  expect(provider).toEqual({ helm: [{ kubernetes: { config_path: '~/.kube/config', config_context: 'fintrack' } }] });
  expect(Object.keys(resource)).toEqual(['helm_release']);
  for (const [id, release] of Object.entries<object>(resource.helm_release)) {
    expect(release).toEqual({
      name: id,
      chart: expect.any(String),
      repository: expect.any(String),
      version: expect.any(String),
      namespace: expect.any(String),
      create_namespace: true,
      values: [expect.stringMatching(/^\{.*\}$/)],
      ...(id in WAITING ? { depends_on: [`helm_release.${WAITING[id]}`] } : {}),
    });
  }
});

test('Argo CD is told how to rate the health of Applications, in argocd-cm', () => {
  const [values] = releasesOf(small)['argo-cd']?.['values'] as string[];
  expect(JSON.parse(values ?? '').configs.cm['resource.customizations.health.argoproj.io_Application']).toContain(
    'hs.status = status.health.status',
  );
});

test('Prometheus asks the add-ons that alerts are about, where it is installed', () => {
  const valuesOf = (settings: ClusterSettings, name: string) => JSON.parse((releasesOf(settings)[name]?.['values'] as string[])[0] ?? '');
  expect(valuesOf(settings, 'cert-manager')).toEqual({ crds: { enabled: true }, prometheus: { podmonitor: { enabled: true } } });
  expect(valuesOf(settings, 'external-secrets')).toEqual({ serviceMonitor: { enabled: true } });
  expect(valuesOf(settings, 'argo-cd')).toMatchObject({
    configs: { cm: {} },
    controller: { metrics: { enabled: true, serviceMonitor: { enabled: true } } },
  });
  // Where nothing knows what a monitor is, a chart that makes one is refused.
  expect(valuesOf(small, 'cert-manager')).toEqual({ crds: { enabled: true } });
});

test('the root Application reads dist/argocd from where the environments say that they are', () => {
  const argocd = Object.values<Environment>(environments).flatMap(({ argocd }) => argocd ?? []);
  expect(argocd.length).toBeGreaterThan(0);
  expect(new Set(argocd.map(({ repository }) => repository))).toEqual(new Set([settings.rootApplication?.repository]));
});

test('add-ons run in the namespaces that the environments let in', () => {
  const namespaces = Object.fromEntries(ADD_ONS.map(({ name, namespace }) => [name, namespace]));
  for (const { edge, php } of Object.values<Environment>(environments)) {
    if (edge.type !== 'none') expect(edge.proxies.namespace).toBe(namespaces['envoy-gateway']);
    expect(php.kedaNamespace ?? 'keda').toBe(namespaces['keda']);
  }
});

test('the output has no absolute path and no date, and is the same twice', () => {
  const files = filesOf(settings);
  expect(Object.keys(files)).toEqual(['manifest.json', 'stacks/fintrack/cdk.tf.json']);
  expect(filesOf(settings)).toEqual(files);
  const text = Object.values(files).join('\n');
  expect(text).not.toMatch(/"(\/(?!\/)|[A-Z]:\\)/);
  expect(text).not.toMatch(/20\d\d-\d\d-\d\d/);
});

test('settings without a backend do not compile, and are refused where nobody compiles', () => {
  // @ts-expect-error: a required setting
  const incomplete: ClusterSettings = { name: 'small', kubernetes: { context: 'small' }, addOns: [] };
  expect(synthesizeCluster(incomplete, makeFolder())).toEqual([
    'lib/cluster/settings.ts: backend is missing; say where Terraform keeps its state, for instance in an S3Backend',
  ]);
});

test('refuses paths of one machine and add-ons that are unknown, all at once, and writes nothing', () => {
  const folder = makeFolder();
  // @ts-expect-error: the compiler knows the names
  const wrong: ClusterSettings = { ...small, kubernetes: { context: 'small', kubeconfig: '/home/me/config' }, addOns: ['keda', 'velero'] };
  expect(synthesizeCluster(wrong, folder)).toEqual([
    'lib/cluster/settings.ts: kubernetes.kubeconfig /home/me/config is a path of one machine; begin it with ~/',
    expect.stringMatching(/^lib\/cluster\/settings\.ts: addOns names velero; there are metrics-server, keda, /),
  ]);
  expect(synthesizeCluster({ ...small, backend: (stack) => new LocalBackend(stack) }, folder)).toEqual([
    'lib/cluster/settings.ts: backend names a file by a path of this machine; give LocalBackend a relative one, or share another',
  ]);
  expect(readTree(folder)).toEqual({});
  expect(synthesizeCluster({ ...small, backend: (stack) => new LocalBackend(stack, { path: '../small.tfstate' }) }, folder)).toEqual([]);
});

test('npm run cluster:synth says what to run next, and cdktf.json runs the same program', async () => {
  const folder = makeFolder();
  const { code, stdout, stderr } = await run('ts-node', ['lib/cluster/main.ts'], { env: { CDKTF_OUTDIR: folder } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^The add-ons of fintrack are in .*stacks\/fintrack\. Next, .*\n {2}terraform -chdir=\S+ init\n/);
  expect(readTree(folder)).toHaveProperty(['stacks/fintrack/cdk.tf.json']);

  const { app } = JSON.parse(readFileSync(join(REPOSITORY, 'cdktf.json'), 'utf8'));
  expect(app).toBe(`node_modules/.bin/${packageJson.scripts['cluster:synth']}`);
});
