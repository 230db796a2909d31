import { Construct } from 'constructs';
import {
  IntOrString,
  KubeNetworkPolicy,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
  type NetworkPolicyPeer,
} from '../../../imports/k8s';
import { contains } from '../../kubernetes/address-blocks';
import { labelsFor } from '../../kubernetes/labels';
import { FLOWS, podsOf, WORKLOADS, type Location, type Network, type Outside, type Workload } from './flows';

/** `deny-all` for every pod of the namespace, and one policy for each workload with what the table of flows allows it. */
export class NetworkPolicies extends Construct {
  constructor(scope: Construct, id: string, { workloads, outside = {} }: Network) {
    super(scope, id);
    const exists = (party: Workload | Outside) => (isWorkload(party) ? workloads.includes(party) : outside[party] !== undefined);
    const flows = FLOWS.filter(
      (flow) =>
        exists(flow.from) &&
        exists(flow.to) &&
        (flow.with === undefined || exists(flow.with)) &&
        (flow.without === undefined || !exists(flow.without)),
    );
    /** Who it is, place by place, and the ports of a place that has its own. */
    const placesOf = (party: Workload | Outside): { peers: NetworkPolicyPeer[]; ports?: readonly number[] | undefined }[] =>
      isWorkload(party)
        ? [{ peers: [{ podSelector: { matchLabels: podsOf(party) } }] }]
        : [outside[party] ?? []].flat().map((location) => ({ peers: peersAt(location), ports: location.ports }));
    new KubeNetworkPolicy(this, 'deny-all', {
      metadata: { name: 'deny-all', labels: labelsFor({ name: 'network', instance: 'deny-all', role: 'policy' }) },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    for (const workload of workloads) {
      const ingress = flows
        .filter((flow) => flow.to === workload)
        .flatMap(({ from, ports }) =>
          placesOf(from).map(({ peers }): NetworkPolicyIngressRule => ({ from: peers, ports: ports.map(tcp) })),
        );
      const egress = flows
        .filter((flow) => flow.from === workload)
        .flatMap((flow) =>
          placesOf(flow.to).map(({ peers, ports = flow.ports }): NetworkPolicyEgressRule => ({ to: peers, ports: ports.map(tcp) })),
        );
      new KubeNetworkPolicy(this, workload, {
        metadata: { name: workload, labels: labelsFor({ name: 'network', instance: workload, role: 'policy' }) },
        spec: {
          podSelector: { matchLabels: podsOf(workload) },
          policyTypes: ['Ingress', 'Egress'],
          // An empty list is left out: the API server drops it, and every apply would report a change.
          ...(ingress.length > 0 && { ingress }),
          ...(egress.length > 0 && { egress: [...egress, DNS] }),
        },
      });
    }
  }
}

/** What the internet is not: private addresses, those of a cloud's own services with its metadata among them, and the machine itself. */
const NOT_THE_INTERNET = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's platform, which tells each machine what it is to run
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** What a block does not open, however wide it is: what is private must be named itself. */
function exceptionsOf(cidr: string): string[] {
  return NOT_THE_INTERNET.filter((range) => contains(cidr, range) && !contains(range, cidr));
}

/** Whether blocks open the way to an address. */
export function reaches(cidrs: readonly string[], address: string): boolean {
  const host = `${address}/32`;
  return cidrs.some((cidr) => contains(cidr, host) && !exceptionsOf(cidr).some((range) => contains(range, host)));
}

function peersAt(location: Location): NetworkPolicyPeer[] {
  return location.namespace === undefined
    ? location.cidrs.map((cidr) => {
        const except = exceptionsOf(cidr);
        return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
      })
    : [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: location.namespace } } }];
}

/** The label that Kubernetes itself keeps on every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The cluster's name service, for everyone who connects to somebody, and the address of a cache of it on each node (NodeLocal DNSCache). */
const DNS: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: IntOrString.fromNumber(53) })),
};

function isWorkload(party: Workload | Outside): party is Workload {
  return WORKLOADS.some((workload) => workload === party);
}

function tcp(port: number) {
  return { protocol: 'TCP', port: IntOrString.fromNumber(port) };
}
