import { pause } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { RedisDrill } from './drill';
import { CLIENTS } from './writers';

/** What clients, workers and the scheduler notice. */
export const TRAFFIC: Readonly<Record<string, RedisDrill>> = {
  proxies: {
    promise: 'each proxy killed, then all replaced, under writes: a connection that was open is at most one error, jobs go on',
    run: async (redis) => {
      await redis.settled();
      await redis.openDoor();
      const writers = await redis.startWriters();
      const ledger = await redis.startLedger(1, 10);
      const steps: string[] = [];
      let broken = '';
      const step = async (name: string, most: number, disturb: () => Promise<void>) => {
        const began = Date.now();
        await disturb();
        await redis.kubectl.out(['rollout', 'status', 'deployment/redis-proxy', '--timeout=120s']);
        // Connections of a proxy that is going are closed ten seconds after it was told.
        await pause(20);
        await writers.back(Date.now());
        const errors = writers.errorsSince(began);
        steps.push(`${name}: ${errors.text}, away for ${writers.longestGap(began).seconds.toFixed(1)} s`);
        broken ||= errors.most > most ? `${name}: ${errors.most} errors on one connection` : '';
      };
      let cut = 0;
      for (const pod of await redis.proxies()) {
        const connections = await redis.connections(pod);
        cut += connections;
        await step(`kill with ${connections} connections`, 1, () => redis.discard(pod));
      }
      if (cut < CLIENTS) {
        fail(`the proxies that were killed had ${cut} connections together; the writers alone have ${CLIENTS}`);
      }
      await step('rollout', 2, async () => {
        await redis.kubectl.out(['rollout', 'restart', 'deployment/redis-proxy']);
      });
      await writers.stop();
      const books = await redis.settle(ledger);
      const done = await redis.jobsDone();
      await redis.settled();
      const detail = `${steps.join('; ')}; ${books}; ${done}`;
      return broken === '' ? detail : fail(`${broken}; ${detail}`);
    },
  },
  jobs: {
    promise:
      'pod of the primary deleted while 300 jobs come in: each is done, with its effect once; the scheduler goes on; nobody is left with a server that only reads',
    run: async (redis) => {
      const primary = await redis.settled();
      // A worker that ended in earlier drills would wait before it starts again, the longer the more there were.
      await redis.kubectl.out(['rollout', 'restart', 'deployment/queue-worker-default']);
      await redis.kubectl.out(['rollout', 'status', 'deployment/queue-worker-default', '--timeout=180s']);
      await redis.openDoor();
      const node = await redis.nodeOf(primary);
      // Or it might be back before another is promoted.
      await redis.kubectl.out(['cordon', node.name]);
      const ledger = await redis.startLedger(6, 100);
      await redis.kubectl.out(['delete', 'pod', primary]);
      const others = redis.servers.filter((pod) => pod !== primary);
      await until('another primary', 60, async () =>
        (await Promise.all(others.map((pod) => redis.info(pod, 'replication')))).some((info) => info.get('role') === 'master'),
      );
      await redis.kubectl.out(['uncordon', node.name]);
      const before = ledger.times.length;
      await until('jobs', 120, async () => Promise.resolve(ledger.times.length > Math.max(300, before + 100)));
      const next = await redis.settled();
      const settled = new Date().toISOString();
      const ticks = (await redis.summary()).ticks;
      const books = await redis.settle(ledger);
      const done = await redis.jobsDone();
      const tick = await until('a tick', 75, async () => (await redis.summary()).ticks > ticks && 'the scheduler ticked');
      const clients = ['deployment/php', 'deployment/queue-worker-default', 'deployment/scheduler'];
      const logs = await Promise.all(clients.map((client) => redis.kubectl.out(['logs', client, `--since-time=${settled}`])));
      const stuck = logs.flatMap((log) => log.split('\n')).filter((line) => line.includes('READONLY'));
      const detail = `${primary}, then ${next}: ${books}; ${done}; ${tick}; ${stuck.length} READONLY errors afterwards`;
      return stuck.length === 0 ? detail : fail(`${detail}: ${stuck[0] ?? ''}`);
    },
  },
};
