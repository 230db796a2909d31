import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { amountOf } from '../kubernetes/resources';

/** What the live objects of a data store cannot follow in every direction. */
interface Store {
  /** Component of an environment whose settings it comes from. */
  readonly component: string;
  /** Of its volumes, as written. */
  readonly size: string | undefined;
  readonly storageClass: string | undefined;
  /** Release series of MySQL. */
  readonly series: string | undefined;
  /** Servers, where their number may only grow. */
  readonly fewest: number | undefined;
}

/** MySQL's series for long-term use, oldest first: data goes from one to the next, leaving none out. */
const SERIES = ['8.0', '8.4', '9.7'] as const;

/**
 * Where an environment asks for what its data cannot follow: one line each, compared with the manifests that are about to be
 * replaced. Those are what was applied, or will have been. A folder that is absent or cannot be read is no past: so it is for a new
 * environment, and under the cdk8s program, which empties `dist/` before it starts main.ts; `npm run synth` is what asks.
 *
 * @param before folder with the manifests so far
 * @param after folder with the new ones
 */
export function previousFindings(before: string, after: string): string[] {
  const past = storesIn(before);
  const stores = past.size === 0 ? past : storesIn(after);
  return [...new Set([...stores].flatMap(([title, store]) => compare(past.get(title) ?? store, store)))];
}

function compare(past: Store, { component, size, storageClass, series, fewest }: Store): string[] {
  const findings: string[] = [];
  if (amountOf(size ?? '') < amountOf(past.size ?? '')) {
    findings.push(
      `${component}.storage ${size} is less than the ${past.size} of before; a volume never shrinks. Set it to at least ${past.size}`,
    );
  }
  if (past.size !== undefined && storageClass !== past.storageClass) {
    findings.push(
      `${component}.storageClass ${storageClass ?? '(none)'} was ${past.storageClass ?? '(none)'} before; a volume keeps its class. ` +
        (past.storageClass === undefined ? 'Leave it out' : `Set it to ${past.storageClass}`),
    );
  }
  findings.push(...seriesFindings(component, past.series, series));
  if (fewest !== undefined && past.fewest !== undefined && fewest < past.fewest) {
    findings.push(
      `${component}.replicas ${fewest} is less than the ${past.fewest} of before; MOCO removes no server. Set it to at least ${past.fewest}`,
    );
  }
  return findings;
}

function seriesFindings(component: string, past: string | undefined, series: string | undefined): string[] {
  if (past === undefined || series === undefined || past === series) {
    return [];
  }
  if (Number(series) < Number(past)) {
    return [`${component}.version ${series} was ${past} before; MySQL has no way back to an older series. Set it to ${past}`];
  }
  const skipped = SERIES.filter((each) => Number(past) < Number(each) && Number(each) < Number(series));
  return skipped.length === 0
    ? []
    : [
        `${component}.version ${series} was ${past} before; MySQL goes from one series to the next. Set it to ${skipped[0]} first, and apply that`,
      ];
}

/** An object as it was written. */
export interface WrittenObject {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

/**
 * Objects of some kinds in a folder of manifests; none where it is absent. By looking for lines and not by parsing: the manifests are our
 * own, and reading them as YAML would take longer than everything else in a synth.
 */
export function objectsIn(folder: string, kinds: readonly string[]): WrittenObject[] {
  return manifestsIn(folder)
    .flatMap((text) => text.split(/^---\n/m))
    .flatMap((text) => {
      const kind = /^kind: (\S+)$/m.exec(text)?.[1] ?? '';
      const name = /^metadata:\n(?: .*\n)*? {2}name: (\S+)$/m.exec(text)?.[1] ?? '';
      return kinds.includes(kind) ? [{ kind, name, text }] : [];
    });
}

/** Stores in a folder of manifests, by kind and name. */
function storesIn(folder: string): ReadonlyMap<string, Store> {
  return new Map(
    objectsIn(folder, ['StatefulSet', 'MySQLCluster']).map(({ kind, name, text }) => {
      const line = (key: string) => new RegExp(`^[ -]+${key}: "?([^\\s"]+)"?$`, 'm').exec(text)?.[1];
      const replicas = line('replicas');
      return [
        `${kind} ${name}`,
        {
          component: name.split('-')[0] ?? name,
          size: line('storage'),
          storageClass: line('storageClassName'),
          series: /^[ -]+image: "?\S*\/mysql:(\d+\.\d+)/m.exec(text)?.[1],
          fewest: kind === 'MySQLCluster' && replicas !== undefined ? Number(replicas) : undefined,
        },
      ];
    }),
  );
}

function manifestsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.k8s.yaml'))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
  } catch {
    return [];
  }
}
