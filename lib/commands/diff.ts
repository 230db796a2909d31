import { join } from 'node:path';
import { parse } from 'yaml';
import { environments, type Environment } from '../environments';
import { kubectl, type Live } from './kubectl';

/** An object as it is and as it would be; null where there is none. */
export interface Pair {
  readonly before: Live;
  readonly after: Live;
}

/** Written by the API server, by kubectl about itself, or by Argo CD about whose it is, which no manifest says. */
const NOISE = [
  /^metadata\.(generation|resourceVersion|uid|creationTimestamp|managedFields)/,
  /^metadata\.annotations\['kubectl\.kubernetes\.io\/last-applied-configuration'\]/,
  /^metadata\.annotations\['argocd\.argoproj\.io\/tracking-id'\]/,
  /^status\b/,
];

/** Characters of a value that are shown. */
const LONGEST = 100;

/** What kubectl would print of a difference: whole files, so that both sides can be read as objects. Its rules allow no more than this. */
const WHOLE_FILES = 'diff -N -U1000000';

/** Objects of kubectl's output. @param text of `diff -N -U1000000` over its two folders */
export function pairsIn(text: string): Pair[] {
  const pairs: { before: string[]; after: string[] }[] = [];
  let [before, after] = [0, 0];
  for (const line of text.split('\n')) {
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk && before <= 0 && after <= 0) {
      [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
      pairs.push({ before: [], after: [] });
    } else if (before > 0 || after > 0) {
      const [mark, content] = [line[0], line.slice(1)];
      if (mark !== '+' && mark !== '\\') {
        pairs.at(-1)?.before.push(content);
        before--;
      }
      if (mark !== '-' && mark !== '\\') {
        pairs.at(-1)?.after.push(content);
        after--;
      }
    }
  }
  return pairs.map((pair) => ({ before: parse(pair.before.join('\n')), after: parse(pair.after.join('\n')) }));
}

/** What would change in an object: a line for its title, and one for each path, before and after. Nothing of a Secret but its keys. */
export function linesOf({ before, after }: Pair): string[] {
  const { kind, metadata } = after ?? before;
  const title = `${kind} ${metadata.name}`;
  if (before === null || after === null) {
    return [`${before === null ? '+' : '-'} ${title}`];
  }
  const changes = changesOf(before, after, '').filter(({ path }) => !NOISE.some((noise) => noise.test(path)));
  const show = (path: string, value: unknown) => (kind === 'Secret' && /^(data|stringData)\b/.test(path) ? '(hidden)' : textOf(value));
  return changes.length === 0
    ? []
    : [`~ ${title}`, ...changes.map(({ path, from, to }) => `    ${path}: ${show(path, from)} → ${show(path, to)}`)];
}

interface Change {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

function changesOf(from: Live, to: Live, path: string): Change[] {
  if (isMap(from) && isMap(to)) {
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
      changesOf(from[key], to[key], /^\w+$/.test(key) ? (path === '' ? key : `${path}.${key}`) : `${path}['${key}']`),
    );
  }
  if (isNamedList(from) && isNamedList(to)) {
    const named = (list: Live[], name: string) => list.find((item) => item.name === name);
    return [...new Set([...from, ...to].map(({ name }) => name))].flatMap((name) =>
      changesOf(named(from, name), named(to, name), `${path}[${name}]`),
    );
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    return Array.from({ length: Math.max(from.length, to.length) }).flatMap((_, index) =>
      changesOf(from[index], to[index], `${path}[${index}]`),
    );
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

const isMap = (value: Live): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list whose items have names of their own, as containers and ports have. */
function isNamedList(value: Live): value is { name: string }[] {
  return (
    Array.isArray(value) &&
    value.every(({ name } = {}) => name !== undefined) &&
    new Set(value.map(({ name }) => name)).size === value.length
  );
}

function textOf(value: unknown): string {
  const text = value === undefined ? '(none)' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

/**
 * What applying an environment's folder would change on the cluster, object by object; the API server is asked and changes nothing.
 *
 * @returns lines, or an error where kubectl failed
 */
export async function diff({
  name,
  namespace,
  argocd,
}: Pick<Environment, 'name' | 'namespace' | 'argocd'>): Promise<{ lines: string[] } | { error: string }> {
  const { code, stdout, error } = await kubectl(
    [
      'diff',
      `--filename=${join(__dirname, '../../dist', name)}`,
      // As it will be applied: by Argo CD in its own name, whoever set a field before, or by kubectl apply.
      ...(argocd ? ['--server-side', '--force-conflicts', '--field-manager=argocd-controller'] : []),
    ],
    { env: { ...process.env, KUBECTL_EXTERNAL_DIFF: WHOLE_FILES } },
  );
  const pairs = pairsIn(stdout);
  if (/^Error from server \(NotFound\): namespaces /.test(error)) {
    return { error: `there is no namespace ${namespace} yet, so applying dist/${name} makes everything in it` };
  }
  if (code > 1 || (code === 1 && pairs.length === 0)) {
    return { error: error || 'kubectl says that there are differences, and shows none; is there a program named diff?' };
  }
  return { lines: pairs.flatMap(linesOf) };
}

/** `npm run diff -- ENVIRONMENT`. @returns the exit code, as kubectl diff has it: 0 no change, 1 changes, 2 it could not be said */
export async function main(names: readonly string[]): Promise<number> {
  const environment = Object.values<Environment>(environments).find(({ name }) => name === names[0]);
  if (environment === undefined || names.length !== 1) {
    console.error(`diff: name one environment (${Object.keys(environments).join(', ')}), for instance: npm run diff -- production`);
    return 2;
  }
  const result = await diff(environment);
  if ('error' in result) {
    console.error(`diff: ${result.error}`);
    return 2;
  }
  result.lines.forEach((line) => console.log(line));
  return result.lines.length === 0 ? 0 : 1;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}
