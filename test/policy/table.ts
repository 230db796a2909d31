/** What a scanner said of what it looked at. */
export interface Result {
  readonly over: string;
  /** One line each. @default - it was run and shown, and nobody here knows how to read it */
  readonly findings?: readonly string[];
  /** Findings that an annotation excuses. @default - it does not say */
  readonly exempt?: number;
  /** What it did not look at. @default - nothing was left out */
  readonly leftOut?: string;
}

/** A line of the table. */
export interface Row extends Result {
  readonly scanner: string;
}

/** Rows as a table in Markdown. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ scanner, over, findings, exempt, leftOut }) => [
    scanner,
    over,
    findings === undefined ? 'shown above, not judged' : String(findings.length),
    exempt === undefined ? '–' : String(exempt),
    leftOut ?? '–',
  ]);
  return [['scanner', 'over', 'findings', 'exempt', 'left out'], Array.from({ length: 5 }, () => '---'), ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
