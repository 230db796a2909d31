import { main, preflight, tableOf } from '../../lib/commands/preflight';
import { credentialsFor } from '../../lib/charts';
import { probeNetwork } from '../../lib/commands/preflight/network';
import type { Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { makeFolder, removeFolders } from '../support/folders';
import { FakeKubectl, type Replies } from '../support/kubectl';
import { manifestsFor } from '../support/manifests';

let cluster: FakeKubectl | undefined;
afterEach(() => {
  cluster?.restore();
  jest.restoreAllMocks();
});
afterAll(removeFolders);

const KEYS = '--output=go-template={{range $key, $value := .data}}{{if $value}}{{$key}}{{"\\n"}}{{end}}{{end}}';
const json = (args: string) => `${args} --output=json`;
const node = (zone: string, cpu: string, memory: string) => ({
  metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
  spec: {},
  status: { allocatable: { cpu, memory }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const pod = (namespace: string, nodeName: string, cpu: string) => ({
  metadata: { namespace },
  spec: { nodeName, containers: [{ resources: { requests: { cpu, memory: '1Gi' } } }] },
});
const PODS = json('get pods --all-namespaces --field-selector=status.phase!=Succeeded,status.phase!=Failed');
const PROMETHEUS = 'get --raw /api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/api/v1/query?query=1';
const GATEWAY = json('--namespace gateway get gateways.gateway.networking.k8s.io public');
const STORE = json('--namespace fintrack-production get secretstores.external-secrets.io fintrack');
const MAKER = '--namespace fintrack-production get externalsecrets.external-secrets.io fintrack-app --output=name';
const APP = `--namespace fintrack-production get secret fintrack-app ${KEYS}`;
const ready = (status: string) => ({ status: { conditions: [{ type: 'Ready', status }] } });
const listener = (name: string, port: number, from: string) => ({
  name,
  port,
  protocol: name.toUpperCase(),
  allowedRoutes: { namespaces: { from } },
});
const gateway = (from: string, programmed: string) => ({
  spec: { gatewayClassName: 'traefik', listeners: [listener('https', 443, from), listener('http', 80, from)] },
  status: { addresses: [{ value: '203.0.113.7' }], conditions: [{ type: 'Programmed', status: programmed }] },
});
const storageClass = (name: string, more: object = {}) => ({
  metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  reclaimPolicy: 'Retain',
  allowVolumeExpansion: true,
  ...more,
});

/** Replies of a cluster that has everything that an environment needs. */
function complete(environment: Environment): Replies {
  const manifests = manifestsFor(environment);
  const served = Object.fromEntries(
    [...new Set(manifests.map(({ apiVersion }) => apiVersion))].map((version) => [
      `get --raw ${version.includes('/') ? '/apis' : '/api'}/${version}`,
      { resources: manifests.filter(({ apiVersion }) => apiVersion === version).map(({ kind }) => ({ kind })) },
    ]),
  );
  const credentials = credentialsFor(environment);
  const secrets = Object.fromEntries(
    credentials.map(({ secret }) => [
      `--namespace ${environment.namespace} get secret ${secret} ${KEYS}`,
      credentials.flatMap((credential) => (credential.secret === secret ? [`${credential.key}\n`] : [])).join(''),
    ]),
  );
  return {
    ...served,
    ...secrets,
    [STORE]: ready('True'),
    'config current-context': 'prod\n',
    'get --raw /version': { gitVersion: 'v1.34.1' },
    'get --raw /apis/metrics.k8s.io/v1beta1/nodes': { items: [{}, {}, {}] },
    'get --raw /apis/external.metrics.k8s.io/v1beta1': {},
    [PROMETHEUS]: { status: 'success' },
    'get --raw /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/fintrack-protect-data': {},
    [json('get storageclasses')]: { items: [storageClass('fast')] },
    [GATEWAY]: gateway('All', 'True'),
    [json('get gatewayclasses.gateway.networking.k8s.io traefik')]: { status: { conditions: [{ type: 'Accepted', status: 'True' }] } },
    ...Object.fromEntries(
      ['keda', 'gateway', 'kube-system', 'monitoring'].map((name) => [`get namespace ${name} --output=name`, `namespace/${name}\n`]),
    ),
    [json('get nodes')]: { items: [node('a', '16', '64Gi'), node('b', '15500m', '67108864Ki'), node('c', '16', '64Gi')] },
    [PODS]: { items: [pod('kube-system', 'node-a', '500m'), pod(environment.namespace, 'node-a', '16')] },
  };
}

/** The misses on a complete cluster with changes: what was looked at, what was found, what to do. */
async function missesWith(changes: Replies, environment: Environment = production) {
  cluster = new FakeKubectl({ ...complete(environment), ...changes });
  return (await preflight(environment, false))
    .filter(({ next }) => next !== undefined)
    .map(({ check, found, next }) => `${check}: ${found}: ${next}`);
}

describe('npm run preflight', () => {
  test('finds nothing missing on a cluster that has everything, and only reads', async () => {
    expect(await missesWith({})).toEqual([]);
    const verbs = cluster?.calls.map(({ args }) => args.replace(/^--namespace \S+ /, '').split(' ')[0]);
    expect([...new Set(verbs)]).toEqual(['get']);
  });

  test('lets no value of a Secret through: it asks for names of keys', async () => {
    await missesWith({});
    const asked = cluster?.calls.map(({ args }) => args).filter((args) => / secrets? /.test(args)) ?? [];
    expect(asked.length).toBe(4);
    expect(asked.filter((args) => !args.endsWith(KEYS))).toEqual([]);
  });

  test.each<[string, Replies, string]>([
    [
      'of an add-on whose kinds are not served',
      { 'get --raw /apis/keda.sh/v1alpha1': { resources: [{ kind: 'ScaledObject' }] } },
      'API keda.sh/v1alpha1: no TriggerAuthentication: install KEDA 2',
    ],
    [
      'of cert-manager',
      { 'get --raw /apis/cert-manager.io/v1': { failure: 'NotFound' } },
      'API cert-manager.io/v1: no Issuer, Certificate: install cert-manager 1.18 or newer, or choose another tls (docs/operations/tls.md)',
    ],
    [
      'of a cluster without a default StorageClass',
      { [json('get storageclasses')]: { items: [storageClass('fast', { metadata: { name: 'fast' } })] } },
      'StorageClass (the default): there is none; others: fast: kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true',
    ],
    [
      'of volumes that could not grow',
      { [json('get storageclasses')]: { items: [storageClass('fast', { allowVolumeExpansion: undefined })] } },
      'StorageClass (the default): fast, reclaimPolicy Retain, does not grow: set allowVolumeExpansion: true in it where its driver can, or choose another: a full volume could not grow',
    ],
    [
      'of autoscalers that nobody tells',
      { 'get --raw /apis/metrics.k8s.io/v1beta1/nodes': { items: [] } },
      'metrics of pods: metrics.k8s.io does not answer: install the metrics server; kubectl top nodes must answer',
    ],
    [
      'of the Prometheus that KEDA asks',
      { [PROMETHEUS]: { failure: 'NotFound' } },
      'Prometheus for KEDA: http://prometheus-operated.monitoring.svc:9090 does not answer: install the Prometheus Operator with a Prometheus, or say where it is: monitoring.prometheusUrl',
    ],
    [
      'of a Gateway',
      { [GATEWAY]: { failure: 'Error from server (NotFound)' } },
      'Gateway gateway/public: there is none: make it, or name another as edge.gateway',
    ],
    [
      'of a Gateway that nobody runs',
      { [GATEWAY]: gateway('All', 'False') },
      'Gateway gateway/public: not programmed: kubectl -n gateway describe gateway public',
    ],
    [
      'of a namespace that a policy lets in',
      { 'get namespace keda --output=name': { failure: 'Error from server (NotFound): namespaces "keda" not found' } },
      'namespace keda: there is none: network policies let it in; install what runs there, or name another',
    ],
    [
      'of the policy that protects data',
      {
        'get --raw /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/fintrack-protect-data': { failure: 'NotFound' },
      },
      'protection of data: fintrack-protect-data is not bound: kubectl apply -f dist/cluster (Kubernetes 1.30 or newer), or leave protectData out',
    ],
    [
      'of a key of a Secret',
      { [APP]: 'app-key\nmail-password\n', [MAKER]: 'externalsecret/fintrack-app\n' },
      'Secret fintrack-app: without app-previous-keys: kubectl -n fintrack-production describe externalsecret fintrack-app',
    ],
    [
      'of a login to the store of secrets',
      { [STORE]: ready('False') },
      'SecretStore fintrack: not ready: kubectl --namespace fintrack-production describe secretstore fintrack',
    ],
  ])('has one line for the lack %s', async (_, changes, line) => {
    expect(await missesWith(changes)).toEqual([line]);
  });

  test('knows listeners that let no route of the namespace in', async () => {
    expect(await missesWith({ [GATEWAY]: gateway('Same', 'True') })).toEqual(
      ['https: HTTPS 443', 'http: HTTP 80'].map(
        (found) =>
          `listener ${found}, routes from Same: let in routes of namespace fintrack-production: allowedRoutes.namespaces.from All, or Selector`,
      ),
    );
  });

  test.each<[string, Replies[string], string]>([
    ['ready', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, ''],
    ['not ready', { status: {} }, 'ClusterIssuer company: not ready: kubectl describe clusterissuer company'],
    [
      'not there',
      { failure: 'NotFound' },
      'ClusterIssuer company: there is none: make it, or leave certificates.issuer out: FinTrack then makes one',
    ],
  ])('knows whether an issuer that FinTrack does not make is %s', async (_, issuer, line) => {
    const environment: Environment = { ...production, certificates: { issuer: { kind: 'ClusterIssuer', name: 'company' } } };
    const misses = await missesWith({ [json('get clusterissuers.cert-manager.io company')]: issuer }, environment);
    expect(misses).toEqual(line === '' ? [] : [line]);
  });

  test('misses no Secret and no store that come with the manifests', async () => {
    expect(
      await missesWith({ [APP]: { failure: 'NotFound' }, [MAKER]: { failure: 'NotFound' }, [STORE]: { failure: 'NotFound' } }),
    ).toEqual([]);
  });

  test.each<[string, Environment['secrets'], string]>([
    ['made once', { source: 'existing' }, 'npm run --silent secrets -- production | kubectl create -f -'],
    [
      'sealed',
      { source: 'sealed-secrets' },
      'apply the file of kubeseal; then: kubectl -n fintrack-production describe sealedsecret fintrack-app',
    ],
  ])('knows what to do about a missing Secret that is %s', async (_, secrets, next) => {
    const environment = { ...production, secrets };
    cluster = new FakeKubectl({ ...complete(environment), [APP]: { failure: 'NotFound' } });
    const rows = await preflight(environment, false);
    expect(rows.filter((row) => row.next !== undefined)).toEqual([{ check: 'Secret fintrack-app', found: 'there is none', next }]);
  });

  test('misses a store that somebody else was to make', async () => {
    const store = { provider: 'existing', kind: 'ClusterSecretStore', name: 'company' } as const;
    const environment: Environment = { ...production, secrets: { source: 'external-secrets', store } };
    cluster = new FakeKubectl({
      ...complete(environment),
      [json('get clustersecretstores.external-secrets.io company')]: { failure: 'NotFound' },
    });
    const rows = await preflight(environment, false);
    expect(rows.filter((row) => row.next !== undefined)).toEqual([
      { check: 'ClusterSecretStore company', found: 'there is none', next: 'kubectl describe clustersecretstore company' },
    ]);
  });

  test('knows nodes and room: too few, too small together, too small for one pod', async () => {
    const withNodes = (...items: object[]) => missesWith({ [json('get nodes')]: { items } });
    expect(await withNodes(node('a', '32', '96Gi'), node('b', '32', '96Gi'))).toEqual([
      'nodes that are ready: 2, in zones a, b: have 3: so many pods of one kind share no node',
    ]);
    cluster?.restore();
    expect(await withNodes(node('a', '4', '64Gi'), node('b', '4', '64Gi'), node('c', '4', '64Gi'))).toEqual([
      expect.stringMatching(
        /^room for every maximum: needs [\d.]+ cores, [\d.]+ GiB; free 11\.5 cores, 191\.0 GiB: add nodes, or lower maxReplicas: [\d.]+ cores too little$/,
      ),
    ]);
    cluster?.restore();
    const small = Array.from({ length: 40 }, (_, index) => node(`z${index}`, '2', '64Gi'));
    expect(await withNodes(...small)).toEqual(
      ['mysql-primary', 'mysql-replica'].map(
        (name) => `room for a pod of StatefulSet ${name}: no node has 2.1 cores, 8.2 GiB free: add a larger node, or ask for less`,
      ),
    );
  });

  test('takes no node that is cordoned, tainted or not ready for one that has room', async () => {
    const closed = (spec: object, status = 'True') => ({
      ...node('z', '999', '999Gi'),
      spec,
      ...(status === 'True' ? {} : { status: { allocatable: { cpu: '999', memory: '999Gi' }, conditions: [{ type: 'Ready', status }] } }),
    });
    const items = [
      closed({ unschedulable: true }),
      closed({ taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }),
      closed({}, 'Unknown'),
    ];
    const [nodes] = await missesWith({ [json('get nodes')]: { items } });
    expect(nodes).toBe('nodes that are ready: 0, in zones (none): have 3: so many pods of one kind share no node');
  });

  test('does not take for missing what it may not read', async () => {
    const forbidden = 'Error from server (Forbidden): nodes is forbidden: User "dev" cannot list resource "nodes"';
    expect(await missesWith({ [json('get nodes')]: { failure: forbidden } })).toEqual([
      `kubectl get nodes --output=json: ${forbidden}: have somebody look who may`,
    ]);
  });

  test('does not count the environment’s own pods as somebody else’s', async () => {
    expect(await missesWith({ [PODS]: { items: Array.from({ length: 20 }, () => pod('fintrack-production', 'node-b', '16')) } })).toEqual(
      [],
    );
  });

  test('asks local for what local needs', async () => {
    cluster = new FakeKubectl({ ...complete(local), [json('get nodes')]: { items: [node('a', '8', '16Gi')] } });
    const rows = await preflight(local, false);
    expect(rows.filter(({ next }) => next !== undefined)).toEqual([]);
    expect(rows.map(({ check }) => check).join()).not.toMatch(/metrics|Gateway|protection/);
    // Of php, queue-worker-default, nginx and redis-cache one pod more, as in a rollout: 0.35 cores of it.
    expect(rows.find(({ check }) => check === 'room for every maximum')?.found).toBe('needs 2.4 cores, 7.4 GiB; free 7.5 cores, 15.0 GiB');
  });

  test('says in one line that the cluster does not answer, and ends with 1', async () => {
    const stdout = jest.spyOn(console, 'log').mockReturnValue();
    cluster = new FakeKubectl({
      'config current-context': 'prod\n',
      'get --raw /version': { failure: 'noise\nThe connection to the server 203.0.113.1:6443 was refused' },
    });
    expect(await main(['production'])).toBe(1);
    expect(stdout.mock.calls.flat().filter((line: string) => line.startsWith('✗'))).toEqual([
      '✗ cluster  The connection to the server 203.0.113.1:6443 was refused  kubectl get nodes must answer',
    ]);
  });

  test('says in one line what it wants, and that kubectl is not there', async () => {
    const stderr = jest.spyOn(console, 'error').mockReturnValue();
    expect(await main(['--probe-network'])).toBe(1);
    expect(stderr.mock.calls).toEqual([[expect.stringMatching(/^preflight: name one environment \(local, staging, production\)/)]]);
    const path = process.env['PATH'];
    process.env['PATH'] = makeFolder();
    const rows = await preflight(production, false);
    process.env['PATH'] = path;
    expect(rows.map(({ found }) => found)).toEqual(['kubectl cannot be started (ENOENT); install it and set the current context']);
  });

  test('prints a table', () => {
    expect(
      tableOf([
        { check: 'Kubernetes', found: 'v1.34.1' },
        { check: 'StorageClass (the default)', found: 'there is none', next: 'make one' },
      ]),
    ).toEqual([
      '  check                       found          next step',
      '✓ Kubernetes                  v1.34.1',
      '✗ StorageClass (the default)  there is none  make one',
    ]);
  });
});

describe('npm run preflight with --probe-network', () => {
  const PING = '--namespace fintrack-preflight exec client -- timeout 3 redis-cli -h 10.0.0.7 -p 6379 ping';
  const refused = { failure: 'command terminated with exit code 143', code: 143 };
  const probe: Replies = {
    'create --filename=-': '',
    '--namespace fintrack-preflight wait --for=condition=Ready pod --all --timeout=120s': '',
    '--namespace fintrack-preflight get pod server --output=jsonpath={.status.podIP}': '10.0.0.7',
    'delete namespace fintrack-preflight --wait=false': '',
  };

  test('proves with two pods that a connection is refused which was open before, and takes them away', async () => {
    cluster = new FakeKubectl({ ...probe, [PING]: ['PONG\n', 'PONG\n', refused] });
    expect(await probeNetwork()).toEqual([{ check: 'policy enforcement', found: 'a denied connection is refused' }]);
    const made = cluster.calls
      .filter(({ input }) => input !== '')
      .map(({ input }) => JSON.parse(input).items.map(({ kind }: { kind: string }) => kind));
    expect(made).toEqual([['Namespace', 'Pod', 'Pod'], ['NetworkPolicy']]);
    expect(cluster.calls.at(-1)?.args).toBe('delete namespace fintrack-preflight --wait=false');
  });

  test.each<[string, Replies, RegExp]>([
    ['a plugin that enforces nothing', { [PING]: 'PONG\n' }, /^a denied connection was open after 0 s/],
    ['pods that do not reach each other anyway', { [PING]: refused }, /even without a policy/],
    ['pods that do not start', { [Object.keys(probe)[1] ?? '']: { failure: 'timed out waiting for the condition' } }, /^timed out/],
  ])('is not deceived by %s, and takes its pods away', async (_, changes, found) => {
    cluster = new FakeKubectl({ ...probe, ...changes });
    expect(await probeNetwork(0)).toEqual([expect.objectContaining({ found: expect.stringMatching(found), next: expect.any(String) })]);
    expect(cluster.calls.at(-1)?.args).toBe('delete namespace fintrack-preflight --wait=false');
  });

  test('leaves a namespace alone that it has not made', async () => {
    cluster = new FakeKubectl({
      'create --filename=-': { failure: 'Error from server (AlreadyExists): namespaces "fintrack-preflight" already exists' },
    });
    expect(await probeNetwork(0)).toEqual([expect.objectContaining({ found: expect.stringContaining('AlreadyExists') })]);
    expect(cluster.calls).toHaveLength(1);
  });
});
