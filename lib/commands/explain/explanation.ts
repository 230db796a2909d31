import type { Manifest } from '../../charts';
import type { DockerFiles } from '../../docker/docker-files';
import type { Environment } from '../../environments';
import { connectionBudgetOf, type ConnectionBudget } from './connections';
import { drainsOf, type DrainExplanation } from './drains';
import { fileReachOf, type FileReach } from './file-reach';
import { flowsIn, type Flow } from './flows';
import { nodeLossesOf, type NodeLoss } from './node-loss';
import { shownOf, totalsOf, workloadsIn, type Totals, type WorkloadExplanation } from '../workloads';

/** What there is to know about an environment: what `--json` prints, and what text and diagram are made of. */
export interface Explanation {
  readonly environment: string;
  readonly namespace: string;
  /** Version of the application. */
  readonly release: string;
  readonly workloads: readonly WorkloadExplanation[];
  /** At rest, at most, and what a rollout of everything at once adds to that. */
  readonly totals: Readonly<Record<'least' | 'most' | 'rollout', Totals>>;
  readonly connections: ConnectionBudget;
  readonly drains: readonly DrainExplanation[];
  readonly flows: readonly Flow[];
  /** Files of `docker/` that reach pods. */
  readonly files: readonly FileReach[];
  /** Files of `docker/` that become part of ConfigMaps or images, and that no pod of this environment has as they are. */
  readonly otherFiles: readonly string[];
  readonly nodeLosses: readonly NodeLoss[];
}

/** Explains an environment by its settings and by the manifests that are made of them. */
export function explain(environment: Environment, manifests: readonly Manifest[], files: DockerFiles): Explanation {
  const workloads = workloadsIn(manifests);
  const { reached, others } = fileReachOf(manifests, workloads, environment.release, files);
  return {
    environment: environment.name,
    namespace: environment.namespace,
    release: environment.release.version,
    workloads: workloads.map(shownOf),
    totals: totalsOf(workloads),
    connections: connectionBudgetOf(environment),
    drains: drainsOf(workloads, manifests, files),
    flows: flowsIn(manifests, workloads),
    files: reached,
    otherFiles: others,
    nodeLosses: nodeLossesOf(workloads, environment),
  };
}
