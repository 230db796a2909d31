// The Kubernetes 1.27 API as cdk8s-plus-27 carries it, already compiled: typed models and their `Quantity` and `IntOrString`.
export * from 'cdk8s-plus-27/lib/imports/k8s';
// The typed unit for processor amounts; sizes and durations come from cdk8s itself.
export { Cpu } from 'cdk8s-plus-27/lib/container';
