import { goalsOf } from '../components/monitoring';
import type { Environment } from '../environments';
import { unless } from './outside';

/** What cannot work in how an environment is measured. */
export function metricsFindings({ monitoring, php }: Pick<Environment, 'monitoring' | 'php'>): string[] {
  if (monitoring === undefined) {
    return unless(
      php.scale.targetBusyPercent === undefined,
      'php.scale.targetBusyPercent has nothing to measure: nobody asks PHP-FPM how busy it is. Add monitoring: {}, or use targetCpuPercent alone',
    );
  }
  const { prometheusUrl } = monitoring;
  const goals = goalsOf(monitoring.goals);
  return [
    ...unless(
      prometheusUrl === undefined || /^https?:\/\/[^/\s]+(\/\S*)?$/.test(prometheusUrl),
      `monitoring.prometheusUrl ${JSON.stringify(prometheusUrl)} must be an address, for instance http://prometheus-operated.monitoring.svc:9090`,
    ),
    ...(['answeredPercent', 'fastPercent'] as const).flatMap((goal) =>
      unless(
        goals[goal] >= 50 && goals[goal] <= 99.999,
        `monitoring.goals.${goal} ${goals[goal]} must be between 50 and 99.999: a hundred leaves nothing that may fail, and every failure would wake somebody`,
      ),
    ),
  ];
}
