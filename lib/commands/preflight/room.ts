import type { Manifest } from '../../charts';
import { amountOf } from '../../kubernetes/resources';
import { selects } from '../../rules';
import { readJson, type Live } from '../kubectl';
import { amountsOf, workloadsIn } from '../workloads';
import { isTrue, ofKind, row, type Check } from './check';

/** Cores and bytes. */
interface Room {
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
      .reduce((left: Room, { spec }) => minus(left, requestsOf(spec)), {
        cpu: amountOf(allocatable.cpu),
        memory: amountOf(allocatable.memory),
      }),
  );
  // Every workload at its maximum, a rollout under way.
  const wanted = workloadsIn(manifests).map(({ kind, name, most, surge, spec }) => ({
    title: `a pod of ${kind} ${name}`,
    pods: most + surge,
    each: requestsOf(spec),
  }));
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
        .filter(({ spec }) => selects(labelSelector.matchLabels, spec.template.metadata.labels))
        .reduce((sum, { spec }) => sum + Number(spec.replicas ?? 1), 0),
    ),
  );
}

/** What the scheduler keeps for a pod. */
function requestsOf(pod: Live): Room {
  const { cpuMillis, memoryMebibytes } = amountsOf(pod);
  return { cpu: cpuMillis / 1000, memory: memoryMebibytes * 1024 ** 2 };
}

const NOTHING: Room = { cpu: 0, memory: 0 };
const plus = (a: Room, b: Room): Room => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const minus = (a: Room, b: Room): Room => ({ cpu: a.cpu - b.cpu, memory: a.memory - b.memory });
const times = (a: Room, count: number): Room => ({ cpu: a.cpu * count, memory: a.memory * count });
const fits = (pod: Room, node: Room) => pod.cpu <= node.cpu && pod.memory <= node.memory;
const cores = (cpu: number) => `${cpu.toFixed(1)} cores`;
const gibibytes = (memory: number) => `${(memory / 1024 ** 3).toFixed(1)} GiB`;
const format = ({ cpu, memory }: Room) => `${cores(cpu)}, ${gibibytes(memory)}`;
