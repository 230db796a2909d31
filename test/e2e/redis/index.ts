import { runDrills } from '../drill';
import { RedisCluster } from './cluster';
import { FAULTS } from './faults';
import { MEMORY } from './memory';
import { RESTARTS } from './restarts';
import { TRAFFIC } from './traffic';

/** Redis under faults. @param only names of drills; none means all @returns the exit code */
export const redisDrills = (only: readonly string[]) =>
  runDrills<RedisCluster>(
    {
      name: 'redis',
      drills: { ...MEMORY, ...FAULTS, ...TRAFFIC, ...RESTARTS },
      install: (report) => new RedisCluster(report),
      create: () => ({
        promise: 'three servers, three Sentinels and two proxies come up from nothing',
        run: async (redis) => {
          const began = Date.now();
          await redis.begin();
          await redis.ready();
          return `${await redis.settled()} is primary after ${((Date.now() - began) / 1000).toFixed(0)} s`;
        },
      }),
      subject: async (redis) => {
        const version = (await redis.info(redis.servers[0] ?? '', 'server')).get('redis_version') ?? 'unknown';
        return `Redis ${version}, three servers, three Sentinels, two proxies`;
      },
    },
    only,
  );
