import type { Manifest } from '../../charts';
import { selects } from '../../rules';
import type { Workload } from '../workloads';

/** A connection that NetworkPolicies allow. */
export interface Flow {
  /** Who opens it: a workload, or who is outside: `namespace NAME`, `NAME (namespace)` or an address block. */
  readonly from: string;
  /** Who answers. */
  readonly to: string;
  readonly port: number;
}

type Direction = 'Ingress' | 'Egress';

/** One side of a rule: who is there, and at which port. */
interface Opening {
  readonly peer: Manifest['spec'];
  readonly port: number;
}

/**
 * Who may connect to whom, by the policies as they are applied. Between two pods of the namespace both policies must agree.
 * Every pod is selected by `deny-all`, so what no rule names is closed.
 */
export function flowsIn(manifests: readonly Manifest[], workloads: readonly Workload[]): Flow[] {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const openings = ({ labels }: Workload, direction: Direction): Opening[] =>
    policies
      .filter(({ spec }) => selects(spec.podSelector.matchLabels ?? {}, labels))
      .flatMap(({ spec }): Manifest['spec'][] => spec[direction.toLowerCase()] ?? [])
      .flatMap((rule) =>
        (rule.from ?? rule.to).flatMap((peer: Manifest['spec']) => rule.ports.map(({ port }: Opening): Opening => ({ peer, port }))),
      );
  const isPeer = ({ peer }: Opening, { labels }: Workload) =>
    peer.podSelector !== undefined && peer.namespaceSelector === undefined && selects(peer.podSelector.matchLabels, labels);

  const all = workloads.flatMap((workload): Flow[] => {
    const { name } = workload;
    const [incoming, outgoing] = [openings(workload, 'Ingress'), openings(workload, 'Egress')];
    const outside = (each: Opening) => each.peer.podSelector === undefined || each.peer.namespaceSelector !== undefined;
    return [
      ...incoming.filter(outside).map(({ peer, port }) => ({ from: titleOfPeer(peer), to: name, port })),
      ...outgoing.filter(outside).map(({ peer, port }) => ({ from: name, to: titleOfPeer(peer), port })),
      ...workloads.flatMap((other) => {
        const accepted = openings(other, 'Ingress').filter((opening) => isPeer(opening, workload));
        return outgoing
          .filter((opening) => isPeer(opening, other) && accepted.some(({ port }) => port === opening.port))
          .map(({ port }) => ({ from: name, to: other.name, port }));
      }),
    ];
  });
  const names = workloads.map(({ name }) => name);
  // Those who answer in the order of the workloads, and who is outside after them.
  const placeOf = ({ to }: Flow) => (names.includes(to) ? names.indexOf(to) : names.length);
  return [...new Map(all.map((flow) => [JSON.stringify(flow), flow])).values()].sort((a, b) => placeOf(a) - placeOf(b));
}

/** How somebody outside the namespace is called. */
function titleOfPeer({ ipBlock, namespaceSelector, podSelector }: Manifest['spec']): string {
  const valuesOf = (selector: Manifest['spec']) => Object.values(selector.matchLabels).join(', ');
  if (ipBlock) {
    return ipBlock.cidr;
  }
  return podSelector ? `${valuesOf(podSelector)} (${valuesOf(namespaceSelector)})` : `namespace ${valuesOf(namespaceSelector)}`;
}
