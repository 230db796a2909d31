import { pause } from '../drill';
import { fail } from '../report';
import { keep, type RedisDrill } from './drill';

/** How often servers, Sentinels and everything are restarted. */
const TIMES = 2;

/** Whoever restarts, in whatever order. */
export const RESTARTS: Readonly<Record<string, RedisDrill>> = {
  restarts: {
    promise: 'all servers, all Sentinels, everything killed in random order, again and again: never two primaries, data kept',
    run: async (redis) => {
      const seed = Number(process.env['DRILL_SEED'] ?? Date.now() % 1_000_000);
      const random = generator(seed);
      await redis.settled();
      const kept = await keep(redis, 500);
      const watch = redis.watch();
      const groups = [
        { name: 'servers', pods: () => Promise.resolve(redis.servers) },
        { name: 'Sentinels', pods: () => Promise.resolve(redis.sentinels) },
        { name: 'everything', pods: async () => [...redis.servers, ...redis.sentinels, ...(await redis.proxies())] },
      ];
      const rounds = shuffled(
        Array.from({ length: TIMES }).flatMap(() => groups),
        random,
      );
      const story: string[] = [];
      for (const { name, pods } of rounds) {
        const order = shuffled(await pods(), random);
        const began = Date.now();
        for (const pod of order) {
          await redis.discard(pod);
          await pause(random() * 3);
        }
        const primary = await redis.settled();
        story.push(`${name} ${((Date.now() - began) / 1000).toFixed(0)} s`);
        redis.report.note(`${name} (${order.join(', ')}): ${primary} is primary`);
      }
      watch.stop();
      const detail = `seed ${seed}: ${story.join(', ')}; ${await kept()}`;
      return watch.primary.conflict === undefined ? `${detail}; ${watch.primary.verdict()}` : fail(`${detail}; ${watch.primary.conflict}`);
    },
  },
};

/** Numbers between 0 and 1 that only depend on the seed (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
