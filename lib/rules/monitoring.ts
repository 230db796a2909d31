import type { Manifest } from '../charts';
import { goalsOf, MONITORING } from '../components/monitoring';
import type { Environment } from '../environments';
import { METRICS_PORT } from '../kubernetes/exporter';
import { labelFindings } from './names';
import { portsOf, selects, templateOf, titleOf } from './objects';
import { unless } from './outside';

/** Metrics that nobody asks for, and rules and dashboards without which nobody hears of them: one line each. */
export function monitoringFindings(manifests: readonly Manifest[]): string[] {
  const measured = manifests.filter((manifest) => templateOf(manifest) && portsOf(templateOf(manifest)).has(METRICS_PORT));
  const asked = manifests.filter(({ kind }) => kind === 'PodMonitor').map(({ spec }) => spec.selector.matchLabels);
  const there = new Set(manifests.map(titleOf));
  return measured.length === 0
    ? []
    : [
        ...measured
          .filter((manifest) => !asked.some((selector) => selects(selector, templateOf(manifest).metadata.labels)))
          .map((manifest) => `${titleOf(manifest)}: shows metrics, and no PodMonitor selects its pods; Prometheus would not ask them`),
        ...MONITORING.filter((title) => !there.has(title)).map(
          (title) => `there is no ${title}; what pods show in metrics, and what is wrong with them, would be told to nobody`,
        ),
      ];
}

/** What cannot work in how an environment is measured. */
export function measuringFindings({ monitoring, php }: Pick<Environment, 'monitoring' | 'php'>): string[] {
  if (monitoring === undefined) {
    return unless(
      php.scale.targetBusyPercent === undefined,
      'php.scale.targetBusyPercent has nothing to measure: nobody asks PHP-FPM how busy it is. Add monitoring: {}, or use targetCpuPercent alone',
    );
  }
  const { namespace, prometheusUrl } = monitoring;
  const goals = goalsOf(monitoring.goals);
  return [
    ...labelFindings('monitoring.namespace', namespace),
    ...unless(
      prometheusUrl === undefined || (/^https?:\/\/[^/\s]+(\/\S*)?$/.test(prometheusUrl) && URL.canParse(prometheusUrl)),
      `monitoring.prometheusUrl ${JSON.stringify(prometheusUrl)} must be an address, for instance http://prometheus-operated.monitoring.svc:9090`,
    ),
    ...(['answeredPercent', 'fastPercent'] as const).flatMap((goal) =>
      unless(
        // An alert at 14.4 times what may fail, of what can be all at most: 100 - 100 / 14.4 = 93.06.
        goals[goal] >= 94 && goals[goal] <= 99.999,
        `monitoring.goals.${goal} ${goals[goal]} must be between 94 and 99.999: of less no alert could ever come, as they begin at 14.4 times what may fail; ` +
          'a hundred leaves nothing that may fail, and every failure would wake somebody',
      ),
    ),
  ];
}
