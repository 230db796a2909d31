import type { Manifest } from '../../../lib/charts';
import { NetworkPolicies, WORKLOADS } from '../../../lib/components/network';
import { local } from '../../../lib/environments/local';
import { staging } from '../../../lib/environments/staging';
import { officialEnvironments, type OfficialEnvironment } from '../../support/environments';
import { find, manifestsFor, ownersOf, titleOf } from '../../support/manifests';
import { connectionsIn } from '../../support/network';
import { render } from '../../support/render';

/** Who may open which port to whom, written by hand and not taken from lib/: all else is closed, at both ends. */
const TABLE = [
  'nginx → php:9000',

  'php → nginx:8080',
  'php → mysql-primary:3306',
  'php → mysql-replica:3306',
  'php → redis:6379',
  'php → redis-cache:6379',

  'queue-worker-default → mysql-primary:3306',
  'queue-worker-default → mysql-replica:3306',
  'queue-worker-default → redis:6379',
  'queue-worker-default → redis-cache:6379',

  'scheduler → mysql-primary:3306',
  'scheduler → mysql-replica:3306',
  'scheduler → redis:6379',
  'scheduler → redis-cache:6379',

  'migration → mysql-primary:3306',
  'migration → mysql-replica:3306',
  'migration → redis:6379',
  'migration → redis-cache:6379',

  // Whoever is primary, the others copy it and follow it; two replicas are one workload.
  'mysql-primary → mysql-primary:3306',
  'mysql-primary → mysql-replica:3306',
  'mysql-replica → mysql-primary:3306',
  'mysql-replica → mysql-replica:3306',
];

/** Where Sentinels watch Redis: servers copy each other and ask who is primary, and the application goes through the proxy. */
const WATCHED = [
  'redis-proxy → redis:6379',
  'redis → redis:6379',
  'redis → redis-sentinel:26379',
  'redis-sentinel → redis:6379',
  'redis-sentinel → redis-sentinel:26379',
];

/** Where there are backups: dumps and logs are read from any server, as each may be primary; what restores a copy meets none. */
const BACKUPS = [
  'backup → mysql-primary:3306',
  'backup → mysql-replica:3306',
  'backup-logs → mysql-primary:3306',
  'backup-logs → mysql-replica:3306',
];

/** Whom the application asks of its own is outside too. */
const OWN = ['php', 'queue-worker-default', 'scheduler'].map((from) => `${from} → internet:587`);

/** The bucket is outside, and that every one of them may reach. */
const TO_THE_BUCKET = ['backup', 'backup-logs', 'backup-prune', 'backup-redis', 'restore-test'].map((from) => `${from} → internet:443`);

/** Whose metrics Prometheus asks for, where there is one. */
const WATCHED_BY_PROMETHEUS = ['nginx:9113', 'php:9253', 'mysql-primary:9104', 'mysql-replica:9104', 'redis:9121', 'redis-cache:9121'];

/** The lines of an environment: with Sentinels it goes through the proxy, and where MySQL has no replicas, nobody talks to them. */
const tableOf = ({ edge, php, mysql, redis, backup, monitoring }: OfficialEnvironment) => {
  const scaled = Object.values(php.workers).some(({ scale }) => 'jobsPerWorker' in scale);
  const lines = [
    ...TABLE,
    ...(backup ? BACKUPS : []),
    ...(scaled ? ['pods of keda → redis:6379'] : []),
    ...(edge.type === 'none' ? [] : [`pods of ${edge.proxies.namespace} → nginx:8080`]),
  ].filter((line) => mysql.replicas > 0 || !line.includes('mysql-replica'));
  const asked = (monitoring ? WATCHED_BY_PROMETHEUS : [])
    .filter((to) => mysql.replicas > 0 || !to.startsWith('mysql-replica'))
    .map((to) => `pods of ${monitoring?.namespace ?? 'monitoring'} → ${to}`);
  // Each server by itself, past the proxy.
  const copied = backup ? ['backup-redis → redis:6379'] : [];
  return redis.availability === 'single'
    ? [...lines, ...copied, ...asked]
    : [...lines.map((line) => line.replace('→ redis:', '→ redis-proxy:')), ...WATCHED, ...copied, ...asked];
};
/** Who looks names up: everybody who connects to somebody. */
const lookupsOf = (lines: readonly string[]) =>
  [...new Set(lines.map((line) => line.split(' → ')[0] ?? ''))]
    .filter((from) => !from.startsWith('pods of'))
    .flatMap((from) => [`${from} → dns:53`, `${from} → dns:53/UDP`]);

const lonely: OfficialEnvironment = { ...local, mysql: { ...local.mysql, replicas: 0 } };
const sorted = (lines: readonly string[]) => [...lines].sort();
const matrixOf = (manifests: readonly Manifest[]) => JSON.stringify(connectionsIn(manifests));
const policiesOf = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === 'NetworkPolicy');

/** Rules that lead to addresses, but to the name service. */
const waysOut = (egress: readonly Manifest['spec'][]) =>
  egress.filter((rule) => JSON.stringify(rule).includes('ipBlock') && !JSON.stringify(rule).includes('k8s-app'));

describe.each([...officialEnvironments, ['local without replicas of MySQL', lonely] as const])('in %s', (_, environment) => {
  const manifests = manifestsFor(environment);

  test('pods may open the connections of the table, look names up, and nothing else', () => {
    // What pods elsewhere may open is not this namespace's to say.
    const own = tableOf(environment).filter((line) => !line.startsWith('pods of'));
    const all = [...own, ...(environment.backup ? TO_THE_BUCKET : []), ...(environment.php.egress ? OWN : [])];
    expect(sorted(connectionsIn(manifests).opens)).toEqual(sorted([...all, ...lookupsOf(all)]));
  });

  test('pods let in the connections of the table and nothing else', () => {
    expect(sorted(connectionsIn(manifests).accepts)).toEqual(sorted(tableOf(environment)));
  });

  type Labels = Readonly<Record<string, string>>;
  const selects = (selector: Labels, labels: Labels) => Object.entries(selector).every(([key, value]) => labels[key] === value);

  test('every pod has a policy that is not for all', () => {
    const selectors: Labels[] = policiesOf(manifests).flatMap(({ spec }) => spec.podSelector.matchLabels ?? []);
    const without = ownersOf(manifests).filter(({ labels }) => !selectors.some((selector) => selects(selector, labels)));
    expect(without.map(({ title }) => title)).toEqual([]);
  });

  test('no policy is for, or names, pods that are not there', () => {
    const peers: Manifest['spec'][] = policiesOf(manifests).flatMap(({ spec }) => [
      ...(spec.ingress ?? []).flatMap(({ from }: Manifest['spec']) => from),
      ...(spec.egress ?? []).flatMap(({ to }: Manifest['spec']) => to),
      { podSelector: spec.podSelector },
    ]);
    const named: Labels[] = peers.flatMap(({ namespaceSelector, podSelector }) =>
      namespaceSelector ? [] : (podSelector?.matchLabels ?? []),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((selector) => !ownersOf(manifests).some(({ labels }) => selects(selector, labels)))).toEqual([]);
  });
});

describe('the matrix notices', () => {
  const manifests = manifestsFor(staging);
  const before = matrixOf(manifests);
  const rules = policiesOf(manifests).flatMap((policy) =>
    ['ingress', 'egress'].flatMap((direction) =>
      ((policy['spec'][direction] ?? []) as unknown[]).map((__, index) => ({ policy: policy.metadata.name, direction, index })),
    ),
  );

  // The internet is one place in the matrix; which addresses of it, the test of the bucket below says.
  const inside = rules.filter(({ policy, direction, index }) => {
    const spec = policiesOf(manifests).find(({ metadata }) => metadata.name === policy)?.['spec'];
    return waysOut([spec[direction][index]]).length === 0;
  });

  /** The matrix after a change to one policy of that name. */
  const after = (name: string, change: (spec: Manifest['spec']) => void) => {
    const copy = structuredClone(manifests);
    const policy = policiesOf(copy).find(({ metadata }) => metadata.name === name);
    change(policy?.['spec']);
    return matrixOf(copy);
  };

  test('every policy that is gone', () => {
    const unnoticed = policiesOf(manifests).filter((policy) => matrixOf(manifests.filter((manifest) => manifest !== policy)) === before);
    expect(unnoticed.map(titleOf)).toEqual([]);
  });

  test('every rule that is gone', () => {
    const unnoticed = rules.filter(({ policy, direction, index }) => after(policy, (spec) => spec[direction].splice(index, 1)) === before);
    expect(unnoticed).toEqual([]);
  });

  test('every rule that is open to one pod more, one namespace more or one address more', () => {
    const peers = [{ podSelector: {} }, { namespaceSelector: {} }, { ipBlock: { cidr: '0.0.0.0/0' } }];
    const unnoticed = inside.flatMap(({ policy, direction, index }) =>
      peers.filter(
        (peer) => after(policy, (spec) => spec[direction][index][direction === 'ingress' ? 'from' : 'to'].push(peer)) === before,
      ),
    );
    expect(unnoticed).toEqual([]);
  });

  test('every rule without peers or without ports: an empty list means all', () => {
    const unnoticed = inside.filter(({ policy, direction, index }) =>
      ['ports', direction === 'ingress' ? 'from' : 'to'].some(
        (field) => after(policy, (spec) => (spec[direction][index][field] = [])) === before,
      ),
    );
    expect(unnoticed).toEqual([]);
  });

  test('every port more', () => {
    const unnoticed = rules.filter(
      ({ policy, direction, index }) =>
        after(policy, (spec) => spec[direction][index].ports.push({ protocol: 'TCP', port: 1, endPort: 65535 })) === before,
    );
    expect(unnoticed).toEqual([]);
  });

  test('every policy that selects other pods, and every direction that is not closed', () => {
    const unnoticed = policiesOf(manifests).filter(({ metadata: { name } }) =>
      [
        (spec: Manifest['spec']) => (spec.podSelector = { matchLabels: { 'app.kubernetes.io/instance': 'nobody' } }),
        (spec: Manifest['spec']) => (spec.policyTypes = ['Ingress']),
      ].every((change) => after(name, change) === before),
    );
    expect(unnoticed.map(titleOf)).toEqual([]);
  });
});

test('the way to the bucket is one port of the addresses that the environment names', () => {
  const { endpoint, cidrs } = staging.backup.bucket;
  expect(endpoint).toMatch(/^https:/);
  for (const name of ['backup', 'backup-logs', 'backup-prune', 'backup-redis', 'restore-test']) {
    const { egress } = find(manifestsFor(staging), 'NetworkPolicy', name)['spec'];
    expect(waysOut(egress)).toEqual([{ to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ port: 443, protocol: 'TCP' }] }]);
  }
});

test('the application may ask those whom the environment names, each at its own ports, and of the internet no private address', () => {
  const egress = [
    { cidrs: ['203.0.113.25/32'], ports: [587] },
    { cidrs: ['0.0.0.0/0'], ports: [443] },
  ];
  const manifests = manifestsFor({ ...local, php: { ...local.php, egress } });
  for (const name of ['php', 'queue-worker', 'scheduler']) {
    const ways = waysOut(find(manifests, 'NetworkPolicy', name)['spec'].egress);
    const except = [
      ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32'],
      ...['169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
    ];
    expect(ways).toEqual([
      { to: [{ ipBlock: { cidr: '203.0.113.25/32' } }], ports: [{ port: 587, protocol: 'TCP' }] },
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except } }], ports: [{ port: 443, protocol: 'TCP' }] },
    ]);
  }
  expect(policiesOf(manifests).filter(({ spec }) => waysOut(spec.egress ?? []).length > 0)).toHaveLength(3);
});

test.each([
  ['half of the internet', '128.0.0.0/1', ['168.63.129.16/32', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']],
  ['a block around a private one', '172.0.0.0/8', ['172.16.0.0/12']],
  ['the internet of version 6', '::/0', ['::1/128', 'fc00::/7', 'fe80::/10']],
  ['a private block that is named itself', '10.0.0.0/8', undefined],
  ['a part of one', '10.20.0.0/24', undefined],
  ['a block of a provider', '203.0.113.0/24', undefined],
])('of %s, %s, no private address is open unless it is named itself', (_, cidr, except) => {
  const { backup } = staging;
  const manifests = manifestsFor({ ...staging, backup: { ...backup, bucket: { ...backup.bucket, cidrs: [cidr] } } });
  const [way] = waysOut(find(manifests, 'NetworkPolicy', 'backup')['spec'].egress);
  expect(way.to).toEqual([{ ipBlock: { cidr, ...(except && { except }) } }]);
});

test('traces may go to one port of the namespace that the environment names, from all but a migration', () => {
  const manifests = manifestsFor({ ...local, php: { ...local.php, tracing: { namespace: 'tracing', service: 'collector' } } });
  const way = {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'tracing' } } }],
    ports: [{ port: 4318, protocol: 'TCP' }],
  };
  for (const name of ['php', 'queue-worker', 'scheduler']) {
    expect(find(manifests, 'NetworkPolicy', name)['spec'].egress).toContainEqual(way);
  }
  const named = policiesOf(manifests).filter((policy) => JSON.stringify(policy).includes('"tracing"'));
  expect(named).toHaveLength(3);
});

test('the policies of a part of the workloads name no other workload', () => {
  const workloads = ['nginx', 'php', 'mysql-primary'] as const;
  const { manifests } = render((chart) => new NetworkPolicies(chart, 'network-policies', { workloads }));
  expect(manifests.map(titleOf)).toEqual(['deny-all', ...workloads].map((name) => `NetworkPolicy ${name}`));
  expect(find(manifests, 'NetworkPolicy', 'php')['spec'].egress.map(({ to }: { to: unknown }) => to)).toEqual([
    [{ podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'nginx' } } }],
    [{ podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'mysql-primary' } } }],
    [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
      { ipBlock: { cidr: '169.254.20.10/32' } },
    ],
  ]);
});

test('the policies are written without empty lists, which the API server would drop', () => {
  expect(render((chart) => new NetworkPolicies(chart, 'network-policies', { workloads: WORKLOADS })).yaml).not.toMatch(/\[\]/);
});
