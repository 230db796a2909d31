import type { Construct } from 'constructs';
import { Certificates } from '../components/certificates';
import { Mysql, OPERATOR_CONNECTIONS, type MysqlEndpoint } from '../components/mysql';
import { queuesOf, totalConnectionsOf } from '../components/php';
import { Redis, RedisCache, type RedisEndpoint } from '../components/redis';
import { keep, tolerateRemains } from '../kubernetes/argocd';
import { Tier, type TierProps } from './tier';

/** What keeps data: MySQL and the two Redis. */
export class DataTier extends Tier {
  override readonly holdsData = true;
  readonly database: MysqlEndpoint;
  readonly redis: RedisEndpoint;
  readonly cache: RedisEndpoint;

  constructor(scope: Construct, id: string, props: TierProps) {
    super(scope, id, props);
    const { environment, files } = props;
    const monitored = environment.monitoring !== undefined;
    const certificates = new Certificates(this, 'certificates', environment.certificates);
    this.database = new Mysql(this, 'mysql', {
      ...environment.mysql,
      files,
      certificates,
      monitored,
      maxConnections: totalConnectionsOf(environment.php) + OPERATOR_CONNECTIONS,
    }).endpoint;
    this.redis = new Redis(this, 'redis', {
      ...environment.redis,
      files,
      certificates,
      monitored,
      queues: Object.keys(queuesOf(environment.php)),
    }).endpoint;
    this.cache = new RedisCache(this, 'redis-cache', { ...environment.redisCache, files, certificates, monitored }).endpoint;
    // All of it, and all in one wave: a server without its Service or ServiceAccount is as good as gone, and where one is unhealthy, as when
    // the primary is lost, Argo CD would not get to the wave that promotes another.
    for (const object of this.objects) {
      keep(object);
      if (object.kind === 'ConfigMap') {
        tolerateRemains(object);
      }
    }
  }
}
