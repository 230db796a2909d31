import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../lib/charts';
import { serversOf } from '../lib/components/mysql';
import { DOCKER_FOLDER, DockerFiles } from '../lib/docker/docker-files';
import { environments, type Environment } from '../lib/environments';
import { environmentFindings, fileFindings, referenceFindings } from '../lib/rules';
import { maximumOf } from '../lib/kubernetes/scale';
import { officialEnvironments } from './support/environments';
import { differences, makeFolder, readTree, removeFolders, REPOSITORY } from './support/folders';
import { changesBetween, containersOf, find, manifestsFor, manifestsIn, ownersOf, titleOf } from './support/manifests';
import { restrictedFindings } from './support/pod-security';
import { findingsIn, run, synth } from './support/run';

const DIST = join(REPOSITORY, 'dist');
const all = Object.entries<Environment>(environments);

afterAll(removeFolders);

test('environments are named by their keys', () => {
  expect(all.map(([, { name }]) => name)).toEqual(all.map(([key]) => key));
});

test('no two environments share a namespace', () => {
  const namespaces = all.map(([, { namespace }]) => namespace);
  expect(new Set(namespaces).size).toBe(namespaces.length);
});

test('the files of docker/ can be used and agree', () => {
  const files = new DockerFiles();
  expect([...files.findings, ...fileFindings(files)]).toEqual([]);
});

describe.each(all)('in %s', (_, environment) => {
  const manifests = manifestsFor(environment);
  const owners = ownersOf(manifests);
  const places = owners.flatMap((owner) =>
    containersOf(owner).map((container) => ({ place: `${owner.title} ${container.name}`, container })),
  );
  /** Containers for which a check fails. */
  const failing = (check: (container: (typeof places)[number]['container']) => boolean) =>
    places.filter(({ container }) => !check(container)).map(({ place }) => place);

  test('no rule has a finding', () => {
    expect([...environmentFindings(environment), ...referenceFindings(manifests)]).toEqual([]);
  });

  test('every object but the namespace and the priority is in the namespace, and that enforces Pod Security restricted', () => {
    const [namespace, ...rest] = manifests.filter(({ kind }) => kind !== 'PriorityClass');
    expect(namespace).toMatchObject({
      kind: 'Namespace',
      metadata: { name: environment.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    expect(namespace?.metadata).not.toHaveProperty('namespace');
    expect(rest.filter(({ metadata }) => metadata.namespace !== environment.namespace).map(titleOf)).toEqual([]);
  });

  test('every pod passes Pod Security restricted', () => {
    expect(owners.length).toBeGreaterThanOrEqual(8);
    expect(owners.flatMap(restrictedFindings)).toEqual([]);
  });

  test('every pod has a ServiceAccount of its own, without token', () => {
    const accounts = owners.map(({ spec }) => spec.serviceAccountName);
    expect(new Set(accounts).size).toBe(owners.length);
    expect(accounts).not.toContain('default');
    expect(owners.filter(({ spec }) => spec.automountServiceAccountToken !== false)).toEqual([]);
    const loose = manifests.filter(
      ({ kind, automountServiceAccountToken }) => kind === 'ServiceAccount' && automountServiceAccountToken !== false,
    );
    expect(loose.map(titleOf)).toEqual([]);
  });

  test('no pod is told the addresses of Services', () => {
    expect(owners.filter(({ spec }) => spec.enableServiceLinks !== false)).toEqual([]);
  });

  test('every container has requests and limits, and may use at least what it is guaranteed', () => {
    const amounts = ['cpu', 'memory', 'ephemeral-storage'];
    expect(failing(({ resources }) => amounts.every((name) => resources.requests?.[name] && resources.limits?.[name]))).toEqual([]);
    expect(failing(({ resources: { requests, limits } }) => millis(requests.cpu) <= millis(limits.cpu))).toEqual([]);
    expect(failing(({ resources: { requests, limits } }) => requests.memory === limits.memory)).toEqual([]);
  });

  test('empty folders fit: those on the node into the disk of the pod, those in memory into the memory of each container', () => {
    const tight = owners.filter((owner) => {
      const { containers, volumes } = owner.spec;
      const folders = (medium: string | undefined, of: (name: string) => boolean = () => true) =>
        sum(
          volumes.flatMap(({ name, emptyDir }: Volume) =>
            emptyDir && emptyDir.medium === medium && of(name) ? [mebibytesIn(emptyDir.sizeLimit)] : [],
          ),
        );
      const limit = ({ resources }: Limited, name: string) => mebibytesIn(resources.limits[name] ?? '0Mi');
      return (
        folders(undefined) > sum(containers.map((container: Limited) => limit(container, 'ephemeral-storage'))) ||
        containersOf(owner).some(
          (container) =>
            folders('Memory', (volume) => container.volumeMounts.some(({ name }: { name: string }) => name === volume)) >=
            limit(container, 'memory'),
        )
      );
    });
    expect(tight.map(({ title }) => title)).toEqual([]);
  });

  test('every image says which build it is', () => {
    expect(failing(({ image }) => /:[\w][\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image) && !/:latest(@|$)/.test(image))).toEqual([]);
    expect(failing(({ imagePullPolicy }) => imagePullPolicy === 'IfNotPresent')).toEqual([]);
  });

  test('no replica count is written where an autoscaler owns it', () => {
    const scaled = manifests
      .filter(({ kind }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind))
      .map(({ spec }) => spec.scaleTargetRef.name);
    for (const { manifest } of owners.filter(({ manifest }) => manifest.kind === 'Deployment')) {
      expect({ [manifest.metadata.name]: 'replicas' in manifest['spec'] }).toEqual({
        [manifest.metadata.name]: !scaled.includes(manifest.metadata.name),
      });
    }
  });

  test('a workload that may exceed one pod has a disruption budget that lets a node be drained', () => {
    const scales = {
      php: environment.php.scale,
      nginx: environment.nginx.scale,
      ...Object.fromEntries(Object.entries(environment.php.workers).map(([name, { scale }]) => [`queue-worker-${name}`, scale])),
      ...(environment.mysql.engine === 'official' && { 'mysql-replica': { replicas: environment.mysql.replicas } }),
    };
    const budgets = new Map(
      manifests.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ metadata, spec }) => [metadata.name, spec]),
    );
    for (const [name] of Object.entries(scales).filter(([, scale]) => maximumOf(scale) > 1)) {
      expect(budgets.get(name)).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: { 'app.kubernetes.io/instance': name } } });
    }
  });

  test('no pod is killed before its server has had the time that its file gives it', () => {
    const files = new DockerFiles();
    const seconds = (file: Parameters<DockerFiles['content']>[0], key: string) =>
      Number(new RegExp(`^${key}[ =]+(\\d+)s?;?$`, 'm').exec(files.content(file))?.[1]);
    for (const [name, own] of [
      ['php', seconds('php/www.conf', 'process_control_timeout')],
      ['nginx', seconds('nginx/nginx.conf', 'worker_shutdown_timeout')],
      ['redis', seconds('redis/redis.conf', 'shutdown-timeout')],
    ] as const) {
      const { spec } = owners.find(({ manifest }) => manifest.metadata.name === name) ?? {};
      const wait = Number(spec.containers[0].lifecycle?.preStop.exec.command.at(-1) ?? 0);
      expect(wait + own).toBeLessThan(spec.terminationGracePeriodSeconds);
    }
  });

  test('selectors carry no generated hash', () => {
    const selectors = manifests.map(({ kind, spec }) => (kind === 'Service' ? spec.selector : (spec?.selector ?? spec?.podSelector)));
    expect(JSON.stringify(selectors)).not.toMatch(/cdk8s\.io|[-"][0-9a-f]{8}"/);
  });

  test('only ConfigMaps and the migration carry a hash in their names', () => {
    const hashed = manifests.filter(({ metadata }) => /-[0-9a-f]{8}$/.test(metadata.name)).map(({ kind }) => kind);
    expect([...new Set(hashed)].sort()).toEqual(['ConfigMap', 'Job']);
  });

  test('ConfigMaps hold the files of docker/ byte for byte', () => {
    const originals = new Map(
      readdirSync(DOCKER_FOLDER, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [hashOf(readFileSync(join(entry.parentPath, entry.name))), entry.name]),
    );
    const data = manifestsIn(join(DIST, environment.name))
      .filter(
        ({ kind, metadata }) =>
          kind === 'ConfigMap' && !metadata.name.startsWith('laravel-') && ![...UNHASHED, DASHBOARDS].includes(metadata.name),
      )
      .flatMap((manifest) => Object.entries<string>(manifest['data']))
      // Made from the environment's edge; the file of that name is Compose's.
      .filter(([name]) => name !== 'trusted-proxies.conf');
    expect(data.length).toBeGreaterThanOrEqual(17);
    expect(data.filter(([name, text]) => originals.get(hashOf(text)) !== name).map(([name]) => name)).toEqual([]);
  });

  test('a ConfigMap may change where its name does not follow its content, and only there', () => {
    const maps = manifestsIn(join(DIST, environment.name)).filter(({ kind }) => kind === 'ConfigMap');
    const loose = maps.filter(({ metadata }) => !/-[0-9a-f]{8}$/.test(metadata.name));
    expect(loose.map(({ metadata }) => metadata.name)).toEqual([
      ...(environment.mysql.engine === 'official' ? UNHASHED : []),
      ...(environment.monitoring ? [DASHBOARDS] : []),
    ]);
    expect(maps.filter(({ immutable }) => immutable !== true)).toEqual(loose);
  });
});

describe.each(officialEnvironments)('in %s', (_, environment) => {
  const manifests = manifestsFor(environment);

  test('the topology of MySQL holds what the environment says, and names every pod as its StatefulSet does', () => {
    const written = manifestsIn(join(DIST, environment.name));
    const pods = written
      .filter(({ kind, metadata }) => kind === 'StatefulSet' && metadata.labels?.['app.kubernetes.io/name'] === 'mysql')
      .flatMap(({ metadata, spec }) => Array.from({ length: spec.replicas }, (__, ordinal) => `${metadata.name}-${ordinal}\n`));
    expect(pods).toHaveLength(serversOf(environment.mysql).length);
    expect(find(written, 'ConfigMap', 'mysql-topology')['data']).toEqual({
      primary: `${environment.mysql.primary}\n`,
      servers: pods.join(''),
    });
  });

  test('a promotion turns the Service for writes and the topology, and restarts no pod at all', () => {
    const { mysql } = environment;
    const primary = mysql.primary === 'mysql-replica-0' ? 'mysql-primary-0' : 'mysql-replica-0';
    expect(changesOfPods(manifests, manifestsFor({ ...environment, mysql: { ...mysql, primary } }))).toEqual([
      'ConfigMap mysql-topology data.primary',
      'Service mysql spec.selector.statefulset.kubernetes.io/pod-name',
    ]);
  });

  test('a further replica of MySQL is one more in its StatefulSet and in the topology, with an address of its own, and restarts no pod', () => {
    const grown = (replicas: number) => manifestsFor({ ...environment, mysql: { ...environment.mysql, replicas } });
    // The certificate of all servers has their names.
    const changes = changesOfPods(grown(1), grown(3)).filter((change) => !change.startsWith('Certificate mysql spec.dnsNames.'));
    expect(changes).toEqual([
      '+ Service mysql-replica-1',
      '+ Service mysql-replica-2',
      'ConfigMap mysql-topology data.servers',
      ...('monitoring' in environment ? ['PrometheusRule fintrack-limits spec.groups.0.rules.6.expr'] : []),
      'StatefulSet mysql-replica spec.replicas',
    ]);
  });

  test('a first replica of MySQL comes with objects of its own and ways to it, and restarts no pod', () => {
    const grown = (replicas: number) =>
      manifestsFor({ ...environment, mysql: { ...environment.mysql, primary: 'mysql-primary-0', replicas, semiSync: 'off' } });
    const changes = changesOfPods(grown(0), grown(1));
    expect(changes.filter((change) => change.startsWith('+'))).toEqual([
      '+ NetworkPolicy mysql-replica',
      '+ PodDisruptionBudget mysql-replica',
      '+ Service mysql-replica',
      '+ Service mysql-replica-0',
      '+ ServiceAccount mysql-replica',
      '+ StatefulSet mysql-replica',
    ]);
    // To the replica go the application and the primary, which may become a replica of it.
    const changed = changes.filter((change) => !change.startsWith('+')).map((change) => change.split(' ').slice(0, 2).join(' '));
    expect([...new Set(changed)]).toEqual([
      ...(environment.mysql.tls === 'verified' ? ['Certificate mysql'] : []),
      'ConfigMap mysql-topology',
      ...[...(environment.backup ? ['backup', 'backup-logs'] : []), 'migration', 'mysql-primary', 'php', 'queue-worker', 'scheduler'].map(
        (name) => `NetworkPolicy ${name}`,
      ),
      ...('monitoring' in environment ? ['PrometheusRule fintrack-limits'] : []),
    ]);
  });

  test('without replicas of MySQL nothing is left of them', () => {
    const alone = manifestsFor({
      ...environment,
      mysql: { ...environment.mysql, primary: 'mysql-primary-0', replicas: 0, semiSync: 'off' },
    });
    expect(referenceFindings(alone)).toEqual([]);
    expect(alone.filter((manifest) => JSON.stringify(withoutScripts(manifest)).includes('mysql-replica')).map(titleOf)).toEqual([]);
  });
});

/** ConfigMaps whose names do not follow their content: a change arrives in running pods. */
const UNHASHED = ['mysql-topology'];

/** The one that no pod mounts; test/alerts looks into it. */
const DASHBOARDS = 'fintrack-dashboards';

/** An object without what files of docker/ say: their comments may name anything. */
const withoutScripts = (manifest: Manifest): Manifest => ('immutable' in manifest ? { ...manifest, data: undefined } : manifest);

interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit: string };
}

interface Limited {
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const mebibytesIn = (amount: string) => Number.parseInt(amount, 10) * (amount.endsWith('Gi') ? 1024 : 1);
const millis = (amount: string) => (amount.endsWith('m') ? Number.parseInt(amount, 10) : 1000 * Number(amount));
const hashOf = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

describe('dist/', () => {
  const dist = readTree(DIST);
  /** What a run of main.ts or the cdk8s program writes elsewhere. */
  const fresh = async (start: (outdir: string) => ReturnType<typeof synth>) => {
    const outdir = join(makeFolder(), 'dist');
    const { code, stderr } = await start(outdir);
    expect({ code, findings: findingsIn(stderr) }).toEqual({ code: 0, findings: [] });
    return readTree(outdir);
  };

  test('equals a fresh synth, and holds no folder that nobody owns', async () => {
    expect(differences(dist, await fresh((outdir) => synth([], { env: { CDK8S_OUTDIR: outdir } })))).toEqual([]);
  });

  test('is the same from another folder, time zone and language', async () => {
    const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };
    expect(differences(dist, await fresh((outdir) => synth([], { cwd: makeFolder(), env: { ...env, CDK8S_OUTDIR: outdir } })))).toEqual([]);
  });

  test('is what cdk8s synth writes', async () => {
    expect(differences(dist, await fresh((outdir) => run('cdk8s', ['synth', '--no-check-upgrade', '-o', outdir])))).toEqual([]);
  });

  test('sorts in the order in which it is applied', () => {
    for (const [name, environment] of all) {
      expect(Object.keys(dist).filter((path) => path.startsWith(`${name}/`))).toEqual(
        [
          '0000-base',
          '0001-data',
          '0002-web',
          ...(environment.monitoring ? ['0003-monitoring'] : []),
          ...(environment.backup ? ['0004-backup'] : []),
        ].map((tier) => `${name}/${tier}.k8s.yaml`),
      );
    }
  });

  test('that is compared is compared file by file', () => {
    expect(differences({ 'local/a': '1', 'retired/a': '' }, { 'local/a': '1', 'local/b': '2' })).toEqual([
      'local/b is missing',
      'retired/a should not be there',
    ]);
    expect(differences({ file: 'one\ntwo\n' }, { file: 'one\nthree\n' })).toEqual(['file differs from line 2 on']);
  });
});

/** What changes of an environment, but not which servers the next dump asks: no pod restarts for that. */
function changesOfPods(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  return changesBetween(before, after).filter((change) => !change.startsWith('CronJob backup spec.'));
}
