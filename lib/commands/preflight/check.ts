import type { Manifest } from '../../charts';
import type { Environment } from '../../environments';
import type { Live } from '../kubectl';

/** What the checks are about. */
export interface Subject {
  readonly environment: Environment;
  readonly manifests: readonly Manifest[];
}

/** A line of the table. */
export interface Row {
  readonly check: string;
  readonly found: string;
  /** What to do about it. @default - nothing, all is well */
  readonly next?: string;
}

/** Asks the cluster about one subject; a line for each thing that it looks at. */
export type Check = (subject: Subject) => Promise<Row[]>;

/** A line that is well or, where something is to be done, a miss. */
export function row(check: string, found: string, next?: string | false): Row {
  return { check, found, ...(next && { next }) };
}

/** Whether an object has a condition of a type that is true. */
export function isTrue(object: Live, type: string): boolean {
  return (object?.status?.conditions ?? []).some((condition: Live) => condition.type === type && condition.status === 'True');
}

/** Objects of a kind. */
export function ofKind(manifests: readonly Manifest[], ...kinds: string[]): Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

/** Each text once. */
export function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
