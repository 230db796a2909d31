/** A replica count that a human decides. */
export interface FixedScale {
  readonly replicas: number;
  readonly minReplicas?: never;
  readonly maxReplicas?: never;
  readonly targetCpuPercent?: never;
}

/** A replica count that a HorizontalPodAutoscaler decides. */
export interface AutomaticScale {
  readonly replicas?: never;
  /** Pods at rest; two or more, or the loss of a node is an outage. */
  readonly minReplicas: number;
  /** Pods at most: memory of the cluster and MySQL's connections follow from it. */
  readonly maxReplicas: number;
  /** Average use of the requested processor time, in percent, that the autoscaler aims at. */
  readonly targetCpuPercent: number;
}

/** Fixed or automatic, never both: the `never` members stop a plain union from accepting all of them at once. */
export type Scale = FixedScale | AutomaticScale;

/** The most pods that a scale allows at rest, without the surge of a rollout. */
export function maximumOf(scale: Scale): number {
  return scale.replicas ?? scale.maxReplicas;
}

/** The fewest pods that a scale keeps. */
export function minimumOf(scale: Scale): number {
  return scale.replicas ?? scale.minReplicas;
}

/** Whether a number counts something: whole, and one at least. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
