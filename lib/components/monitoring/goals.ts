/** What users may expect, over thirty days. */
export interface Goals {
  /** Percent of requests that are answered, with anything but an error of the server. @default 99.9 */
  readonly answeredPercent?: number;
  /** Percent of requests that are answered within `fastSeconds`. @default 99 */
  readonly fastPercent?: number;
  /** Seconds of a fast answer; one of the buckets in docker/nginx/metrics.js. @default 0.5 */
  readonly fastSeconds?: number;
}

/** Goals with every choice made. */
export function goalsOf(goals: Goals = {}): Required<Goals> {
  return { answeredPercent: 99.9, fastPercent: 99, fastSeconds: 0.5, ...goals };
}
