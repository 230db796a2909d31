import { Construct } from 'constructs';
import {
  IntOrString,
  KubeNetworkPolicy,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
  type NetworkPolicyPeer,
} from '../../../imports/k8s';
import { labelsFor } from '../../kubernetes/labels';
import { FLOWS, podsOf, WORKLOADS, type Flow, type Network, type Outside, type Workload } from './flows';

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
    const peersOf = (party: Workload | Outside): NetworkPolicyPeer[] => {
      if (isWorkload(party)) {
        return [{ podSelector: { matchLabels: podsOf(party) } }];
      }
      const location = outside[party];
      return location?.namespace === undefined
        ? (location?.cidrs ?? []).map((cidr) => ({ ipBlock: { cidr } }))
        : [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: location.namespace } } }];
    };
    const portsOf = ({ to, ports }: Flow) => {
      const location = isWorkload(to) ? undefined : outside[to];
      return ((location?.namespace === undefined ? location?.ports : undefined) ?? ports).map(tcp);
    };
    new KubeNetworkPolicy(this, 'deny-all', {
      metadata: { name: 'deny-all', labels: labelsFor({ name: 'network', instance: 'deny-all', role: 'policy' }) },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    for (const workload of workloads) {
      const ingress = flows
        .filter((flow) => flow.to === workload)
        .map((flow): NetworkPolicyIngressRule => ({ from: peersOf(flow.from), ports: portsOf(flow) }));
      const egress = flows
        .filter((flow) => flow.from === workload)
        .map((flow): NetworkPolicyEgressRule => ({ to: peersOf(flow.to), ports: portsOf(flow) }));
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

/** The label that Kubernetes itself keeps on every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The cluster's name service, for everyone who connects to somebody. */
const DNS: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: IntOrString.fromNumber(53) })),
};

function isWorkload(party: Workload | Outside): party is Workload {
  return WORKLOADS.some((workload) => workload === party);
}

function tcp(port: number) {
  return { protocol: 'TCP', port: IntOrString.fromNumber(port) };
}
