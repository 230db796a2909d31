import { Size } from 'cdk8s';
import { failoverAfterOf, maxmemoryOf, type RedisServerSettings } from '../components/redis';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf } from '../kubernetes/resources';
import { objectNameFindings } from './names';
import { outsideFindings, unless } from './outside';

/** What cannot work in the Redis that keeps queues, sessions and locks. */
export function redisFindings({ redis }: Pick<Environment, 'redis'>): string[] {
  return redis.availability === 'external' ? outsideFindings('redis', redis) : serverFindings(redis);
}

function serverFindings(redis: RedisServerSettings): string[] {
  const data = maxmemoryOf(redis.memory);
  const silence = failoverAfterOf(redis).toSeconds({ integral: false });
  return [
    ...unless(
      mebibytesOf(redis.storage) >= 3 * mebibytesOf(data),
      `redis.storage ${formatSize(redis.storage)} is less than three times the data that redis.memory ${formatSize(redis.memory)} may hold (${formatSize(data)}); ` +
        `a rewrite of the append-only file keeps old and new. Raise redis.storage to ${formatSize(Size.mebibytes(3 * mebibytesOf(data)))}`,
    ),
    ...unless(
      Number.isInteger(silence) && silence >= 2,
      `redis.failoverAfter ${silence} s must be whole seconds, 2 at least: a replica reports each second, and the old primary must have stopped before`,
    ),
    ...objectNameFindings('redis.storageClass', redis.storageClass),
  ];
}
