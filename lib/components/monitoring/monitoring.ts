import { Construct } from 'constructs';
import { parse } from 'yaml';
import { KubeConfigMap } from '../../../imports/k8s';
import { podMonitor, prometheusRule, type RuleGroup } from '../../../imports/prometheus-operator';
import type { DockerFiles } from '../../docker/docker-files';
import { METRICS_PORT } from '../../kubernetes/exporter';
import { DASHBOARDS_ROLE, INSTANCE_LABEL, labelsFor, PART_OF_FINTRACK, type Labels } from '../../kubernetes/labels';
import type { Goals } from './goals';
import { limitRules, type Limits } from './limits';

/** What an environment decides for its metrics and alerts. The Prometheus Operator must be in the cluster. */
export interface MonitoringSettings {
  /** Namespace of Prometheus, which may ask pods for their metrics. @default monitoring */
  readonly namespace?: string;
  /**
   * Address of that Prometheus, which KEDA asks for `targetBusyPercent`.
   * @default http://prometheus-operated.NAMESPACE.svc:9090, the Service that the operator makes
   */
  readonly prometheusUrl?: string;
  /** Labels by which Prometheus finds its objects; kube-prometheus-stack wants `release` with its own name. @default - none */
  readonly labels?: Labels;
  /** What users may expect; alerts tell when it is at stake. */
  readonly goals?: Goals;
  /** Labels by which a Grafana finds ConfigMaps with dashboards. @default grafana_dashboard: '1', as kube-prometheus-stack's Grafana wants */
  readonly dashboardLabels?: Labels;
}

/** Settings and what the chart wires in. */
export interface MonitoringProps extends MonitoringSettings {
  readonly files: DockerFiles;
  /** Namespace of the environment. */
  readonly watched: string;
  readonly limits: Limits;
}

/** Files with Prometheus' own rules, each an object of its own. */
export const RULE_FILES = ['slo', 'web', 'mysql', 'redis', 'platform'] as const;

/** Dashboards of Grafana, as it exports them. */
export const DASHBOARD_FILES = ['overview', 'web', 'mysql', 'redis'] as const;

/** Address of the Prometheus that has an environment's metrics. */
export function prometheusUrlOf({ namespace = 'monitoring', prometheusUrl }: MonitoringSettings): string {
  return prometheusUrl ?? `http://prometheus-operated.${namespace}.svc:9090`;
}

/** What there must be beside pods with metrics. */
export const MONITORING = [...['limits', ...RULE_FILES].map((name) => `PrometheusRule fintrack-${name}`), 'ConfigMap fintrack-dashboards'];

/** Which pods Prometheus asks, what it records of them, when somebody is told, and what Grafana draws. */
export class Monitoring extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { files, watched, limits, labels = {}, dashboardLabels = { grafana_dashboard: '1' } }: MonitoringProps,
  ) {
    super(scope, id);
    const metadataOf = (name: string) => ({
      name,
      labels: { ...labels, ...labelsFor({ name: 'monitoring', instance: name, role: 'rules' }) },
    });
    podMonitor(this, 'pods', {
      metadata: metadataOf('fintrack'),
      spec: {
        selector: { matchLabels: PART_OF_FINTRACK },
        podMetricsEndpoints: [
          {
            port: METRICS_PORT,
            interval: '15s',
            relabelings: [
              // One whose init containers still run is Pending, answers nothing yet and is no target that is down.
              { action: 'keep', sourceLabels: ['__meta_kubernetes_pod_phase'], regex: 'Running' },
              labelFrom(metaLabelOf('app.kubernetes.io/name'), 'job'),
              labelFrom(metaLabelOf(INSTANCE_LABEL), 'workload'),
            ],
          },
        ],
      },
    });
    prometheusRule(this, 'limits', { metadata: metadataOf('fintrack-limits'), spec: { groups: [limitRules(watched, limits)] } });
    for (const file of RULE_FILES) {
      prometheusRule(this, file, {
        metadata: metadataOf(`fintrack-${file}`),
        spec: { groups: groupsOf(files.content(`prometheus/${file}.yml`), watched) },
      });
    }
    new KubeConfigMap(this, 'dashboards', {
      metadata: {
        name: 'fintrack-dashboards',
        labels: { ...dashboardLabels, ...labelsFor({ name: 'monitoring', instance: 'fintrack-dashboards', role: DASHBOARDS_ROLE }) },
      },
      data: Object.fromEntries(
        // Grafana has them all in one folder, those of other environments too.
        DASHBOARD_FILES.map((file) => [`${watched}-${file}.json`, dashboardFor(files.content(`grafana/${file}.json`), watched)]),
      ),
    });
  }
}

/** A dashboard for another namespace than the file's own. */
function dashboardFor(file: string, namespace: string): string {
  return (
    file
      // Its tag, and what Grafana knows it by, at most 40 characters.
      .replaceAll(
        new RegExp(`"${FILES_NAMESPACE}(["-])`, 'g'),
        (_, next: string) => `"${next === '-' ? namespace.slice(0, 40 - '-overview'.length) : namespace}${next}`,
      )
      .replaceAll(`namespace=\\"${FILES_NAMESPACE}\\"`, `namespace=\\"${namespace}\\"`)
      .replace('"title": "FinTrack: ', `"title": "${namespace}: `)
  );
}

/** The groups of a rule file, for another namespace than the file's own. */
function groupsOf(file: string, namespace: string): RuleGroup[] {
  return (parse(file.replaceAll(`namespace="${FILES_NAMESPACE}"`, `namespace="${namespace}"`)) as { groups: RuleGroup[] }).groups;
}

/** The namespace that docker/prometheus speaks of: what its Prometheus in Compose calls the containers beside it. */
export const FILES_NAMESPACE = 'fintrack';

function labelFrom(sourceLabel: string, targetLabel: string) {
  return { action: 'replace' as const, sourceLabels: [sourceLabel], targetLabel };
}

/** A pod's label as Prometheus offers it while it looks for pods. */
function metaLabelOf(label: string): string {
  return `__meta_kubernetes_pod_label_${label.replace(/[./-]/g, '_')}`;
}
