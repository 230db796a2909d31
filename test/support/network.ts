import { BlockList } from 'node:net';
import type { Manifest } from '../../lib/charts';
import { containersOf, ownersOf } from './manifests';

/** Somebody who may open connections, answer them, or both. */
interface Party {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly ports: readonly Port[];
  /** Whether the policies of the namespace could select it. */
  readonly inside: boolean;
}

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number | string; readonly endPort?: number; readonly protocol?: string }[];
}

/** Ports that every pod could open without a word: reachable only where a policy opens more than the table says. */
const UNNAMED: readonly Port[] = [
  { port: 1, protocol: 'TCP' },
  { port: 53, protocol: 'UDP' },
];

/** Connections as lines like `nginx → php:9000`, one list for each end that must agree. */
export interface Connections {
  /** What pods of the namespace may open. */
  readonly opens: string[];
  /** What pods of the namespace let in. */
  readonly accepts: string[];
}

/**
 * Who may open which port to whom, recomputed from rendered objects: every pod of the namespace, and beside them `neighbour`, a pod
 * in the namespace that carries no label; `copy of …`, pods elsewhere with the labels of ours; `pods of …`, one in
 * each namespace that a policy names; `dns`, the cluster's name service;
 * and `internet`. Both ends must agree for a connection, and each end is reported, because a hole at one end hides behind the other.
 */
export function connectionsIn(manifests: readonly Manifest[]): Connections {
  const parties = partiesOf(manifests);
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const namespaces = new Map<string | undefined, Record<string, string>>([
    ['elsewhere', { 'kubernetes.io/metadata.name': 'elsewhere' }],
    ['kube-system', { 'kubernetes.io/metadata.name': 'kube-system' }],
  ]);

  const allowed = (direction: 'Ingress' | 'Egress', own: Party, other: Party, port: Port): boolean => {
    const selecting = policies.filter(({ metadata, spec }) => {
      const types: string[] = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
      return metadata.namespace === own.namespace && types.includes(direction) && selects(spec.podSelector, own.labels);
    });
    const rules: Rule[] = selecting.flatMap(({ spec }) => spec[direction.toLowerCase()] ?? []);
    return (
      selecting.length === 0 || rules.some((rule) => ruleAllows(rule, rule[direction === 'Ingress' ? 'from' : 'to'], own, other, port))
    );
  };

  const ruleAllows = (rule: Rule, peers: readonly Peer[] | undefined, own: Party, other: Party, port: Port): boolean =>
    (rule.ports === undefined || rule.ports.length === 0 || rule.ports.some((wanted) => portMatches(wanted, port))) &&
    (peers === undefined || peers.length === 0 || peers.some((peer) => peerMatches(peer, own, other)));

  const peerMatches = (peer: Peer, own: Party, other: Party): boolean => {
    // Some network plugins apply address blocks to pods too: the pessimistic reading.
    if (peer.ipBlock)
      return contains(peer.ipBlock.cidr, other.address) && !peer.ipBlock.except?.some((cidr) => contains(cidr, other.address));
    if (other.namespace === undefined) return false;
    const there = peer.namespaceSelector
      ? selects(peer.namespaceSelector, namespaces.get(other.namespace) ?? { 'kubernetes.io/metadata.name': other.namespace })
      : other.namespace === own.namespace;
    return there && selects(peer.podSelector ?? {}, other.labels);
  };

  const list = (direction: 'Ingress' | 'Egress') =>
    parties.flatMap((from) =>
      parties.flatMap((to) =>
        to.ports
          .filter((port) =>
            direction === 'Egress' ? from.inside && allowed(direction, from, to, port) : to.inside && allowed(direction, to, from, port),
          )
          .map(({ port, protocol }) => `${from.name} → ${to.name}:${port}${protocol === 'TCP' ? '' : `/${protocol}`}`),
      ),
    );
  return { opens: list('Egress'), accepts: list('Ingress') };
}

function partiesOf(manifests: readonly Manifest[]): Party[] {
  const pods = ownersOf(manifests).map(
    (owner, index): Party => ({
      name: owner.labels['app.kubernetes.io/instance'] ?? owner.title,
      namespace: owner.manifest.metadata.namespace,
      labels: owner.labels,
      address: `10.0.0.${index + 1}`,
      ports: [
        ...UNNAMED,
        ...containersOf(owner).flatMap((container) =>
          (container.ports ?? []).map((port: { name: string; containerPort: number; protocol?: string }) => ({
            name: port.name,
            port: port.containerPort,
            protocol: port.protocol ?? 'TCP',
          })),
        ),
      ],
      inside: true,
    }),
  );
  const [first] = pods;
  const every = [...new Map(pods.flatMap(({ ports }) => ports.map((port) => [`${port.port}/${port.protocol}`, port]))).values()];
  const copies = pods.map(
    (pod, index): Party => ({
      ...pod,
      name: `copy of ${pod.name}`,
      namespace: 'elsewhere',
      address: `10.0.1.${index + 1}`,
      inside: false,
    }),
  );
  // Somebody in every namespace that a policy names.
  const named = [
    ...JSON.stringify(manifests.filter(({ kind }) => kind === 'NetworkPolicy')).matchAll(/"kubernetes\.io\/metadata\.name":"([^"]+)"/g),
  ];
  const guests = [...new Set(named.map(([, namespace = '']) => namespace))]
    .filter((namespace) => namespace !== 'kube-system')
    .map(
      (namespace, index): Party => ({
        name: `pods of ${namespace}`,
        namespace,
        labels: {},
        address: `10.0.3.${index + 1}`,
        ports: UNNAMED,
        inside: false,
      }),
    );
  const names: Port[] = [...UNNAMED, { port: 53, protocol: 'TCP' }];
  return [
    ...pods,
    { name: 'neighbour', namespace: first?.namespace, labels: {}, address: '10.0.0.99', ports: every, inside: true },
    ...copies,
    ...guests,
    { name: 'dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, address: '10.0.2.1', ports: names, inside: false },
    {
      name: 'internet',
      namespace: undefined,
      labels: {},
      address: '203.0.113.25',
      ports: [...every, { port: 443, protocol: 'TCP' }, { port: 587, protocol: 'TCP' }],
      inside: false,
    },
  ];
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (value !== undefined && values.includes(value)) === (operator === 'In');
    })
  );
}

function portMatches(wanted: { port?: number | string; endPort?: number; protocol?: string }, port: Port): boolean {
  if ((wanted.protocol ?? 'TCP') !== port.protocol) return false;
  if (wanted.port === undefined) return true;
  if (typeof wanted.port === 'string') return wanted.port === port.name;
  return port.port >= wanted.port && port.port <= (wanted.endPort ?? wanted.port);
}

function contains(cidr: string, address: string): boolean {
  const [network = '', prefix = '32'] = cidr.split('/');
  if (network.includes(':')) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(prefix));
  return block.check(address);
}
