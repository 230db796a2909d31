export { FLOWS, networkOf, WORKLOADS, type Flow, type Location, type Network, type Outside, type Workload } from './flows';
export { NetworkPolicies, reaches } from './network-policies';
