import type { KedaTrigger } from '../../imports/keda';

/** A replica count that a human decides. */
export interface FixedScale {
  readonly replicas: number;
  readonly minReplicas?: never;
  readonly maxReplicas?: never;
  readonly targetCpuPercent?: never;
  readonly targetMemoryPercent?: never;
  readonly targetBusyPercent?: never;
  readonly targetResponseTime?: never;
  readonly jobsPerWorker?: never;
}

/** Bounds of a replica count that an autoscaler decides. */
export interface Bounds {
  readonly replicas?: never;
  /** Pods at rest; two or more, or the loss of a node is an outage. */
  readonly minReplicas: number;
  /** Pods at most: memory of the cluster and MySQL's connections follow from it. */
  readonly maxReplicas: number;
}

/** A replica count that a HorizontalPodAutoscaler decides by what the pods use. */
export interface AutomaticScale extends Bounds {
  /** Average use of the requested processor time, in percent, that the autoscaler aims at. */
  readonly targetCpuPercent: number;
  /**
   * The same of the requested memory. Only for pods whose memory follows their load: PHP-FPM with `pm = static` holds what it holds.
   * @default - memory decides nothing
   */
  readonly targetMemoryPercent?: number;
  readonly targetBusyPercent?: never;
  readonly targetResponseTime?: never;
  readonly jobsPerWorker?: never;
}

/** A replica count that KEDA decides by what it measures elsewhere. */
export interface TriggeredScale extends Bounds {
  readonly triggers: KedaTrigger[];
  /** How many there are while nobody can measure: the most that there may be, or as many as there are. */
  readonly whenUnknown: 'most' | 'same';
}

/** Fixed or automatic, never both: the `never` members stop a plain union from accepting all of them at once. */
export type Scale = FixedScale | AutomaticScale;

/** The most pods that a scale allows at rest, without the surge of a rollout. */
export function maximumOf(scale: FixedScale | Bounds): number {
  return scale.replicas ?? scale.maxReplicas;
}

/** The fewest pods that a scale keeps. */
export function minimumOf(scale: FixedScale | Bounds): number {
  return scale.replicas ?? scale.minReplicas;
}

/** Whether a number counts something: whole, and one at least. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
