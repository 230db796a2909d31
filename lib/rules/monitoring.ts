import type { Manifest } from '../charts';
import { MONITORING } from '../components/monitoring';
import { METRICS_PORT } from '../kubernetes/exporter';
import { portsOf, selects, templateOf, titleOf } from './objects';

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
