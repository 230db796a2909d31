import { pause, type Drill } from '../drill';
import { Kubectl, until } from '../kubectl';
import { fail } from '../report';
import type { WebCluster } from './cluster';

/** Seconds within which the web tier must be whole again, from the moment in which Kubernetes knows that the node is lost. */
const LIMIT = 40;
/** Seconds that the news may take to every node. */
const NEWS = 5;
/** Share of the requests after that which may fail: docs/operations/web.md says which, and for how long. */
const AFTERWARDS = 0.01;

/** Seconds in which nothing has a name: longer than a container that ends is left alone at first. */
const NAMELESS = 45;

const numberOf = (node: string) => /\d+$/.exec(node)?.[0] ?? fail(`node ${node} has no number`);

/** Takes a node's power away. @returns seconds until Kubernetes knew */
async function lose(web: WebCluster, node: string): Promise<number> {
  const off = Date.now();
  await web.machine('node', 'stop', numberOf(node));
  return until('Kubernetes to know that the node is lost', 120, async () => {
    const found = (await web.kubectl.list('nodes')).find(({ metadata }) => metadata.name === node);
    const conditions = (found?.['status'].conditions ?? []) as { type: string; status: string }[];
    return conditions.some(({ type, status }) => type === 'Ready' && status !== 'True') && (Date.now() - off) / 1000;
  });
}

/** What happens to nodes and to DNS. */
export const FAULTS: Readonly<Record<string, Drill<WebCluster>>> = {
  power: {
    promise: `a node with pods of nginx, PHP and DNS loses its power: requests fail only until Kubernetes knows and ${NEWS} s more, but for one in ${1 / AFTERWARDS} afterwards, and all pods are back within ${LIMIT} s`,
    run: async (web) => {
      const node = await web.lonelyNode();
      const load = await web.startLoad();
      const off = Date.now();
      const since = () => (Date.now() - off) / 1000;
      const known = await lose(web, node);
      const whole = await until('all pods of the web tier elsewhere', 180, async () => {
        const pods = await web.kubectl.list('pods', 'app.kubernetes.io/instance in (nginx, php)');
        const serving = pods.filter((pod) => {
          const conditions = (pod['status'].conditions ?? []) as { type: string; status: string }[];
          return pod['spec'].nodeName !== node && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
        });
        return serving.length === 4 && since();
      });
      await pause(10);
      await web.machine('node', 'start', numberOf(node));
      await web.rolledOut();
      await load.stop();
      const afterwards = load.answers
        .map((answer) => ({ ...answer, after: (answer.sent - off) / 1000 - known }))
        .filter(({ after }) => after > NEWS);
      const late = afterwards.filter(({ fault }) => fault !== undefined);
      const seconds = (number: number) => `${number.toFixed(0)} s`;
      const detail = `known after ${seconds(known)}, whole ${seconds(whole - known)} later; ${load.faults.length} requests failed, ${late.length} of ${afterwards.length} afterwards; ${load.story}; ${await web.audit(load)}`;
      for (const { sent, after, title, fault } of late) {
        web.report.note(`sent ${after.toFixed(2)} s after it was known (${new Date(sent).toISOString()}): ${title}, ${fault}`);
      }
      return late.length <= AFTERWARDS * afterwards.length && whole - known <= LIMIT
        ? detail
        : fail(`too many requests failed, or for too long; ${detail}`);
    },
  },
  cache: {
    promise: `redis-cache, which every page asks, gets a new pod by a release, then by a deletion, under load: no request fails; its node loses its power: pages are back within ${LIMIT} s of what Kubernetes knows`,
    run: async (web) => {
      const selector = 'app.kubernetes.io/instance=redis-cache';
      const calm = await web.startLoad();
      await web.kubectl.out(['rollout', 'restart', 'deployment/redis-cache']);
      await web.kubectl.out(['rollout', 'status', 'deployment/redis-cache', '--timeout=120s']);
      await pause(20);
      await web.kubectl.out(['delete', 'pod', `--selector=${selector}`]);
      await pause(20);
      await calm.stop();
      const node = (await web.kubectl.list('nodes')).at(-1)?.metadata.name ?? fail('the cluster has no node');
      await web.vacate(node, /^redis-cache$/);
      await web.repel(node, new Kubectl('kube-system'), 'k8s-app=kube-dns');
      await web.kubectl.out(['uncordon', node]);
      await web.attract(node, web.kubectl, selector);
      const load = await web.startLoad();
      const off = Date.now();
      const known = await lose(web, node);
      await web.kubectl.out(['rollout', 'status', 'deployment/redis-cache', '--timeout=120s']);
      await pause(15);
      await web.machine('node', 'start', numberOf(node));
      await web.rolledOut();
      await load.stop();
      const back = Math.max(off, ...load.faults.map(({ sent }) => sent)) / 1000 - off / 1000 - known;
      const detail = `released and deleted: ${calm.story}; node lost: known after ${known.toFixed(0)} s, the last request that failed was sent ${back.toFixed(0)} s later; ${load.story}; ${await web.audit(load)}`;
      return calm.faults.length === 0 && back <= LIMIT ? detail : fail(detail);
    },
  },
  dns: {
    promise: `nginx's pods that start while DNS is away for ${NAMELESS} s wait for it: no container ends, and all serve within 20 s after it is back`,
    run: async (web) => {
      const system = new Kubectl('kube-system');
      const [dns] = await system.list('deployments', 'k8s-app=kube-dns');
      const scale = (replicas: number) => system.out(['scale', 'deployment', dns?.metadata.name ?? 'coredns', `--replicas=${replicas}`]);
      await scale(0);
      let back: number;
      try {
        await system.out(['wait', 'pod', '--selector=k8s-app=kube-dns', '--for=delete', '--timeout=60s']);
        await web.kubectl.out(['rollout', 'restart', 'deployment/nginx']);
        await pause(NAMELESS);
        await scale(dns?.['spec'].replicas as number);
        await system.out(['wait', 'pod', '--selector=k8s-app=kube-dns', '--for=condition=Ready', '--timeout=120s']);
        back = Date.now();
      } finally {
        await scale(dns?.['spec'].replicas as number);
      }
      await web.kubectl.out(['rollout', 'status', 'deployment/nginx', '--timeout=120s']);
      const seconds = (Date.now() - back) / 1000;
      const pods = await web.kubectl.list('pods', 'app.kubernetes.io/instance=nginx');
      const restarts = pods
        .flatMap(({ status }) => status.containerStatuses as { restartCount: number }[])
        .map(({ restartCount }) => restartCount);
      const said = (await web.kubectl.out(['logs', `--selector=app.kubernetes.io/instance=nginx`, '--tail=-1'])).match(
        /start: waiting: .*/,
      )?.[0];
      await web.rolledOut();
      const detail = `all serve ${seconds.toFixed(0)} s after DNS was back, ${restarts.reduce((sum, each) => sum + each, 0)} containers ended; “${said ?? 'none waited'}”`;
      return said !== undefined && seconds <= 20 && restarts.every((each) => each === 0) ? detail : fail(detail);
    },
  },
};
