import { objectsIn } from './previous';

/** A block of a manifest as it is written, below `spec`. */
const block = (key: string) => new RegExp(`^ {2}${key}:\\n((?: {4}.*\\n?)+)`, 'm');
const line = (key: string) => new RegExp(`^ {2}${key}: (.*)$`, 'm');

/** What the API server refuses to change on a live object, by kind. */
const FROZEN: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  Deployment: { 'spec.selector': block('selector') },
  StatefulSet: {
    'spec.selector': block('selector'),
    'spec.serviceName': line('serviceName'),
    'spec.podManagementPolicy': line('podManagementPolicy'),
    'spec.volumeClaimTemplates': block('volumeClaimTemplates'),
  },
  Service: { 'spec.clusterIP': line('clusterIP') },
};

/** Of claim templates: previous.ts knows in which directions these go. */
const ELSEWHERE = /^.*\b(storage|storageClassName): .*\n?/gm;

/** `redis.tls` of what belongs to a set that Sentinels watch; other objects have none. */
const tlsOf = (text: string) =>
  /^ +- name: SENTINELS$/m.test(text) ? (/^ +- name: TLS\n +value: (\S+)$/m.exec(text)?.[1] ?? 'off') : undefined;

/**
 * Changes that a running system cannot follow by an apply: one line each, compared with the manifests that are about to be replaced. The
 * folder is the ledger; what its objects are called and how they find their pods is frozen in it.
 *
 * @param before folder with the manifests so far; absent or empty, there is no past
 * @param after folder with the new ones
 * @param transitions of the environment: objects whose way is known
 */
export function immutableFindings(before: string, after: string, transitions: Readonly<Record<string, string>> = {}): string[] {
  const past = frozenIn(before);
  const present = past.size === 0 ? past : frozenIn(after);
  const changed = [...present].flatMap(([title, text]) => {
    const old = past.get(title);
    const [kind = ''] = title.split(' ');
    return Object.entries(FROZEN[kind] ?? {})
      .filter(([, part]) => old !== undefined && partOf(old, part) !== partOf(text, part))
      .map(([field]) => [title, `${field} is not what it was, and the API server refuses that on an object that exists`] as const);
  });
  const gone = [...past.keys()].filter((title) => title.startsWith('StatefulSet ') && !present.has(title));
  const renamed = gone.flatMap((title) => {
    const successor = [...present.keys()].find((other) => !past.has(other) && componentOf(other) === componentOf(title));
    return successor?.startsWith('StatefulSet ')
      ? [[title, `is gone and ${successor} is new; the volumes of the first stay, and the second begins with empty ones`] as const]
      : [];
  });
  const otherTls = [...present].flatMap(([title, text]) => {
    const [before, after] = [tlsOf(past.get(title) ?? ''), tlsOf(text)];
    return before === undefined || after === undefined || before === after
      ? []
      : [
          [
            title,
            `its pods had redis.tls ${before} and get ${after}, and do not understand each other; a rollout would stop at the first, ` +
              'which waits for the others (docs/operations/tls.md has the way)',
          ] as const,
        ];
  });
  return [...changed, ...renamed, ...otherTls]
    .filter(([title]) => transitions[title] === undefined)
    .map(
      ([title, problem]) =>
        `${title}: ${problem}. Take it back, or say in transitions[${JSON.stringify(title)}] how the running system gets there`,
    );
}

const partOf = (text: string, part: RegExp) => part.exec(text)?.[1]?.replace(ELSEWHERE, '');

/** `mysql` of `StatefulSet mysql-replica`. */
const componentOf = (title: string) => title.split(' ')[1]?.split('-')[0];

/** Texts of the objects that have something frozen, by kind and name. */
const frozenIn = (folder: string) =>
  new Map(objectsIn(folder, Object.keys(FROZEN)).map(({ kind, name, text }) => [`${kind} ${name}`, text]));
