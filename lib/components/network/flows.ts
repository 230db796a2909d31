import { instanceSelector, roleSelector, type Labels } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import type { BackupSettings } from '../backup';
import type { EdgeSettings } from '../edge';
import type { MonitoringSettings } from '../monitoring';
import { mocoBackupLabels, mocoServerLabels, type MysqlSettings } from '../mysql';
import { isScaledByQueue, type PhpSettings } from '../php';
import type { RedisSettings } from '../redis';

/** The one table of who may open a connection to whom. Every NetworkPolicy comes from it; all else is closed. */
export interface Flow {
  /** Who connects. */
  readonly from: Workload | Outside;
  /** Who answers. */
  readonly to: Workload | Outside;
  readonly ports: readonly number[];
  /** Holds only where this workload exists. @default - always */
  readonly with?: Workload;
  /** Holds only where this workload does not exist. @default - always */
  readonly without?: Workload;
}

/** Every workload that an environment may have, by instance label; `queue-worker` are all of them, `mysql` and `mysql-backup` are pods that MOCO makes. */
export const WORKLOADS = [
  'nginx',
  'php',
  'queue-worker',
  'scheduler',
  'migration',
  'mysql-primary',
  'mysql-replica',
  'mysql',
  'mysql-backup',
  'redis',
  'redis-sentinel',
  'redis-proxy',
  'redis-cache',
  'backup',
  'backup-logs',
  'backup-prune',
  'backup-redis',
  'restore-test',
] as const;

/** Instance label of a workload. */
export type Workload = (typeof WORKLOADS)[number];

/** Who takes part without being a pod of the namespace. */
export type Outside =
  | 'edge'
  | 'keda'
  | 'prometheus'
  | 'collector'
  | 'external-mysql'
  | 'external-redis'
  | 'moco-operator'
  | 'backup-targets'
  | 'bucket'
  | 'egress';

/** Where somebody outside is: addresses, on ports of their own if need be, or a namespace of the cluster. */
export type Location =
  | { readonly cidrs: readonly string[]; readonly ports?: readonly number[]; readonly namespace?: never }
  | { readonly namespace: string; readonly ports?: never };

/** Who exists in an environment. */
export interface Network {
  readonly workloads: readonly Workload[];
  /** @default - nobody outside takes part */
  readonly outside?: Partial<Readonly<Record<Outside, Location | readonly Location[]>>>;
}

/** Workloads that run the application's code, and so ask the database and both Redis. */
const APPLICATION = ['php', 'queue-worker', 'scheduler', 'migration'] as const;

/** Workloads that use the bucket. */
const BACKUPS = ['backup', 'backup-logs', 'backup-prune', 'backup-redis', 'restore-test'] as const;

export const FLOWS: readonly Flow[] = [
  { from: 'edge', to: 'nginx', ports: [PORTS.http] },
  { from: 'nginx', to: 'php', ports: [PORTS.fastcgi] },
  // Before a pod serves pages it asks whether their files are there.
  { from: 'php', to: 'nginx', ports: [PORTS.http] },
  ...APPLICATION.flatMap((from): Flow[] => [
    { from, to: 'mysql-primary', ports: [PORTS.mysql] },
    { from, to: 'mysql-replica', ports: [PORTS.mysql] },
    { from, to: 'mysql', ports: [PORTS.mysql] },
    { from, to: 'external-mysql', ports: [PORTS.mysql] },
    { from, to: 'redis', ports: [PORTS.redis], without: 'redis-proxy' },
    { from, to: 'redis-proxy', ports: [PORTS.redis] },
    { from, to: 'external-redis', ports: [PORTS.redis] },
    { from, to: 'redis-cache', ports: [PORTS.redis] },
  ]),
  // Replication: after a promotion the primary may be either, and replicas copy and ask each other.
  ...(['mysql-primary', 'mysql-replica'] as const).flatMap((from) =>
    (['mysql-primary', 'mysql-replica'] as const).map((to): Flow => ({ from, to, ports: [PORTS.mysql] })),
  ),
  // Servers copy each other and ask the Sentinels before they start; Sentinels watch the servers and agree.
  { from: 'redis-proxy', to: 'redis', ports: [PORTS.redis] },
  { from: 'redis', to: 'redis', ports: [PORTS.redis], with: 'redis-sentinel' },
  { from: 'redis', to: 'redis-sentinel', ports: [PORTS.sentinel] },
  { from: 'redis-sentinel', to: 'redis', ports: [PORTS.redis] },
  { from: 'redis-sentinel', to: 'redis-sentinel', ports: [PORTS.sentinel] },
  // The lengths of queues.
  { from: 'keda', to: 'redis', ports: [PORTS.redis], without: 'redis-proxy' },
  { from: 'keda', to: 'redis-proxy', ports: [PORTS.redis] },
  // Metrics.
  { from: 'prometheus', to: 'nginx', ports: [PORTS.nginxMetrics] },
  { from: 'prometheus', to: 'php', ports: [PORTS.phpMetrics] },
  ...(['mysql-primary', 'mysql-replica'] as const).map((to): Flow => ({ from: 'prometheus', to, ports: [PORTS.mysqlMetrics] })),
  ...(['redis', 'redis-cache'] as const).map((to): Flow => ({ from: 'prometheus', to, ports: [PORTS.redisMetrics] })),
  // Traces. A migration sends none.
  ...(['php', 'queue-worker', 'scheduler'] as const).map((from): Flow => ({ from, to: 'collector', ports: [PORTS.otlp] })),
  // Whom the application asks of its own: mail, payments, files. A migration asks nobody.
  ...(['php', 'queue-worker', 'scheduler'] as const).map((from): Flow => ({ from, to: 'egress', ports: [443] })),
  // MOCO's servers replicate through the one port and copy each other through the other.
  { from: 'mysql', to: 'mysql', ports: [PORTS.mysql, PORTS.mysqlAdmin] },
  { from: 'moco-operator', to: 'mysql', ports: [PORTS.mysqlAdmin, PORTS.mocoAgent] },
  { from: 'mysql-backup', to: 'mysql', ports: [PORTS.mysql, PORTS.mysqlAdmin] },
  // HTTPS, and the port at which API servers listen behind their Service.
  { from: 'mysql-backup', to: 'backup-targets', ports: [443, 6443] },
  // A dump may be made of any server, logs are read from the primary, which may be any; what restores a copy meets no server at all.
  ...(['backup', 'backup-logs'] as const).flatMap((from) =>
    (['mysql-primary', 'mysql-replica'] as const).map((to): Flow => ({ from, to, ports: [PORTS.mysql] })),
  ),
  // Each server by itself: a replica is copied, and the proxies lead to the primary.
  { from: 'backup-redis', to: 'redis', ports: [PORTS.redis] },
  ...BACKUPS.map((from): Flow => ({ from, to: 'bucket', ports: [443] })),
];

/** Settings that say who takes part. */
export interface NetworkSettings {
  readonly edge: EdgeSettings;
  readonly php: Pick<PhpSettings, 'workers' | 'kedaNamespace' | 'tracing' | 'egress'>;
  readonly mysql: MysqlSettings;
  readonly redis: RedisSettings;
  readonly backup?: BackupSettings;
  readonly monitoring?: MonitoringSettings;
}

/** Who exists in an environment with this edge, this database and this Redis. */
export function networkOf({ edge, php, mysql, redis, backup, monitoring }: NetworkSettings): Network {
  const [database, queue] = [databaseOf(mysql), queueOf(redis)];
  const present = [...database.workloads, ...queue.workloads, ...(backup === undefined ? [] : backupsOf(redis))];
  return {
    workloads: WORKLOADS.filter((workload) => present.includes(workload) || !/^(mysql|redis(?!-cache)|backup|restore-test)/.test(workload)),
    outside: {
      ...edgeOf(edge),
      ...(Object.values(php.workers).some(isScaledByQueue) && { keda: { namespace: php.kedaNamespace ?? 'keda' } }),
      ...(php.tracing && { collector: { namespace: php.tracing.namespace } }),
      ...(php.egress && { egress: php.egress }),
      ...(monitoring && { prometheus: { namespace: monitoring.namespace ?? 'monitoring' } }),
      ...database.outside,
      ...queue.outside,
      ...(backup && { bucket: bucketOf(backup) }),
    },
  };
}

/** What copies the data: Redis only where it is FinTrack's own. */
const backupsOf = ({ availability }: RedisSettings) => BACKUPS.filter((each) => each !== 'backup-redis' || availability !== 'external');

/** Where the store of backups answers. */
function bucketOf({ bucket: { endpoint, cidrs } }: BackupSettings): Location {
  const { port, protocol } = new URL(endpoint);
  return { cidrs, ports: [port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port)] };
}

/** Where the proxies are that users go through. */
function edgeOf(edge: EdgeSettings): NonNullable<Network['outside']> {
  if (edge.type === 'none') {
    return {};
  }
  const { namespace, addresses } = edge.proxies;
  return { edge: namespace === undefined ? { cidrs: addresses } : { namespace } };
}

/** Whose pods keep queues, sessions and locks, or whom outside the namespace they are kept by. */
function queueOf(redis: RedisSettings): Required<Network> {
  switch (redis.availability) {
    case 'single':
      return { workloads: ['redis'], outside: {} };
    case 'sentinel':
      return { workloads: ['redis', 'redis-sentinel', 'redis-proxy'], outside: {} };
    case 'external':
      return {
        workloads: [],
        outside: { 'external-redis': { cidrs: redis.cidrs, ...(redis.port !== undefined && { ports: [redis.port] }) } },
      };
  }
}

/** Whose pods an engine brings, and whom outside the namespace it needs. */
function databaseOf(mysql: MysqlSettings): Required<Network> {
  switch (mysql.engine) {
    case 'official':
      return { workloads: mysql.replicas > 0 ? ['mysql-primary', 'mysql-replica'] : ['mysql-primary'], outside: {} };
    case 'external':
      return {
        workloads: [],
        outside: { 'external-mysql': { cidrs: mysql.cidrs, ...(mysql.port !== undefined && { ports: [mysql.port] }) } },
      };
    case 'moco': {
      const { backup } = mysql;
      const operator: Location = { namespace: mysql.operatorNamespace ?? 'moco-system' };
      return backup === undefined
        ? { workloads: ['mysql'], outside: { 'moco-operator': operator } }
        : { workloads: ['mysql', 'mysql-backup'], outside: { 'moco-operator': operator, 'backup-targets': backup } };
    }
  }
}

/** How a policy selects the pods of a workload. */
export function podsOf(workload: Workload): Labels {
  // MOCO gives the same instance label to servers and backups.
  const labels: Partial<Record<Workload, Labels>> = {
    mysql: mocoServerLabels,
    'mysql-backup': mocoBackupLabels,
    // One for each list of queues.
    'queue-worker': roleSelector('php', 'worker'),
  };
  return labels[workload] ?? instanceSelector(workload);
}
