import type { RootApplicationSettings } from './settings';

/** A chart that Helm installs; nothing else about it is decided here. */
export interface AddOn {
  /** Name of the Helm release. */
  readonly name: string;
  readonly chart: string;
  /** Address of a repository of charts, or `oci://…` of a registry. */
  readonly repository: string;
  /** Exact version of the chart, which is not that of the program in it. */
  readonly version: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** More values, with which Prometheus asks it, where that is installed too. @default - no alert is about it */
  readonly monitored?: Readonly<Record<string, unknown>>;
}

/**
 * Argo CD rates the health of no Application unless told how, and under a root Application the tiers of an environment would not wait for
 * one another. One whose sync is going on, or over without anybody having looked since, still has the health of before: with 3.5 that was
 * "Healthy" for the seconds in which the next tier would begin.
 */
const APPLICATION_HEALTH = `hs = { status = "Progressing", message = "" }
local status = obj.status or {}
local finished = (status.operationState or { finishedAt = "" }).finishedAt
if status.health ~= nil and finished ~= nil and ((status.sync or {}).status == "Synced" or (status.reconciledAt or "") > finished) then
  hs.status = status.health.status
  hs.message = status.health.message or ""
end
return hs
`;

// Renovate finds the versions by the order of the lines chart, repository, version.

/** What FinTrack can need of a cluster. settings.ts chooses among them. */
export const ADD_ONS = [
  {
    name: 'metrics-server',
    chart: 'metrics-server',
    repository: 'https://kubernetes-sigs.github.io/metrics-server/',
    version: '3.13.0',
    namespace: 'kube-system',
    values: {},
  },
  {
    name: 'keda',
    chart: 'keda',
    repository: 'https://kedacore.github.io/charts',
    version: '2.20.2',
    // Redis lets pods of this namespace in, for the lengths of queues: `php.kedaNamespace`.
    namespace: 'keda',
    values: {},
  },
  // Its chart brings the resource definitions of the Gateway API with it, which those of others leave to you.
  {
    name: 'envoy-gateway',
    chart: 'gateway-helm',
    repository: 'oci://docker.io/envoyproxy',
    version: '1.8.4',
    // Its proxies run here too: `edge.proxies.namespace`.
    namespace: 'gateway',
    values: {},
  },
  {
    name: 'cert-manager',
    chart: 'cert-manager',
    repository: 'https://charts.jetstack.io',
    version: 'v1.21.2',
    namespace: 'cert-manager',
    values: { crds: { enabled: true } },
    monitored: { prometheus: { podmonitor: { enabled: true } } },
  },
  {
    name: 'external-secrets',
    chart: 'external-secrets',
    repository: 'https://charts.external-secrets.io',
    version: '2.9.0',
    namespace: 'external-secrets',
    values: {},
    monitored: { serviceMonitor: { enabled: true } },
  },
  {
    name: 'kube-prometheus-stack',
    chart: 'kube-prometheus-stack',
    repository: 'https://prometheus-community.github.io/helm-charts',
    version: '88.2.0',
    namespace: 'monitoring',
    // Every monitor and every rule counts, not only those that carry the label of this release.
    values: {
      prometheus: {
        prometheusSpec: {
          podMonitorSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
        },
      },
    },
  },
  {
    name: 'argo-cd',
    chart: 'argo-cd',
    repository: 'https://argoproj.github.io/argo-helm',
    version: '10.3.3',
    namespace: 'argocd',
    values: { configs: { cm: { 'resource.customizations.health.argoproj.io_Application': APPLICATION_HEALTH } } },
    monitored: { controller: { metrics: { enabled: true, serviceMonitor: { enabled: true } } } },
  },
] as const satisfies readonly AddOn[];

export type AddOnName = (typeof ADD_ONS)[number]['name'];

/**
 * The Application that keeps the Applications and the AppProject in `dist/argocd`. A release of its own: Helm refuses one that has an
 * Application and the definition of what an Application is.
 */
export function rootApplication({ repository, revision }: RootApplicationSettings): AddOn {
  const namespace = 'argocd';
  return {
    name: 'fintrack',
    chart: 'argocd-apps',
    repository: 'https://argoproj.github.io/argo-helm',
    version: '2.0.4',
    namespace,
    values: {
      applications: {
        fintrack: {
          namespace,
          project: 'default',
          source: { repoURL: repository, targetRevision: revision, path: 'dist/argocd' },
          destination: { server: 'https://kubernetes.default.svc', namespace },
          // Safe to prune: an Application that goes has no finalizer, so what it made stays.
          syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['ServerSideApply=true'] },
        },
      },
    },
  };
}
