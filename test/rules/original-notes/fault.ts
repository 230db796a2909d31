/** A fault of the notes in a file of docker/. */
export interface Fault {
  readonly number: number;
  /** What the notes did. */
  readonly fault: string;
  readonly file: string;
  /** What our file says; '' adds their lines at its end. */
  readonly ours: string;
  readonly theirs: string;
  /** Findings: a line of theirs, and what is said of it; '' stands for the file's first line. */
  readonly findings: readonly (readonly [at: string, finding: string])[];
}

/** `findings` are pairs of a line of theirs and what is said of it. */
export const fault = (
  number: number,
  fault: string,
  file: string,
  ours: string,
  theirs: string,
  ...findings: Fault['findings'][number][]
): Fault => ({
  number,
  fault,
  file,
  ours,
  theirs,
  findings,
});
