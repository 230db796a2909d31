import type { Manifest } from '../../charts';
import { amountOf } from '../../kubernetes/resources';
import { ROLLOUT_SURGE } from '../../kubernetes/workload';
import { readJson, type Live } from '../kubectl';
import { isTrue, ofKind, row, type Check } from './check';

/** Cores and bytes. */
interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

const ZONE = 'topology.kubernetes.io/zone';

/** Nodes on which pods that must not share one find a place, and on which all pods together find room, with every autoscaler at its maximum. */
export const room: Check = async ({ environment: { namespace }, manifests }) => {
  const nodes: Live[] = ((await readJson(['get', 'nodes']))?.items ?? []).filter(isOpen);
  const zones = [...new Set(nodes.map(({ metadata }) => metadata.labels?.[ZONE] ?? 'unknown'))].sort();
  const apart = Math.max(1, ...manifests.map((manifest) => podsApart(manifest, manifests)));
  const pods = await readJson(['get', 'pods', '--all-namespaces', '--field-selector=status.phase!=Succeeded,status.phase!=Failed']);
  const others: Live[] = (pods?.items ?? []).filter(({ metadata }: Live) => metadata.namespace !== namespace);
  const free = nodes.map(({ metadata: { name }, status: { allocatable } }) =>
    others
      .filter(({ spec }) => spec.nodeName === name)
      .reduce((left: Amounts, { spec }) => minus(left, requestsOf(spec)), {
        cpu: amountOf(allocatable.cpu),
        memory: amountOf(allocatable.memory),
      }),
  );
  const wanted = workloadsOf(manifests);
  const needed = wanted.reduce((all, { pods: count, each }) => plus(all, times(each, count)), NOTHING);
  const total = free.reduce(plus, NOTHING);
  const homeless = wanted.filter(({ each }) => !free.some((node) => fits(each, node)));
  const short = [
    ...(needed.cpu > total.cpu ? [cores(needed.cpu - total.cpu)] : []),
    ...(needed.memory > total.memory ? [gibibytes(needed.memory - total.memory)] : []),
  ];
  return [
    row(
      'nodes that are ready',
      `${nodes.length}, in zones ${zones.join(', ') || '(none)'}`,
      nodes.length < apart && `have ${apart}: so many pods of one kind share no node`,
    ),
    row(
      'room for every maximum',
      `needs ${format(needed)}; free ${format(total)}`,
      short.length > 0 && `add nodes, or lower maxReplicas: ${short.join(' and ')} too little`,
    ),
    ...homeless.map(({ title, each }) =>
      row(`room for ${title}`, `no node has ${format(each)} free`, 'add a larger node, or ask for less'),
    ),
  ];
};

/** Whether a node takes pods that tolerate nothing, as FinTrack's do. */
function isOpen(node: Live): boolean {
  const taints: Live[] = node.spec.taints ?? [];
  return isTrue(node, 'Ready') && !node.spec.unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}

/** Pods that must not share a node with one another. */
function podsApart(manifest: Manifest, manifests: readonly Manifest[]): number {
  const terms: Live[] = manifest['spec']?.template?.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return Math.max(
    0,
    ...terms.map(({ labelSelector }) =>
      ofKind(manifests, 'StatefulSet', 'Deployment')
        .filter(({ spec }) =>
          Object.entries(labelSelector.matchLabels).every(([key, value]) => spec.template.metadata.labels[key] === value),
        )
        .reduce((sum, { spec }) => sum + Number(spec.replicas ?? 1), 0),
    ),
  );
}

/** Every workload at its maximum, a rollout under way, and what each pod asks for. */
function workloadsOf(manifests: readonly Manifest[]): { readonly title: string; readonly pods: number; readonly each: Amounts }[] {
  return ofKind(manifests, 'Deployment', 'StatefulSet', 'Job', 'MySQLCluster').map((manifest) => {
    const { kind, metadata, spec } = manifest;
    const scaler = ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject').find(
      (scaler) => scaler['spec'].scaleTargetRef.name === metadata.name,
    );
    const most = Number(scaler?.['spec'].maxReplicas ?? scaler?.['spec'].maxReplicaCount ?? spec.replicas ?? 1);
    const surge = kind === 'Deployment' && spec.strategy.type === 'RollingUpdate' ? ROLLOUT_SURGE : 0;
    return { title: `a pod of ${kind} ${metadata.name}`, pods: most + surge, each: requestsOf((spec.template ?? spec.podTemplate).spec) };
  });
}

/** What the scheduler keeps for a pod: its containers together, or the one that runs before them where that is more. */
function requestsOf({ containers, initContainers = [] }: Live): Amounts {
  const requests = (container: Live): Amounts => ({
    cpu: amountOf(String(container.resources?.requests?.cpu ?? '0')),
    memory: amountOf(String(container.resources?.requests?.memory ?? '0')),
  });
  const sidecars = initContainers.filter(({ restartPolicy }: Live) => restartPolicy === 'Always');
  const together: Amounts = [...containers, ...sidecars].map(requests).reduce(plus, NOTHING);
  return initContainers
    .map(requests)
    .reduce(
      (most: Amounts, each: Amounts) => ({ cpu: Math.max(most.cpu, each.cpu), memory: Math.max(most.memory, each.memory) }),
      together,
    );
}

const NOTHING: Amounts = { cpu: 0, memory: 0 };
const plus = (a: Amounts, b: Amounts): Amounts => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const minus = (a: Amounts, b: Amounts): Amounts => ({ cpu: a.cpu - b.cpu, memory: a.memory - b.memory });
const times = (a: Amounts, count: number): Amounts => ({ cpu: a.cpu * count, memory: a.memory * count });
const fits = (pod: Amounts, node: Amounts) => pod.cpu <= node.cpu && pod.memory <= node.memory;
const cores = (cpu: number) => `${cpu.toFixed(1)} cores`;
const gibibytes = (memory: number) => `${(memory / 1024 ** 3).toFixed(1)} GiB`;
const format = ({ cpu, memory }: Amounts) => `${cores(cpu)}, ${gibibytes(memory)}`;
