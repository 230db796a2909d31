import { pause } from '../drill';
import { fail } from '../report';
import { Kubectl, until } from '../kubectl';
import { converse } from '../watch';
import { operator, type RedisCluster } from './cluster';
import { keep, underWrites, type RedisDrill } from './drill';

/** What speaks with containers on their node, whatever became of its network. */
const CONTAINERD = ['ctr', '--namespace', 'k8s.io', 'task'] as const;

/** A key that no client of the application has. */
const COUNTER = 'drill-counter';

/** What happens to the primary. */
export const FAULTS: Readonly<Record<string, RedisDrill>> = {
  crash: {
    promise: 'redis-server of the primary killed: every client writes again within 10 s, at most the last second of writes is lost',
    run: (redis) =>
      underWrites(redis, 10, async (primary) => {
        const { number } = await redis.nodeOf(primary);
        await redis.machine('exec', number, ...CONTAINERD, 'kill', '--signal', 'SIGKILL', await redis.containerOf(primary));
      }),
  },
  delete: {
    promise: 'pod of the primary deleted: the same',
    run: (redis) =>
      underWrites(redis, 10, async (primary) => {
        await redis.kubectl.out(['delete', 'pod', primary]);
      }),
  },
  volume: {
    promise:
      'primary restarted at once without its volume: another is promoted, nothing older than a second is lost, the old name joins as a copy',
    run: async (redis) => {
      const before = await keep(redis, 500);
      let old = '';
      const detail = await underWrites(redis, 15, async (primary) => {
        old = primary;
        await redis.kubectl.out(['delete', 'persistentvolumeclaim', `data-${primary}`, '--wait=false']);
        await redis.discard(primary);
      });
      const role = (await redis.info(old, 'replication')).get('role') ?? 'none';
      return role === 'slave' ? `${detail}; ${await before()}` : fail(`${old} is ${role} again; ${detail}`);
    },
  },
  node: {
    promise:
      "node of the primary, a proxy and one of the cluster's DNS servers off: every client writes again within 15 s, at most the last second of writes is lost",
    run: (redis) =>
      onLonelyNode(redis, async (node) =>
        underWrites(redis, 15, async () => {
          await redis.machine('node', 'stop', node);
          await pause(25);
          await redis.machine('node', 'start', node);
        }),
      ),
  },
  cut: {
    promise:
      'network of that node cut: the same, and the old primary refuses writes before another is promoted; what it took until then is lost',
    run: (redis) =>
      onLonelyNode(redis, async (node, primary) => {
        const inside = await countInside(redis, primary, node);
        const watch = redis.watch();
        let [cut, mended] = [0, 0];
        const detail = await underWrites(redis, 15, async () => {
          cut = Date.now();
          await redis.machine('net', node, 'off');
          await pause(25);
          mended = Date.now();
          await redis.machine('net', node, 'on');
        });
        inside.stop();
        watch.stop();
        const others = redis.servers.filter((pod) => pod !== primary);
        const promoted = others.map((pod) => watch.primary.began(pod, cut)).find((time) => time !== undefined) ?? fail('none was promoted');
        const since = (time: number) => `${((time - cut) / 1000).toFixed(1)} s`;
        const refused = inside.answers.find(({ time, text }) => time > cut && text.startsWith('NOREPLICAS')) ?? fail('it refused nothing');
        const late = inside.answers.filter(({ time, text }) => time >= promoted && /^\d+$/.test(text));
        const taken = inside.answers.filter(({ time, text }) => time >= cut && time < promoted && /^\d+$/.test(text)).length;
        const last = inside.answers.findLast(({ time }) => time < mended)?.text ?? 'nothing';
        const story = `after the cut the old primary took ${taken} writes from its own node, said NOREPLICAS from ${since(refused.time)} on, another was promoted at ${since(promoted)}, ${inside.answers.length} answers, before the network was mended "${last}"; ${detail}`;
        return late.length === 0 ? story : fail(`it took ${late.length} writes after that; ${story}`);
      }),
  },
};

/** Does something to the primary's node, where a server, a proxy, one of the cluster's DNS servers, perhaps a Sentinel and nothing else live. */
async function onLonelyNode(redis: RedisCluster, disturb: (node: string, primary: string) => Promise<string>): Promise<string> {
  const primary = await redis.settled();
  const { name, number } = await redis.nodeOf(primary);
  await redis.attract(name, redis.kubectl, 'app.kubernetes.io/instance=redis-proxy');
  await redis.attract(name, new Kubectl('kube-system'), 'k8s-app=kube-dns');
  await redis.vacate(name, /^redis(-sentinel|-proxy)?$/);
  try {
    return await disturb(number, primary);
  } finally {
    await redis.kubectl.out(['uncordon', name]);
  }
}

/** Counts up on a server from its own node, where no cut network is in between. */
async function countInside(redis: RedisCluster, pod: string, node: string) {
  const answers: { readonly time: number; readonly text: string }[] = [];
  const container = await redis.containerOf(pod);
  const words: string[] = [];
  const child = redis.startMachine('exec', node, ...CONTAINERD, 'exec', '--exec-id', `drill-${Date.now()}`, container, ...operator());
  const hear = (line: string) => {
    // TIME answers with seconds and microseconds, and what follows is the answer to INCR.
    if (/^\d{10}$/.test(line)) {
      words.length = 0;
    }
    words.push(line);
    if (words.length === 3) {
      answers.push({ time: Number(words[0]) * 1000 + Math.floor(Number(words[1]) / 1000), text: line });
    }
  };
  converse(child, hear, `time\nincr ${COUNTER}\n`);
  await until('answers on the node itself', 30, () => Promise.resolve(answers.length > 10));
  return { answers, stop: () => child.kill() };
}
