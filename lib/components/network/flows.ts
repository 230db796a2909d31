import { PORTS } from '../../kubernetes/ports';

/** The one table of who may open a connection to whom. Every NetworkPolicy comes from it; all else is closed. */
export interface Flow {
  /** Workload that connects, by instance label. */
  readonly from: Workload;
  /** Workload that answers. */
  readonly to: Workload;
  readonly ports: readonly number[];
}

/** Every workload, by instance label. */
export const WORKLOADS = [
  'nginx',
  'php',
  'queue-worker',
  'scheduler',
  'migration',
  'mysql-primary',
  'mysql-replica',
  'redis',
  'redis-cache',
] as const;

/** Instance label of a workload. */
export type Workload = (typeof WORKLOADS)[number];

/** Workloads that run the application's code, and so ask the database and both Redis. */
const APPLICATION = ['php', 'queue-worker', 'scheduler', 'migration'] as const;

export const FLOWS: readonly Flow[] = [
  { from: 'nginx', to: 'php', ports: [PORTS.fastcgi] },
  ...APPLICATION.flatMap((from): Flow[] => [
    { from, to: 'mysql-primary', ports: [PORTS.mysql] },
    { from, to: 'mysql-replica', ports: [PORTS.mysql] },
    { from, to: 'redis', ports: [PORTS.redis] },
    { from, to: 'redis-cache', ports: [PORTS.redis] },
  ]),
  // Replication: after a promotion the primary may be either, and replicas copy and ask each other.
  ...(['mysql-primary', 'mysql-replica'] as const).flatMap((from) =>
    (['mysql-primary', 'mysql-replica'] as const).map((to): Flow => ({ from, to, ports: [PORTS.mysql] })),
  ),
];
