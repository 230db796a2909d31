import type { Manifest } from '../../charts';
import { templateOf, titleOf } from '../../rules';
import type { Explanation } from './explanation';
import type { Assignment } from './settings';
import { layOut, WIDTH, type Style, type Table } from './table';
import { tablesOf } from './text';

/** What would be different. */
export interface Change {
  readonly settings: readonly Assignment[];
  readonly before: Explanation;
  readonly after: Explanation;
  /** Objects that would be made, removed or changed; pods of a changed template are made anew. */
  readonly objects: readonly ObjectChange[];
  /** Why `npm run synth` would refuse it. Without any it would be written. */
  readonly findings: readonly string[];
}

/** An object that would not be as it was. */
export interface ObjectChange {
  /** `StatefulSet mysql-primary`. */
  readonly object: string;
  readonly change: 'made' | 'removed' | 'changed' | 'changed, its pods restart';
}

/** Objects that differ between two renderings of an environment. */
export function objectChanges(before: readonly Manifest[], after: readonly Manifest[]): ObjectChange[] {
  const find = (manifests: readonly Manifest[], object: string) => manifests.find((manifest) => titleOf(manifest) === object);
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  return [...new Set([...before, ...after].map(titleOf))].flatMap((object): ObjectChange[] => {
    const [was, is] = [find(before, object), find(after, object)];
    if (was === undefined || is === undefined) {
      return [{ object, change: was === undefined ? 'made' : 'removed' }];
    }
    const template = (manifest: Manifest) => templateOf(manifest) ?? manifest['spec']?.podTemplate;
    return same(was, is) ? [] : [{ object, change: same(template(was), template(is)) ? 'changed' : 'changed, its pods restart' }];
  });
}

/** A change as a human reads it: only lines that differ, what was and then what would be. */
export function printChange({ before, after, settings, objects }: Change, style: Style): string[] {
  const asked = settings.map(({ path, before: was, after: is }) => `${path}=${is} (now ${was})`);
  const tables = tablesOf(after);
  const differing = tablesOf(before).flatMap((table, index) => differenceOf(table, tables[index], style));
  const rows = objects.map(({ object, change }) => [object, change]);
  return [
    `Environment ${before.environment} with ${asked.join(', ')}`,
    ...(differing.length + rows.length === 0 ? ['', 'Nothing changes.'] : differing),
    ...(rows.length === 0 ? [] : ['', style('bold', 'Objects'), ...layOut(rows, WIDTH - 2).map(([line = '']) => `  ${line}`)]),
  ];
}

/** Rows that only one of two tables has, rows of one first cell together. */
function differenceOf(before: Table, after: Table | undefined, style: Style): string[] {
  const has = (rows: Table['rows'], row: readonly string[]) => rows.some((other) => JSON.stringify(other) === JSON.stringify(row));
  const gone = before.rows.filter((row) => !has(after?.rows ?? [], row)).map((row) => ({ sign: '-', row }));
  const come = (after?.rows ?? []).filter((row) => !has(before.rows, row)).map((row) => ({ sign: '+', row }));
  const names = [...new Set([...gone, ...come].map(({ row }) => row[0]))];
  const changed = names.flatMap((name) => [...gone, ...come].filter(({ row }) => row[0] === name));
  if (changed.length === 0) {
    return [];
  }
  const [header = [], ...rows] = layOut([before.columns, ...changed.map(({ row }) => row)], WIDTH - 2);
  return [
    '',
    style('bold', before.title),
    ...header.map((line) => style('dim', `  ${line}`)),
    ...rows.flatMap((lines, index) => {
      const sign = changed[index]?.sign ?? ' ';
      return lines.map((line) => style(sign === '-' ? 'red' : 'green', `${sign} ${line}`));
    }),
  ];
}
