import { Construct } from 'constructs';
import { IntOrString, KubeNetworkPolicy, type NetworkPolicyEgressRule, type NetworkPolicyIngressRule } from '../../../imports/k8s';
import { instanceSelector, labelsFor } from '../../kubernetes/labels';
import { FLOWS, type Workload } from './flows';

/** What the policies depend on. */
export interface NetworkPoliciesProps {
  /** Workloads that exist in the environment. */
  readonly workloads: readonly Workload[];
}

/** `deny-all` for every pod of the namespace, and one policy for each workload with what the table of flows allows it. */
export class NetworkPolicies extends Construct {
  constructor(scope: Construct, id: string, { workloads }: NetworkPoliciesProps) {
    super(scope, id);
    const flows = FLOWS.filter(({ from, to }) => workloads.includes(from) && workloads.includes(to));
    new KubeNetworkPolicy(this, 'deny-all', {
      metadata: { name: 'deny-all', labels: labelsFor({ name: 'network', instance: 'deny-all', role: 'policy' }) },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    for (const workload of workloads) {
      const ingress = flows
        .filter((flow) => flow.to === workload)
        .map(
          (flow): NetworkPolicyIngressRule => ({
            from: [{ podSelector: { matchLabels: instanceSelector(flow.from) } }],
            ports: flow.ports.map(tcp),
          }),
        );
      const egress = flows
        .filter((flow) => flow.from === workload)
        .map(
          (flow): NetworkPolicyEgressRule => ({
            to: [{ podSelector: { matchLabels: instanceSelector(flow.to) } }],
            ports: flow.ports.map(tcp),
          }),
        );
      new KubeNetworkPolicy(this, workload, {
        metadata: { name: workload, labels: labelsFor({ name: 'network', instance: workload, role: 'policy' }) },
        spec: {
          podSelector: { matchLabels: instanceSelector(workload) },
          policyTypes: ['Ingress', 'Egress'],
          // An empty list is left out: the API server drops it, and every apply would report a change.
          ...(ingress.length > 0 && { ingress }),
          ...(egress.length > 0 && { egress: [...egress, DNS] }),
        },
      });
    }
  }
}

/** The cluster's name service, for everyone who connects to somebody. */
const DNS: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: IntOrString.fromNumber(53) })),
};

function tcp(port: number) {
  return { protocol: 'TCP', port: IntOrString.fromNumber(port) };
}
