import type { Construct } from 'constructs';
import { greatestAgesOf } from '../components/backup';
import { goalsOf, Monitoring, type MonitoringSettings } from '../components/monitoring';
import { queuesOf } from '../components/php';
import { MEMBERS } from '../components/redis';
import { minimumOf } from '../kubernetes/scale';
import type { Environment } from '../environments';
import { Tier, type TierProps } from './tier';

/** Settings of every tier, where metrics are wanted. */
export interface MonitoringTierProps extends TierProps {
  readonly environment: Environment & { readonly monitoring: MonitoringSettings };
}

/** What Prometheus is told about an environment. Nothing that runs is in it. */
export class MonitoringTier extends Tier {
  constructor(scope: Construct, id: string, props: MonitoringTierProps) {
    super(scope, id, props);
    const { environment, files } = props;
    const { monitoring, mysql, php } = environment;
    new Monitoring(this, 'monitoring', {
      ...monitoring,
      files,
      watched: environment.namespace,
      limits: {
        goals: goalsOf(monitoring.goals),
        pods: podsOf(environment),
        queues: queuesOf(php),
        ...(mysql.engine === 'official' && { replicationLagSeconds: mysql.maxLagSeconds ?? 30 }),
        greatestAges: environment.backup ? greatestAgesOf(environment.backup) : {},
        semiSync: mysql.engine === 'official' && mysql.semiSync !== 'off' && mysql.replicas > 0,
      },
    });
  }
}

/** Pods with metrics that there are at least, by their workload. */
function podsOf({ nginx, php, mysql, redis }: Environment): Record<string, number> {
  const redisPods = { single: 1, sentinel: MEMBERS.servers.length, external: 0 }[redis.availability];
  return {
    nginx: minimumOf(nginx.scale),
    php: minimumOf(php.scale),
    ...(mysql.engine === 'official' && { 'mysql-primary': 1, ...(mysql.replicas > 0 && { 'mysql-replica': mysql.replicas }) }),
    ...(redisPods > 0 && { redis: redisPods }),
    'redis-cache': 1,
  };
}
