import { join } from 'node:path';
import type { Manifest } from '../../../lib/charts';
import { DockerFiles } from '../../../lib/docker/docker-files';
import type { Environment } from '../../../lib/environments';
import { production } from '../../../lib/environments/production';
import { createFinTrack, manifestsByTier, settingFindings, synthesize } from '../../../lib/fintrack';
import { manifestFindings } from '../../../lib/rules';
import { composeFindings } from '../../../lib/rules/compose';
import { makeFolder } from '../../support/folders';
import { find } from '../../support/manifests';
import { realFiles } from '../../support/render';

/** Something that synth refuses. */
export interface Refusal {
  /** What was done, as a phrase. */
  readonly what: string;
  /** Asks every rule that would look at it. @returns what is said of it */
  readonly findings: () => readonly string[];
}

const files = new DockerFiles();
/** Manifests as they are made, kept because making them takes longer than to ask all rules. */
const fresh = new Map<Environment, Record<string, Manifest[]>>();

/** A setting of an environment that cannot work. @param all every environment that there is @default - no other */
export const environment = (what: string, asked: Environment, all: readonly Environment[] = [asked]): Refusal => ({
  what,
  findings: () => settingFindings([asked], files, all),
});

/** Text of a file of docker/ that cannot work. */
export const file = (what: string, path: string, change: (text: string) => string): Refusal => ({
  what,
  findings: () => {
    const changed = realFiles({ [path]: change });
    return [...settingFindings([], changed), ...composeFindings(changed)];
  },
});

/** Manifests of an environment, to be looked up and changed. */
export interface Changeable {
  readonly tiers: Record<string, Manifest[]>;
  /** The object of a kind and a name without its hash. */
  readonly get: (kind: string, name: string) => Manifest;
  /** The pod that such an object makes. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- pods are changed by path
  readonly pod: (kind: string, name: string) => any;
  /** Takes such an object away. */
  readonly remove: (kind: string, name: string) => void;
}

/** Manifests that do not fit together: no setting asks for these, a mistake in a component would. */
export const manifests = (what: string, change: (changeable: Changeable) => unknown, of: Environment = production): Refusal => ({
  what,
  findings: () => {
    const made = fresh.get(of) ?? manifestsByTier(createFinTrack(of, files));
    fresh.set(of, made);
    const tiers = structuredClone(made);
    const get = (kind: string, name: string) => find(Object.values(tiers).flat(), kind, name);
    change({
      tiers,
      get,
      pod: (kind, name) => get(kind, name)['spec'].template.spec,
      remove: (kind, name) => {
        const gone = get(kind, name);
        Object.values(tiers).forEach((tier) => tier.includes(gone) && tier.splice(tier.indexOf(gone), 1));
      },
    });
    return manifestFindings(tiers, files);
  },
});

/** An environment that a running system, made of an earlier one, cannot follow. @param alter changes the folder of the earlier one */
export const upgrade = (what: string, before: Environment, after: Environment, alter?: (dist: string) => void): Refusal => ({
  what,
  findings: () => {
    const dist = join(makeFolder(), 'dist');
    synthesize([before], dist);
    alter?.(dist);
    return synthesize([after], dist);
  },
});
