import type { Manifest } from '../../charts';
import type { Environment } from '../../environments';
import { NODES, podsOf, selects } from '../../rules';
import { roleOf } from './drains';
import type { Workload } from '../workloads';

/** What the loss of one node of three takes from a workload, at its fewest pods. */
export interface NodeLoss {
  readonly workload: string;
  /** Its pods. */
  readonly pods: number;
  /** Of these, on the node that has most of them when they are spread evenly. */
  readonly spread: number;
  /** Of these, at worst: one where they must not share a node; all where they are only spread as well as may be. */
  readonly worst: number;
  /** What is away when the worst comes, in words. */
  readonly then: string;
}

/** What is away while no pod is there. By component and role. */
const AWAY: Readonly<Record<string, string>> = {
  'nginx/web': 'no page',
  'php/fpm': 'no page but static files',
  'php/worker': 'jobs wait',
  'php/scheduler': 'no task of the schedule starts',
  'mysql/server': 'reads go to the other servers',
  'backup/logs': 'nothing is stored; MySQL keeps its logs until it is back',
  'redis/queue': 'no queue, no session and no lock; pages fail',
  'redis/cache': 'pages fail, which ask whether the site is down; it comes back empty',
  'redis/sentinel': 'nobody would promote another Redis',
  'redis/proxy': 'no queue, no session and no lock; pages fail',
};

/** What the loss of one node takes away, workload by workload. What runs now and then is left out: it begins anew. */
export function nodeLossesOf(workloads: readonly Workload[], { mysql }: Environment): NodeLoss[] {
  const lasting = workloads.filter(({ least }) => least > 0);
  return lasting.map((workload) => {
    const { name, least: pods, labels, manifest, kind } = workload;
    const worst = isApart(workload, labels) ? 1 : pods;
    const loss = { workload: name, pods, spread: Math.ceil(pods / NODES), worst };
    const away = AWAY[roleOf(labels)] ?? '';
    if (kind === 'MySQLCluster') {
      return { ...loss, then: pods > 1 ? 'MOCO promotes another server while most of them are left' : 'no writes and no reads' };
    }
    if (mysql.engine === 'official' && kind === 'StatefulSet' && podsOf(manifest).includes(mysql.primary)) {
      return { ...loss, then: primaryOf(workload, lasting) };
    }
    if (worst < pods) {
      return { ...loss, then: name === 'redis' ? 'if it was the primary, the Sentinels promote another' : 'the others go on' };
    }
    return { ...loss, then: away };
  });
}

/** What goes with the server that takes writes. */
function primaryOf(primary: Workload, workloads: readonly Workload[]): string {
  const servers = workloads.filter(({ labels }) => roleOf(labels) === 'mysql/server');
  if (servers.reduce((sum, { least }) => sum + least, 0) === 1) {
    return 'no writes and no reads';
  }
  const together = servers.some((server) => !isApart(primary, server.labels));
  return `writes wait until you promote a replica${together ? '; at worst the replicas went with it' : ', reads go on'}`;
}

/** Whether pods of a workload must not share a node with pods that have these labels. */
function isApart({ spec }: Workload, labels: Workload['labels']): boolean {
  const terms: Manifest['spec'][] = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some(
    ({ topologyKey, labelSelector }) => topologyKey === 'kubernetes.io/hostname' && selects(labelSelector.matchLabels, labels),
  );
}
