import type { Explanation } from './explanation';
import type { WorkloadExplanation } from '../workloads';

/** Somebody at one end of an arrow: a workload, all workloads of a component, or who is outside. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/**
 * What runs and who talks to whom, as a Mermaid flowchart. For a picture that can be read it leaves out the cluster's name service and
 * pods that talk to others of their own workload, and draws one arrow where all workloads of a component do the same.
 */
export function printMermaid({ workloads, flows, namespace }: Explanation): string[] {
  const components = [...new Set(workloads.map(({ component }) => component))];
  const membersOf = (component: string) => workloads.filter((workload) => workload.component === component).map(({ name }) => name);
  const componentOf = (party: string) => workloads.find(({ name }) => name === party)?.component;
  const drawn = flows.filter(({ from, to, port }) => from !== to && port !== NAME_SERVICE);

  // Inside a component from workload to workload: an arrow cannot end at the box that it begins in.
  const within = drawn.filter(({ from, to }) => componentOf(from) !== undefined && componentOf(from) === componentOf(to));
  const between = drawn.filter((flow) => !within.includes(flow));
  const groups = components.filter((component) => membersOf(component).length > 1);
  const arrows = groups.reduce<readonly Arrow[]>(
    (all, group) => merge(merge(all, 'from', membersOf(group), idOfGroup(group)), 'to', membersOf(group), idOfGroup(group)),
    between.map(({ from, to, port }) => ({ from: idOf(from), to: idOf(to), port })),
  );
  const outside = [...new Set(drawn.flatMap(({ from, to }) => [from, to]))].filter((party) => componentOf(party) === undefined);

  return [
    'flowchart LR',
    ...outside.map((party) => `  ${idOf(party)}(["${party}"])`),
    `  subgraph namespace["${namespace}"]`,
    ...components.flatMap((component) => {
      const members = workloads.filter((workload) => workload.component === component);
      return groups.includes(component)
        ? [`    subgraph ${idOfGroup(component)}["${component}"]`, ...members.map((member) => `      ${nodeOf(member)}`), '    end']
        : members.map((member) => `    ${nodeOf(member)}`);
    }),
    '  end',
    ...[
      ...new Set(
        within.map(({ from, to, port }) => {
          const both = within.some((other) => other.from === to && other.to === from && other.port === port);
          const [one = '', other = ''] = both ? [from, to].sort() : [from, to];
          return `  ${idOf(one)} ${both ? '<' : ''}-->|${port}| ${idOf(other)}`;
        }),
      ),
    ],
    ...arrows.map(({ from, to, port }) => `  ${from} -->|${port}| ${to}`),
  ];
}

/** The port of the cluster's name service: everyone asks it. */
const NAME_SERVICE = 53;

/** One arrow in place of several that differ in their end alone, where together they end at all members of a group. */
function merge(arrows: readonly Arrow[], end: 'from' | 'to', members: readonly string[], group: string): Arrow[] {
  const ids = members.map(idOf);
  const alike = (a: Arrow, b: Arrow) => ids.includes(b[end]) && JSON.stringify({ ...a, [end]: '' }) === JSON.stringify({ ...b, [end]: '' });
  const merged = arrows.map((arrow) =>
    ids.includes(arrow[end]) && arrows.filter((other) => alike(arrow, other)).length === ids.length ? { ...arrow, [end]: group } : arrow,
  );
  return [...new Map(merged.map((arrow) => [JSON.stringify(arrow), arrow])).values()];
}

/** A node with its pods; a cylinder where they keep something on a volume. */
function nodeOf({ name, least, most, volume }: WorkloadExplanation): string {
  const range = least === most ? String(least) : `${least} to ${most}`;
  const label = `"${name}<br/>${least === 0 ? 'now and then' : `${range} ${most === 1 ? 'pod' : 'pods'}`}"`;
  return `${idOf(name)}${volume === undefined ? `[${label}]` : `[(${label})]`}`;
}

/** Hyphens and dots would be read as parts of arrows. */
function idOf(name: string): string {
  return name.replace(/\W/g, '_');
}

function idOfGroup(component: string): string {
  return idOf(`component-${component}`);
}
