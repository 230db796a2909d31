import type { RuleGroup } from '../../../imports/prometheus-operator';
import type { Goals } from './goals';

/** Numbers of an environment that alerts compare with. */
export interface Limits {
  readonly goals: Required<Goals>;
  /** Pods that each workload has at least, where these show metrics. */
  readonly pods: Readonly<Record<string, number>>;
  /** By the key of each list of jobs: how many may wait in it, and which workers take them. */
  readonly queues: Readonly<Record<string, { readonly jobs: number; readonly worker: string }>>;
  /** Seconds that a replica may be behind and still serve reads. @default - there are no servers of FinTrack's own */
  readonly replicationLagSeconds?: number;
  /** Seconds since the last success of a CronJob that are too many, by its name. */
  readonly greatestAges: Readonly<Record<string, number>>;
  /** Whether a second server has each transaction before it is acknowledged. */
  readonly semiSync: boolean;
}

/** A group of rules that records the numbers as series `fintrack:limit:*`: the files in docker/prometheus compare with these, so that they are the same everywhere. */
export function limitRules(namespace: string, limits: Limits): RuleGroup {
  const { goals } = limits;
  const limit = (name: string, value: number, labels: Readonly<Record<string, string>> = {}) => ({
    record: `fintrack:limit:${name}`,
    expr: `vector(${value})`,
    labels: { namespace, ...labels },
  });
  return {
    name: 'fintrack-limits',
    rules: [
      limit('error_ratio', shareBeyond(goals.answeredPercent)),
      limit('slow_ratio', shareBeyond(goals.fastPercent)),
      // `le` leads to the bucket of the histogram: Prometheus spells whole seconds as 1.0.
      limit('request_seconds', goals.fastSeconds, { le: spelled(goals.fastSeconds) }),
      ...Object.entries(limits.pods).map(([workload, pods]) => limit('pods', pods, { workload })),
      ...Object.entries(limits.queues).map(([key, { jobs, worker }]) => limit('queue_jobs', jobs, { key, worker })),
      ...(limits.replicationLagSeconds === undefined ? [] : [limit('replication_lag_seconds', limits.replicationLagSeconds)]),
      ...Object.entries(limits.greatestAges).map(([cronjob, seconds]) => limit('success_age_seconds', seconds, { cronjob })),
      limit('semi_sync', limits.semiSync ? 1 : 0),
    ],
  };
}

/** What may fall short of a goal: 99.9 percent leave 0.001. Rounded, as a computer's 1 - 0.999 is not. */
function shareBeyond(percent: number): number {
  return Number(((100 - percent) / 100).toFixed(9));
}

/** A number as Prometheus writes it in the label `le`. */
export function spelled(seconds: number): string {
  return Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);
}
