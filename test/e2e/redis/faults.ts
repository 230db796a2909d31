import { pause } from '../drill';
import { Kubectl, until } from '../kubectl';
import { fail } from '../report';
import { converse } from '../watch';
import { CONVERSATION, type RedisCluster } from './cluster';
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
    promise: 'node of the primary and a proxy off: every client writes again within 15 s, at most the last second of writes is lost',
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
        let cut = 0;
        const writes = underWrites(redis, 15, async () => {
          cut = Date.now();
          await redis.machine('net', node, 'off');
          await pause(25);
          await redis.machine('net', node, 'on');
        });
        // What the old primary did is told also when the promise about writes is broken.
        await writes.catch(() => undefined);
        inside.stop();
        watch.stop();
        const seconds = (time: number | undefined) => (time === undefined ? 'never' : `after ${((time - cut) / 1000).toFixed(1)} s`);
        const others = redis.servers.filter((pod) => pod !== primary);
        const promoted = others.map((pod) => watch.primary.began(pod, cut)).find((time) => time !== undefined);
        const refused = inside.answers.find(({ time, text }) => time > cut && text.startsWith('NOREPLICAS'))?.time;
        const taken = inside.answers.filter(({ time, text }) => time > cut && isCount(text)).map(({ time }) => time);
        const late = taken.filter((time) => promoted !== undefined && time >= promoted).length;
        const counted = Math.max(...inside.answers.filter(({ text }) => isCount(text)).map(({ text }) => Number(text)));
        const kept = Number(await redis.ask(await redis.settled(), 'get', COUNTER));
        const story = `the old primary took ${taken.length} writes from its own node, of all it took there ${Math.max(0, counted - kept)} are lost; it refused ${seconds(refused)}, another was promoted ${seconds(promoted)}, ${late} writes it took later`;
        redis.report.note(story);
        const detail = `${await writes}; ${story}`;
        return promoted !== undefined && refused !== undefined && refused < promoted && late === 0 ? detail : fail(detail);
      }),
  },
};

/** Does something to the primary's node, where a server, a proxy, perhaps a Sentinel and nothing else live. */
async function onLonelyNode(redis: RedisCluster, disturb: (node: string, primary: string) => Promise<string>): Promise<string> {
  const primary = await redis.settled();
  const { name, number } = await redis.nodeOf(primary);
  await redis.attract(name, redis.kubectl, 'app.kubernetes.io/instance=redis-proxy');
  await redis.vacate(name, /^redis(-sentinel|-proxy)?$/);
  // A client whose lookup goes to a lost DNS server waits for it, whatever Redis does.
  await redis.repel(name, new Kubectl('kube-system'), 'k8s-app=kube-dns');
  try {
    return await disturb(number, primary);
  } finally {
    await redis.kubectl.out(['uncordon', name]);
  }
}

/** Whether an answer to INCR is a number and not an error. */
function isCount(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Counts up on a server from its own node, where no cut network is in between. */
async function countInside(redis: RedisCluster, pod: string, node: string) {
  const answers: { readonly time: number; readonly text: string }[] = [];
  const container = await redis.containerOf(pod);
  const words: string[] = [];
  const child = redis.startMachine('exec', node, ...CONTAINERD, 'exec', '--exec-id', `drill-${Date.now()}`, container, ...CONVERSATION);
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
