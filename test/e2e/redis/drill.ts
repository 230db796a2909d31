import { pause, type Drill } from '../drill';
import { fail } from '../report';
import type { RedisCluster } from './cluster';

/** A drill on Redis. */
export type RedisDrill = Drill<RedisCluster>;

/**
 * Writes, does something to the primary, and checks that every client writes again in time, that at most the last second of
 * acknowledged writes is lost, and that never two servers took writes. @returns with all servers ready again
 */
export async function underWrites(redis: RedisCluster, seconds: number, disturb: (primary: string) => Promise<void>): Promise<string> {
  const old = await redis.settled();
  const writers = await redis.startWriters();
  const watch = redis.watch();
  await pause(3);
  const fault = Date.now();
  const rate = writers.rate(fault - 3000, fault);
  try {
    await disturb(old);
    // What comes late: an old primary that returns, a connection that hangs.
    await pause(5);
    const next = await redis.settled();
    redis.report.note(`primary ${old}, then ${next}`);
    await writers.back(Date.now());
  } finally {
    await writers.stop();
    watch.stop();
  }
  const gap = writers.longestGap(fault);
  redis.report.note(`${writers.errorsSince(fault).text}; ${watch.primary.conflict ?? 'never two primary'}`);
  const detail = `${rate.toFixed(0)} writes/s, away for ${gap.seconds.toFixed(1)} s, ${await writers.lost(fault)}; ${watch.open.verdict()}`;
  return gap.seconds <= seconds ? detail : fail(`${detail}; promised were ${seconds} s`);
}

/** Writes some values. @returns a check that all of them are there */
export async function keep(redis: RedisCluster, values: number): Promise<() => Promise<string>> {
  const name = `kept-${Date.now()}`;
  await redis.runPhp('write.php', name, '0', String(values));
  return async () => {
    const { size } = await redis.members(name);
    return size === values ? `${values} older values kept` : fail(`of ${values} older values ${size} are there`);
  };
}
