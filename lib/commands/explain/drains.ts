import type { Manifest } from '../../charts';
import type { DockerFiles } from '../../docker/docker-files';
import { drainOf, type Drain } from '../../rules';
import type { Workload } from '../workloads';

/** How the pods of a workload end. */
export interface DrainExplanation extends Drain {
  readonly workload: string;
  /** What they do until they are killed, in words. */
  readonly why: string;
}

/** What no file and no argument says. By component and role. */
const MEANWHILE: Readonly<Record<string, string>> = {
  'mysql/server': 'InnoDB writes what it holds; a kill only means a longer next start',
  'php/scheduler': 'tasks of the schedule end; longer work belongs into the queue',
  'php/migration': 'a migration that runs is never worth interrupting',
  'redis/sentinel': 'ends at once; what it knows is on its volume',
  'redis/cache': 'ends at once; it keeps nothing',
  'backup/dump': 'what it has stored of a dump does not count; the next one is whole',
  'backup/redis': 'what it has stored of a snapshot does not count; the next one is whole',
  'backup/prune': 'goes on with the next run',
  'backup/restore-test': 'begins anew with the next run',
  'backup/logs': 'what is not stored yet is asked of MySQL once more',
};

/** How the pods of each workload end. Pods of a backup end with their Job. */
export function drainsOf(workloads: readonly Workload[], manifests: readonly Manifest[], files: DockerFiles): DrainExplanation[] {
  return workloads
    .filter(({ spec }) => spec.terminationGracePeriodSeconds !== undefined)
    .map(({ name, spec, labels }) => {
      const drain = drainOf(name, spec, manifests, files);
      return { workload: name, ...drain, why: whyOf(drain, MEANWHILE[roleOf(labels)]) };
    });
}

function whyOf({ preStop, own, job }: Drain, meanwhile: string | undefined): string {
  return [
    ...(preStop > 0 ? [`serves on for ${preStop} s`] : []),
    ...(own ? [`${own.key} ${own.value} (docker/${own.file}:${own.line})`] : []),
    ...(job ? [`ends its job, ${job.timeout} s at most; after ${job.retryAfter} s another worker gets it`] : []),
    ...(own || job || meanwhile === undefined ? [] : [meanwhile]),
  ].join(', then ');
}

/** `php/worker`: component and role by the labels of a pod. */
export function roleOf(labels: Workload['labels']): string {
  // MOCO's own labels name no role, and its pods are servers.
  return `${labels['app.kubernetes.io/name']}/${labels['app.kubernetes.io/component'] ?? 'server'}`;
}
