import { randomUUID } from 'node:crypto';
import { until } from '../kubectl';
import { fail } from '../report';
import { DRILL, type RedisCluster } from './cluster';
import type { RedisDrill } from './drill';
import { Sessions } from './sessions';

/** What happens when memory runs out. */
export const MEMORY: Readonly<Record<string, RedisDrill>> = {
  pressure: {
    promise: 'ten times its memory written into the cache: it evicts, and of 200 queued jobs and 50 sessions none is lost',
    run: async (redis) => {
      await redis.openDoor();
      await redis.kubectl.out(['scale', 'deployment/queue-worker-default', '--replicas=0']);
      await until('the worker to be gone', 180, async () =>
        (await redis.kubectl.list('pods')).every(({ metadata }) => !metadata.name.startsWith('queue-worker-')),
      );
      const jobs = 200;
      for (let job = 0; job < jobs; job += 1) {
        await redis
          .browser()
          .json('POST', '/api/transactions', { amount: '1.00', note: 'drill' }, { 'idempotency-key': randomUUID() }, 201);
      }
      const sessions = await Sessions.open(redis, 50);
      const pressure = DRILL.redisCache.memory.toMebibytes() * 10;
      const began = Date.now();
      await redis.runPhp('press.php', String(pressure));
      const seconds = (Date.now() - began) / 1000;
      const queued = await redis.queued();
      const intact = await sessions.intact();
      const [cache, servers] = [await evicted(redis, ['deployment/redis-cache']), await evicted(redis, redis.servers)];
      const detail = `${pressure} MiB in ${seconds.toFixed(0)} s, ${cache} keys of redis-cache evicted, ${servers} of redis; ${queued} jobs left, ${intact}`;
      await redis.kubectl.out(['scale', 'deployment/queue-worker-default', `--replicas=${DRILL.php.workers.default.scale.replicas}`]);
      const done = await redis.jobsDone();
      await redis.settled();
      return queued === jobs && cache > 0 && servers === 0 ? `${detail}, then ${done}` : fail(detail);
    },
  },
  full: {
    promise:
      'filled to its limit: writes get an error, nothing is evicted, no server restarts, 50 sessions are intact and writes work after relief',
    run: async (redis) => {
      await redis.openDoor();
      const sessions = await Sessions.open(redis, 50);
      const before = await redis.restarts();
      const fills: { readonly size: number; readonly count: number; readonly error: string }[] = [];
      // Small ones last: where no more of the large ones fit, a session still would.
      for (const size of [262_144, 1024]) {
        const [count = '', ...error] = (await redis.runPhp('fill.php', String(size))).trim().split(' ');
        fills.push({ size, count: Number(count), error: error.join(' ') });
      }
      const gone = await evicted(redis, redis.servers);
      for (const { size, count } of fills) {
        const key = `"filler:${size}:$number"`;
        await redis.runPhp(
          `for ($number = 0; $number < ${count}; $number++) { Illuminate\\Support\\Facades\\Redis::connection()->del(${key}); }`,
        );
      }
      const intact = await sessions.intact();
      const after = await redis.runPhp('write.php', `after-${Date.now()}`, '0', '100');
      await redis.settled();
      const written = after.match(/^ok /gm)?.length ?? 0;
      const restarted = (await redis.restarts()) - before;
      const detail = `refused after ${fills.map(({ size, count }) => `${count} values of ${size} bytes`).join(' and ')} with "${fills[0]?.error ?? ''}", ${gone} keys evicted, ${restarted} restarts, ${intact}, ${written} of 100 writes after relief`;
      const kept = fills.every(({ error }) => error.startsWith('OOM')) && gone === 0 && written === 100 && restarted === 0;
      return kept ? detail : fail(detail);
    },
  },
};

/** Keys that servers have evicted since they started. */
async function evicted(redis: RedisCluster, servers: readonly string[]): Promise<number> {
  const counts = await Promise.all(servers.map(async (pod) => Number((await redis.info(pod, 'stats')).get('evicted_keys'))));
  return counts.reduce((sum, count) => sum + count, 0);
}
