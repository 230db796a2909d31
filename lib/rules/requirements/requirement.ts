import type { Manifest } from '../../charts';
import { EXEMPT } from '../../kubernetes/exemptions';
import { STRICT } from '../../kubernetes/labels';
import { selects, titleOf } from '../objects';

/** Where something is not as wanted, and the object that says why it may be, if one does. */
interface Breach {
  readonly object: Manifest;
  /** What of the object. @default - all of it */
  readonly part?: string;
}

/** What every environment is held to; `wants` ends the sentence "R05 wants …". */
export interface Requirement {
  readonly wants: string;
  /** Whether it holds in environments only that are held to what the real thing needs. @default false */
  readonly strict?: boolean;
  readonly breaches: (all: readonly Manifest[]) => Breach[];
}

/** A requirement that a rule of its own holds already. */
export interface HeldElsewhere {
  readonly wants: string;
  readonly rule: (all: readonly Manifest[]) => readonly string[];
}

/** A requirement that FinTrack does not have, and why. */
export interface Waived {
  readonly instead: string;
}

/** A pod template and the object that makes pods of it. */
export interface Pod {
  readonly object: Manifest;
  /** The pod's `spec`. */
  readonly spec: Manifest['spec'];
  readonly labels: Readonly<Record<string, string>>;
}

/** Every pod template. */
export function podsIn(all: readonly Manifest[]): Pod[] {
  return all.flatMap((object) => {
    const template = object['spec']?.jobTemplate?.spec.template ?? object['spec']?.template;
    return template?.spec?.containers === undefined ? [] : [{ object, spec: template.spec, labels: template.metadata.labels ?? {} }];
  });
}

/** What holds for each pod. */
export function pods(wants: string, holds: (spec: Pod['spec'], pod: Pod, all: readonly Manifest[]) => boolean): Requirement {
  return { wants, breaches: (all) => podsIn(all).filter((pod) => !holds(pod.spec, pod, all)) };
}

/** What holds for each container, those that run first included. */
export function containers(wants: string, holds: (container: Manifest['spec'], pod: Pod) => boolean): Requirement {
  return containersAmong(wants, ({ spec }) => [...(spec.initContainers ?? []), ...spec.containers], holds);
}

/** What holds for each container that stays as long as its pod, and whose pod stays until somebody ends it. */
export function lastingContainers(wants: string, holds: (container: Manifest['spec'], pod: Pod) => boolean): Requirement {
  return containersAmong(wants, ({ spec }) => (spec.restartPolicy === 'Always' ? spec.containers : []), holds);
}

function containersAmong(
  wants: string,
  among: (pod: Pod) => Manifest['spec'][],
  holds: (container: Manifest['spec'], pod: Pod) => boolean,
): Requirement {
  return {
    wants,
    breaches: (all) =>
      podsIn(all).flatMap((pod) =>
        among(pod)
          .filter((container) => !holds(container, pod))
          .map(({ name }) => ({ object: pod.object, part: `container ${String(name)}` })),
      ),
  };
}

/** What holds for each object of some kinds. @param kinds none means all */
export function objects(
  wants: string,
  kinds: readonly string[],
  holds: (object: Manifest, all: readonly Manifest[]) => boolean,
): Requirement {
  return {
    wants,
    breaches: (all) =>
      all.filter((object) => (kinds.length === 0 || kinds.includes(object.kind)) && !holds(object, all)).map((object) => ({ object })),
  };
}

/** Whether a reason covers a breach: one that names containers, as `container exporter: …`, covers these alone. */
function covers(reason: string | undefined, part: string | undefined): boolean {
  return reason !== undefined && (part === undefined || !/\bcontainer \S+:/.test(reason) || reason.includes(`${part}:`));
}

/** Where a requirement is broken without a reason, and where a reason is given that nothing needs: one line each. */
export function findingsOf(name: string, { wants, strict, breaches }: Requirement, all: readonly Manifest[]): string[] {
  const annotation = `${EXEMPT}${name}`;
  const found = breaches(all);
  const broken = new Set(found.map(({ object }) => object));
  const held = strict !== true || all.some(({ kind, metadata }) => kind === 'Namespace' && selects(STRICT, metadata.labels ?? {}));
  return [
    ...found
      .filter(({ object, part }) => held && !covers(object.metadata.annotations?.[annotation], part))
      .map(({ object, part }) => `${titleOf(object)}${part === undefined ? '' : `, ${part}`}: ${name} wants ${wants}`),
    ...all
      .filter((object) => object.metadata.annotations?.[annotation] !== undefined && !broken.has(object))
      .map((object) => `${titleOf(object)}: annotation ${annotation} excuses nothing; ${name} holds without it, remove it`),
  ];
}
