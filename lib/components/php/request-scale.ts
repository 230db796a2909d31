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
  /** PHP-FPM children of each pod. */
  readonly childrenPerPod: number;
}

/** What KEDA measures for web pods. */
export function triggeredScaleOf(
  scale: RequestScale,
  { prometheus = '', namespace = '', container, childrenPerPod }: Metrics,
): TriggeredScale {
  const ask = (name: string, query: string, threshold: number): KedaTrigger => ({
    type: 'prometheus',
    name,
    // Of all pods together, shared among those that there are. With `Value` Kubernetes counts only pods that are ready, and pods whose children
    // are all busy are not: the more were missing, the fewer it would ask for.
    metricType: 'AverageValue',
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
      ask('busy', `${all('phpfpm_active_processes')} + ${all('phpfpm_listen_queue')}`, (childrenPerPod * targetBusyPercent) / 100),
      ...(targetResponseTime === undefined
        ? []
        : [ask('slow', responseTimes(namespace), targetResponseTime.toSeconds({ integral: false }))]),
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

/** The 95th percentile of a minute, once for each pod of PHP; without requests it is no number, and zero is meant. */
function responseTimes(namespace: string): string {
  const rate = (series: string) => `rate(fintrack_http_request_duration_seconds_${series}{namespace="${namespace}"}[1m])`;
  const pods = `scalar(count(phpfpm_total_processes{namespace="${namespace}"}))`;
  return `${pods} * (histogram_quantile(0.95, sum by (le) (${rate('bucket')})) >= 0 or 0 * sum(${rate('count')}))`;
}
