export { FLOWS, WORKLOADS, type Flow, type Workload } from './flows';
export { NetworkPolicies } from './network-policies';
