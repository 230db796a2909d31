import type { Duration } from 'cdk8s';
import type { KedaTrigger } from '../../../imports/keda';
import type { Bounds, TriggeredScale } from '../../kubernetes/scale';

/**
 * A replica count that KEDA decides by what requests meet; KEDA must be in the cluster, and the environment must have `monitoring`. Of
 * several signals the one that wants the most pods decides.
 */
export interface RequestScale extends Bounds {
  /** Children at work and requests that wait for one, in percent of all children; it passes 100 when requests wait. */
  readonly targetBusyPercent: number;
  /**
   * How long 95 of 100 requests take at most. When a database is what makes them slow, more pods make it slower: choose what only a lack of
   * pods can cause.
   * @default - how long requests take decides nothing
   */
  readonly targetResponseTime?: Duration;
  /** Average use of the requested processor time, in percent. @default - processor time decides nothing */
  readonly targetCpuPercent?: number;
  readonly targetMemoryPercent?: never;
  readonly jobsPerWorker?: never;
}

/** Where metrics are, and of what. */
export interface Metrics {
  /** Address of the Prometheus that has them. Without it nobody decides, which a rule refuses. */
  readonly prometheus: string | undefined;
  /** Namespace of the pods that they are of. */
  readonly namespace: string | undefined;
  /** Container of these pods whose processor time counts. */
  readonly container: string;
}

/** What KEDA measures for web pods. */
export function triggeredScaleOf(scale: RequestScale, { prometheus = '', namespace = '', container }: Metrics): TriggeredScale {
  const ask = (name: string, query: string, threshold: number): KedaTrigger => ({
    type: 'prometheus',
    name,
    // The figure is of all pods together, and grows as their number must.
    metricType: 'Value',
    // No answer is not zero: without metrics pods would be taken away.
    metadata: { serverAddress: prometheus, query, threshold: String(threshold), ignoreNullValues: 'false' },
  });
  const { targetBusyPercent, targetResponseTime, targetCpuPercent, ...bounds } = scale;
  // Two samples: one alone is a matter of luck, more are late.
  const all = (series: string) => `sum(avg_over_time(${series}{namespace="${namespace}"}[30s]))`;
  return {
    ...bounds,
    whenUnknown: 'same',
    triggers: [
      ask(
        'busy',
        `100 * (${all('phpfpm_active_processes')} + ${all('phpfpm_listen_queue')}) / ${all('phpfpm_total_processes')}`,
        targetBusyPercent,
      ),
      ...(targetResponseTime === undefined
        ? []
        : [ask('slow', responseTime(namespace), targetResponseTime.toSeconds({ integral: false }))]),
      ...(targetCpuPercent === undefined
        ? []
        : [
            {
              type: 'cpu',
              metricType: 'Utilization' as const,
              metadata: { value: String(targetCpuPercent), containerName: container },
            },
          ]),
    ],
  };
}

/** The 95th percentile of a minute; without requests it is no number, and zero is meant. */
function responseTime(namespace: string): string {
  const rate = (series: string) => `rate(fintrack_http_request_duration_seconds_${series}{namespace="${namespace}"}[1m])`;
  return `histogram_quantile(0.95, sum by (le) (${rate('bucket')})) >= 0 or 0 * sum(${rate('count')})`;
}
