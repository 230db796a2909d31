import type { Manifest } from '../charts';

/** Nodes that a cluster must have, and of which one may be drained at any time. */
const NODES = 3;

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** What would keep a node of three from being drained, or pods from finding a node: one line each. */
export function disruptionFindings(manifests: readonly Manifest[]): string[] {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const selected = ({ matchLabels }: Selector) =>
    workloads.filter(({ spec }) => Object.entries(matchLabels).every(([key, value]) => spec.template.metadata.labels[key] === value));
  const podsOf = (selector: Selector) => selected(selector).reduce((sum, { spec }) => sum + Number(spec.replicas ?? 1), 0);

  const budgets = manifests
    .filter(({ kind }) => kind === 'PodDisruptionBudget')
    .filter(({ spec }) => (spec.minAvailable === undefined ? spec.maxUnavailable < 1 : spec.minAvailable >= podsOf(spec.selector)))
    .map(({ metadata }) => `PodDisruptionBudget ${metadata.name}: lets no pod go, so its node could never be drained; allow one`);

  const apart = workloads.flatMap(({ kind, metadata, spec }) => {
    const terms: { labelSelector: Selector }[] =
      spec.template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms
      .map(({ labelSelector }) => podsOf(labelSelector))
      .filter((pods) => pods > NODES)
      .map(
        (pods) => `${kind} ${metadata.name}: ${pods} pods share no node, and with ${NODES} nodes one would never start; lower its replicas`,
      );
  });
  return [...budgets, ...apart];
}
