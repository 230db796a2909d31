import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { DRILL, type MonitoringCluster } from './cluster';

/** Requests that are always there: half as many again as a pod has children. */
const REQUESTS = Math.ceil(DRILL.php.childrenPerPod * 1.5);
/** Seconds in which an autoscaler would have taken pods away: five minutes, and one for each pod. */
const LONG = 7 * 60;

/** What autoscalers do by metrics. The cluster needs KEDA. */
export const SCALED: Readonly<Record<string, Drill<MonitoringCluster>>> = {
  busy: {
    promise:
      'requests that wait and use no processor time: three pods of PHP instead of one within two minutes, none fewer while Prometheus cannot be asked, and fewer again when it can',
    run: async (cluster) => {
      const release = (prometheusUrl?: string) =>
        cluster.apply({
          php: { ...DRILL.php, scale: { minReplicas: 1, maxReplicas: 3, targetBusyPercent: 60, targetCpuPercent: 70 } },
          monitoring: { ...DRILL.monitoring, ...(prometheusUrl !== undefined && { prometheusUrl }) },
        });
      const pods = async () =>
        (await cluster.kubectl.list('deployments', 'app.kubernetes.io/instance=php'))[0]?.['status'].readyReplicas as number;
      await release();
      await until('one pod', 120, async () => (await pods()) === 1);
      const crowd = new Crowd(cluster);
      const began = Date.now();
      const since = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;
      await until('a second pod', 120, async () => (await pods()) > 1);
      const second = since();
      await until('three pods', 120, async () => (await pods()) === 3);
      const third = since();
      const use = await processorTime(cluster);
      await release('http://nobody.monitoring.svc:9090');
      const failed = await crowd.stop();
      await pause(LONG);
      const kept = await pods();
      await release();
      const back = Date.now();
      // Not one: those who visit all the time use processor time too.
      await until('fewer pods', 900, async () => (await pods()) < 3);
      const detail = `a second pod ready after ${second}, three after ${third}, while PHP used ${use} % of the processor time that it asks for; ${kept} pods after ${LONG} s without Prometheus and without these requests, fewer ${((Date.now() - back) / 1000).toFixed(0)} s after it was back; ${failed} of ${crowd.answered} requests failed`;
      await cluster.kubectl.out(['delete', 'scaledobject', 'php']);
      await cluster.apply({ php: DRILL.php, monitoring: DRILL.monitoring });
      return kept === 3 && failed === 0 ? detail : fail(detail);
    },
  },
};

/** Processor time that PHP uses, in percent of what it asks for, as its autoscaler sees it. */
async function processorTime(cluster: MonitoringCluster): Promise<number> {
  const [autoscaler] = await cluster.kubectl.list('horizontalpodautoscalers');
  const metrics = autoscaler?.['status'].currentMetrics as { containerResource?: { current: { averageUtilization: number } } }[];
  return (
    metrics.find(({ containerResource }) => containerResource)?.containerResource?.current.averageUtilization ?? fail('nobody measures it')
  );
}

/** Clients that each ask for something that takes two seconds and no processor time, and then ask again. */
class Crowd {
  answered = 0;
  private failed = 0;
  private over = false;
  private readonly clients: Promise<void>[];

  constructor(private readonly cluster: MonitoringCluster) {
    this.clients = Array.from({ length: REQUESTS }, () => this.ask());
  }

  /** @returns how many requests were not answered as they should be */
  async stop(): Promise<number> {
    this.over = true;
    await Promise.all(this.clients);
    return this.failed;
  }

  private async ask(): Promise<void> {
    while (!this.over) {
      const right = await this.cluster
        .browser()
        .send('GET', '/api/slow/2000')
        .then(({ status }) => status === 200)
        .catch(() => false);
      this.answered += 1;
      this.failed += right ? 0 : 1;
    }
  }
}
