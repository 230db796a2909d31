import { styleText } from 'node:util';

/** Rows under names of columns. */
export interface Table {
  readonly title: string;
  /** What holds for all of it, below the title. @default - none */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How text is emphasized; without colour it stays as it is. */
export type Style = (format: 'bold' | 'dim' | 'red' | 'green', text: string) => string;

/** Colour for a terminal whose user has not said NO_COLOR. */
export function styleFor(isTerminal: boolean, environment: NodeJS.ProcessEnv): Style {
  // An empty NO_COLOR is none: https://no-color.org
  // The stream was looked at by the caller.
  return isTerminal && !environment['NO_COLOR'] ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}

/** Characters of a line. */
export const WIDTH = 80;

/** Fewest characters that the last column gets, however long the others are. */
const NARROWEST = 20;

/**
 * Rows in columns as wide as their widest cell; the last column goes on in the next line where it is too long.
 *
 * @returns the lines of each row
 */
export function layOut(rows: readonly (readonly string[])[], width = WIDTH): string[][] {
  const widths = (rows[0] ?? []).slice(0, -1).map((_, column) => 2 + Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const indent = widths.reduce((sum, each) => sum + each, 0);
  return rows.map((row) => {
    const lines = wrap(row.at(-1) ?? '', Math.max(NARROWEST, width - indent));
    const first = row.slice(0, -1).map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return lines.map((line, index) => `${index === 0 ? first.join('') : ' '.repeat(indent)}${line}`.trimEnd());
  });
}

/** A table as a human reads it. */
export function printTable({ title, note, columns, rows }: Table, style: Style): string[] {
  const [header = [], ...lines] = layOut([columns, ...rows]);
  return [
    style('bold', title),
    ...(note === undefined ? [] : wrap(note, WIDTH)),
    ...header.map((line) => style('dim', line)),
    ...lines.flat(),
  ];
}

/** Text in lines of at most so many characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
  }
  return lines;
}
