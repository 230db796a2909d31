import type { Construct } from 'constructs';
import { Mysql, type MysqlEndpoint } from '../components/mysql';
import { totalConnectionsOf } from '../components/php';
import { Redis, RedisCache, type RedisEndpoint } from '../components/redis';
import { Tier, type TierProps } from './tier';

/** What keeps data: MySQL and the two Redis. */
export class DataTier extends Tier {
  readonly database: MysqlEndpoint;
  readonly redis: RedisEndpoint;
  readonly cache: RedisEndpoint;

  constructor(scope: Construct, id: string, props: TierProps) {
    super(scope, id, props);
    const { environment, files } = props;
    this.database = new Mysql(this, 'mysql', {
      ...environment.mysql,
      files,
      maxConnections: totalConnectionsOf(environment.php) + OPERATOR_CONNECTIONS,
    }).endpoint;
    this.redis = new Redis(this, 'redis', { ...environment.redis, files }).endpoint;
    this.cache = new RedisCache(this, 'redis-cache', { ...environment.redisCache, files }).endpoint;
  }
}

/** Connections for probe, backup, exporter, replication and a human in trouble. */
export const OPERATOR_CONNECTIONS = 10;
