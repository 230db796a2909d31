/** Seconds by which nginx counts how long answers take: the buckets in docker/nginx/metrics.js. */
export const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** What users may expect, over thirty days. */
export interface Goals {
  /** Percent of requests that are answered, with anything but an error of the server; 94 at least. @default 99.9 */
  readonly answeredPercent?: number;
  /** Percent of requests that are answered within `fastSeconds`; 94 at least. @default 99 */
  readonly fastPercent?: number;
  /** Seconds of a fast answer. @default 0.5 */
  readonly fastSeconds?: (typeof BUCKETS)[number];
}

/** Goals with every choice made. */
export function goalsOf(goals: Goals = {}): Required<Goals> {
  return { answeredPercent: 99.9, fastPercent: 99, fastSeconds: 0.5, ...goals };
}
