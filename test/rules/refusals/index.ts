import { backups } from './backup';
import * as files from './files';
import * as manifests from './manifests';
import { originalNotes } from './original-notes';
import * as outside from './outside';
import type { Refusal } from './refusal';
import * as settings from './settings';
import * as upgrades from './upgrades';

export { FAULTS } from './original-notes';

/** Everything that synth is known to refuse, each once, by what it is about. */
export const REFUSALS: Readonly<Record<string, readonly Refusal[]>> = {
  'Names and addresses of an environment': settings.names,
  'Pods and queues': settings.pods,
  'MySQL and Redis': settings.servers,
  'How users come in': outside.edge,
  'Servers outside of the cluster': outside.external,
  'MySQL of the operator MOCO': outside.operator,
  Backups: backups,
  'Where secrets come from': outside.stores,
  'Grammar of the files in docker/': files.grammar,
  'Settings that have one right value': files.values,
  'Settings that are computed': files.computed,
  'Settings that have no place there': files.strangers,
  'Amounts that must stand in order': files.order,
  'What only Compose and builds of images read': files.compose,
  'The original notes, by the number of the fault': originalNotes,
  'Kinds of objects': manifests.kinds,
  'What pods name': manifests.references,
  'What leads to pods': manifests.targets,
  'Which server of MySQL is the primary': manifests.primary,
  'What belongs to what is there': manifests.companions,
  'Waves of Argo CD': manifests.waves,
  'Memory of processes and their container': manifests.memory,
  'Drains and grace periods': manifests.disruptions,
  'Data that exists': upgrades.data,
  'Objects that exist': upgrades.frozen,
};

/** What synth said. */
export interface Answer {
  readonly group: string;
  readonly what: string;
  readonly findings: readonly string[];
}

/** Tries everything once. */
export const answersOf = (refusals: typeof REFUSALS): Answer[] =>
  Object.entries(refusals).flatMap(([group, cases]) => cases.map(({ what, findings }) => ({ group, what, findings: findings() })));

/** All answers as one text. Line numbers, sizes and hashes are left out, as they move with every comment. */
export function textOf(answers: readonly Answer[]): string {
  const sections = [...new Set(answers.map(({ group }) => group))].map((group) => {
    const cases = answers.filter((answer) => answer.group === group);
    const texts = cases.flatMap(({ what, findings }) => [what, ...findings.map((finding) => `  ${masked(finding)}`)]);
    return [`## ${group}`, '', ...texts, ''].join('\n');
  });
  return [HEADER, ...sections].join('\n');
}

const HEADER = `# What synth refuses, and what it says

What was done, and below it every line that synth prints. Line numbers and sizes of files are N, and content hashes are left out.
From test/rules/refusals/, by \`npm run --silent refusals > test/rules/refusals.txt\`.
`;

const masked = (finding: string) =>
  finding
    .replaceAll(/:\d+(?=[:)])/g, ':N')
    .replaceAll(/-[0-9a-f]{8}\b/g, '-…')
    .replaceAll(/\b\d+(?= bytes;)/g, 'N');
