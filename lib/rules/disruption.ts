import type { Manifest } from '../charts';
import { selects, titleOf } from './objects';

/** Nodes that a cluster must have, and of which one may be drained at any time. */
export const NODES = 3;

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** What would keep a node of three from being drained, or pods from finding a node: one line each. */
export function disruptionFindings(manifests: readonly Manifest[]): string[] {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const selected = ({ matchLabels }: Selector) => workloads.filter(({ spec }) => selects(matchLabels, spec.template.metadata.labels));
  const podsOf = (selector: Selector) => selected(selector).reduce((sum, { spec }) => sum + Number(spec.replicas ?? 1), 0);

  const budgets = manifests
    .filter(({ kind }) => kind === 'PodDisruptionBudget')
    .filter(({ spec }) => (spec.minAvailable === undefined ? spec.maxUnavailable < 1 : spec.minAvailable >= podsOf(spec.selector)))
    .map((budget) => `${titleOf(budget)}: lets no pod go, so its node could never be drained; allow one`);

  const apart = workloads.flatMap((workload) => {
    const terms: { labelSelector: Selector }[] =
      workload['spec'].template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms
      .map(({ labelSelector }) => podsOf(labelSelector))
      .filter((pods) => pods > NODES)
      .map((pods) => `${titleOf(workload)}: ${pods} pods share no node, and with ${NODES} nodes one would never start; lower its replicas`);
  });
  return [...budgets, ...apart];
}
