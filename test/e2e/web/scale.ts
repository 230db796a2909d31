import { Cpu } from '../../../imports/k8s';
import { pause, type Drill } from '../drill';
import { until, type KubernetesObject } from '../kubectl';
import { fail } from '../report';
import { DRILL, type WebCluster } from './cluster';
import { restarts } from './requests';

const JOBS = 1000;
/** Requests per second at rest. */
const RATE = 12;

/** What autoscalers do. The cluster needs KEDA and a metrics server. */
export const SCALE: Readonly<Record<string, Drill<WebCluster>>> = {
  jobs: {
    promise: `${JOBS} jobs at once: KEDA brings the workers from one to five and back, and every job is done once`,
    run: async (web) => {
      const scale = { minReplicas: 1, maxReplicas: 5, jobsPerWorker: 20 };
      await web.release({ php: { ...DRILL.php, workers: { default: { scale } } } });
      await until('KEDA to know the queue', 60, async () => {
        const [object] = await web.kubectl.list('scaledobjects');
        const conditions = (object?.['status']?.conditions ?? []) as { type: string; status: string }[];
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      });
      const began = Date.now();
      const since = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;
      await web.visitor().json('POST', '/api/statements', { count: JOBS, milliseconds: 500 }, undefined, 202);
      const workers = async () =>
        (await web.kubectl.list('deployments', 'app.kubernetes.io/instance=queue-worker-default'))[0]?.['status'].readyReplicas as number;
      await until('a second worker', 120, async () => (await workers()) > 1);
      const second = since();
      await until('all workers', 180, async () => (await workers()) === scale.maxReplicas);
      const all = since();
      const fetched = await until('all jobs to be done', 300, async () => {
        const counts = await web.visitor().json<{ fetched: number; statements: number; workers: number }>('GET', '/api/statements');
        return counts.statements === JOBS && counts;
      });
      const done = since();
      await until('one worker again', 900, async () => (await workers()) === scale.minReplicas);
      const detail = `a second worker after ${second}, ${scale.maxReplicas} after ${all}, all jobs done after ${done} by ${fetched.workers} workers, one worker again after ${since()}; ${fetched.fetched} runs of ${fetched.statements} jobs`;
      await web.kubectl.out(['delete', 'scaledobject', '--all']);
      await web.release();
      await web.rolledOut();
      return fetched.fetched === JOBS ? detail : fail(detail);
    },
  },
  spike: {
    promise:
      'four times the load: a third pod of PHP is ready within a minute, answers are as quick as before, and no container is restarted',
    run: async (web) => {
      await forgetReplicas(web);
      // Two pods are enough for the usual load, at about half of this.
      await web.release({ php: { ...DRILL.php, cpu: Cpu.millis(150), scale: { minReplicas: 2, maxReplicas: 6, targetCpuPercent: 70 } } });
      await web.rolledOut();
      const ready = async () =>
        (await web.kubectl.list('deployments', 'app.kubernetes.io/instance=php'))[0]?.['status'].readyReplicas as number;
      // It takes minutes where the start of pods looked like a load.
      await until('two pods', 600, async () => (await ready()) === 2);
      const before = await restarts(web);
      const load = await web.startLoad(RATE);
      await pause(30);
      const usual = load.quantile(0.95, Date.now() - 20_000);
      if ((await ready()) !== 2) fail('the usual load wants a third pod already');
      const more = await web.startLoad(3 * RATE);
      const began = Date.now();
      const third = await until('a third pod', 120, async () => (await ready()) > 2 && (Date.now() - began) / 1000);
      await pause(60);
      const pods = await ready();
      // The last five-second window in which answers took longer than they usually do.
      const windows = Array.from({ length: Math.floor((Date.now() - began) / 5000) }, (_, index) => began + index * 5000);
      const slow = windows.filter((from) => more.quantile(0.95, from, from + 5000) > 2 * usual).map((from) => (from - began) / 1000 + 5);
      const killed = (await restarts(web)) - before;
      const story = `${await web.finish(load)}; ${await web.finish(more)}`;
      await web.kubectl.out(['delete', 'horizontalpodautoscaler', 'php']);
      await web.release();
      await web.rolledOut();
      const detail = `${RATE} and then ${4 * RATE} requests/s: a third pod ready after ${third.toFixed(0)} s, ${pods} pods a minute later, p95 within twice the usual ${usual.toFixed(0)} ms after ${slow.at(-1) ?? 0} s; ${killed} restarts; ${story}`;
      return killed === 0 && third <= 60 ? detail : fail(detail);
    },
  },
};

/** What docs/operations/web.md does before bounds: else the apply without a number sets one pod, which takes all the load. */
async function forgetReplicas({ kubectl }: WebCluster): Promise<void> {
  const applied = JSON.parse(await kubectl.out(['apply', 'view-last-applied', 'deployment/php', '--output=json'])) as KubernetesObject;
  delete applied['spec'].replicas;
  await kubectl.out(['apply', 'set-last-applied', '--filename=-'], JSON.stringify(applied));
}
