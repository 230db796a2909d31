import type { Manifest } from '../charts';
import type { Labels } from '../kubernetes/labels';
import { amountOf } from '../kubernetes/resources';
import { MADE_BY_OPERATORS, templateOf } from '../rules';

/** What a pod or all pods ask for and may use at most. */
export interface Amounts {
  /** Requested processor time, in thousandths of a core. */
  readonly cpuMillis: number;
  readonly cpuLimitMillis: number;
  /** Requested memory, in MiB. */
  readonly memoryMebibytes: number;
  readonly memoryLimitMebibytes: number;
}

/** Something that makes pods: what is shown of it. */
export interface WorkloadExplanation {
  readonly kind: string;
  /** Its name; of a Job, whose name ends in a hash, without that. */
  readonly name: string;
  /** Component that it belongs to: label `app.kubernetes.io/name` of its pods. */
  readonly component: string;
  /** Pods at rest; none for what runs now and then. */
  readonly least: number;
  /** Pods at most. */
  readonly most: number;
  /** Pods that a rollout adds for a while. */
  readonly surge: number;
  /** What decides between least and most, or when it runs; undefined where they are the same. */
  readonly scaledBy?: string;
  /** Size of the volume that each pod claims, as the API writes it. @default - it claims none */
  readonly volume?: string;
  /** What one pod asks for. */
  readonly pod: Amounts;
}

/** The same with what other parts of the explanation look at. */
export interface Workload extends WorkloadExplanation {
  readonly manifest: Manifest;
  readonly labels: Labels;
  /** Specification of the pods; of pods that an operator makes, what is known of it. */
  readonly spec: Manifest['spec'];
}

/** Pods of all workloads together. */
export interface Totals extends Amounts {
  readonly pods: number;
}

/** Everything that makes pods. What operators add to the pods that they make is not in the manifests and not counted. */
export function workloadsIn(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest): Workload[] => {
    const { kind, metadata, spec } = manifest;
    const template = templateOf(manifest) ?? spec?.podTemplate;
    const labels: Labels = MADE_BY_OPERATORS[kind]?.pods ?? template?.metadata.labels;
    const of = (name: string, counts: Pick<Workload, 'least' | 'most' | 'surge' | 'scaledBy'>, pod: Manifest['spec']): Workload[] => [
      {
        kind,
        name,
        component: labels['app.kubernetes.io/name'] ?? name,
        ...counts,
        ...(spec.volumeClaimTemplates && { volume: spec.volumeClaimTemplates[0].spec.resources.requests.storage }),
        pod: amountsOf(pod),
        manifest,
        labels,
        spec: pod,
      },
    ];
    switch (kind) {
      case 'Deployment':
        return of(metadata.name, { ...scaleOf(manifest, manifests), surge: spec.strategy.rollingUpdate?.maxSurge ?? 0 }, template.spec);
      case 'StatefulSet':
      case 'MySQLCluster':
        return of(metadata.name, { least: spec.replicas, most: spec.replicas, surge: 0 }, template.spec);
      case 'Job':
        return of(labels['app.kubernetes.io/instance'] ?? metadata.name, { ...ONCE, scaledBy: 'each release' }, template.spec);
      case 'CronJob':
        return of(metadata.name, { ...ONCE, scaledBy: spec.schedule }, template.spec);
      case 'BackupPolicy': {
        const { cpu, memory } = spec.jobConfig;
        return of(metadata.name, { ...ONCE, scaledBy: spec.schedule }, { containers: [{ resources: { requests: { cpu, memory } } }] });
      }
      default:
        return [];
    }
  });
}

/** What is shown of a workload: without the objects that it comes from. */
export function shownOf({ kind, name, component, least, most, surge, scaledBy, volume, pod }: Workload): WorkloadExplanation {
  const counts = { least, most, surge, ...(scaledBy !== undefined && { scaledBy }) };
  return { kind, name, component, ...counts, ...(volume !== undefined && { volume }), pod };
}

/** A pod that comes, does its work and goes. */
const ONCE = { least: 0, most: 1, surge: 0 };

/** Pods of all workloads at rest, at their most, and what a rollout of all of them at once adds to that. */
export function totalsOf(workloads: readonly Workload[]): Readonly<Record<'least' | 'most' | 'rollout', Totals>> {
  const sum = (count: (workload: Workload) => number): Totals => {
    const total = (key: keyof Amounts) => workloads.reduce((all, workload) => all + count(workload) * workload.pod[key], 0);
    return {
      pods: workloads.reduce((all, workload) => all + count(workload), 0),
      cpuMillis: total('cpuMillis'),
      cpuLimitMillis: total('cpuLimitMillis'),
      memoryMebibytes: total('memoryMebibytes'),
      memoryLimitMebibytes: total('memoryLimitMebibytes'),
    };
  };
  return { least: sum(({ least }) => least), most: sum(({ most }) => most), rollout: sum(({ surge }) => surge) };
}

/** What an autoscaler looks at, and what it aims at. */
interface Signal {
  readonly name: string;
  readonly target: string;
}

/** Bounds of a Deployment and what decides between them: its autoscaler, or nobody. */
function scaleOf({ metadata, spec }: Manifest, manifests: readonly Manifest[]): Pick<Workload, 'least' | 'most' | 'scaledBy'> {
  const autoscaler = manifests.find((each) => each['spec']?.scaleTargetRef?.name === metadata.name)?.['spec'];
  if (autoscaler === undefined) {
    return { least: spec.replicas, most: spec.replicas };
  }
  const targets: Signal[] = (autoscaler.metrics ?? []).map(({ resource, containerResource }: Manifest) => {
    const { target, name } = resource ?? containerResource;
    return { name, target: `${target.averageUtilization} %` };
  });
  const triggers: Signal[] = (autoscaler.triggers ?? []).map(({ type, name, metadata: about }: Manifest['spec']) => {
    const signals: Record<string, Signal> = {
      redis: { name: 'jobs', target: about.listLength },
      cpu: { name: 'cpu', target: `${about.value} %` },
      prometheus: { name, target: `${about.threshold} ${name === 'busy' ? 'children' : 's'}` },
    };
    return signals[type];
  });
  const signals = new Map([...targets, ...triggers].map(({ name, target }) => [name, `${target} ${name}`]));
  return {
    least: autoscaler.minReplicas ?? autoscaler.minReplicaCount,
    most: autoscaler.maxReplicas ?? autoscaler.maxReplicaCount,
    // Of several the names, or the line is too long.
    scaledBy: [...(signals.size > 1 ? signals.keys() : signals.values())].join(', '),
  };
}

/** What the cluster's scheduler counts of a pod, live or yet to be made: containers run together, and those that run first run one by one. */
export function amountsOf({ containers, initContainers = [] }: Manifest['spec']): Amounts {
  const sidecars = initContainers.filter(({ restartPolicy }: Manifest['spec']) => restartPolicy === 'Always');
  const amount = (bound: 'requests' | 'limits', unit: 'cpu' | 'memory', size: number) => {
    const each = (some: Manifest['spec'][]) => some.map(({ resources }) => amountOf(String(resources?.[bound]?.[unit] ?? '0')) / size);
    return Math.max(
      each([...containers, ...sidecars]).reduce((sum, one) => sum + one, 0),
      ...each(initContainers),
    );
  };
  return {
    cpuMillis: amount('requests', 'cpu', 1 / 1000),
    cpuLimitMillis: amount('limits', 'cpu', 1 / 1000),
    memoryMebibytes: amount('requests', 'memory', MEBIBYTE),
    memoryLimitMebibytes: amount('limits', 'memory', MEBIBYTE),
  };
}

const MEBIBYTE = 1024 ** 2;
