import { Cpu } from '../../../imports/k8s';
import type { Environment } from '../../../lib/environments';
import { local } from '../../../lib/environments/local';
import { Installation, NAMESPACE } from '../installation';
import { Kubectl, until } from '../kubectl';
import type { Report } from '../report';

/** `local` with metrics, one of each web pod, and a second MySQL server that has each transaction too. */
export const DRILL = {
  ...local,
  name: 'drill',
  namespace: NAMESPACE,
  // With the JavaScript module of nginx's own images: .ci/monitoring-images.
  release: { ...local.release, nginx: 'fintrack-nginx:metrics' },
  php: { ...local.php, scale: { replicas: 1 } },
  nginx: { ...local.nginx, scale: { replicas: 1 } },
  mysql: { ...local.mysql, replicas: 1, semiSync: 'availability', cpu: Cpu.millis(300) },
  // How fast pages are says more about whoever shares the machine than about FinTrack.
  monitoring: { goals: { fastSeconds: 10 } },
} satisfies Environment;

/** A sample of a series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** FinTrack and the Prometheus that looks at it. */
export class MonitoringCluster extends Installation {
  private readonly prometheus = new Kubectl('monitoring');
  private visiting = true;

  constructor(report: Report) {
    super(report, DRILL);
  }

  protected override get database(): string {
    return DRILL.mysql.primary;
  }

  /** What Prometheus answers to a query. */
  async query(query: string): Promise<Sample[]> {
    const path = `/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = JSON.parse(await this.prometheus.out(['get', '--raw', path])) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Names of the alerts that fire in the namespace, the watchdog's aside. @param over a span of time, as PromQL writes it @default - now */
  async firing(over?: string): Promise<string[]> {
    const alerts = `ALERTS{namespace="${NAMESPACE}", alertstate="firing", alertname!="FintrackWatchdog"}`;
    const samples = await this.query(over === undefined ? alerts : `count_over_time(${alerts}[${over}])`);
    return [...new Set(samples.map(({ labels }) => labels['alertname'] ?? ''))].sort();
  }

  /** Waits until an alert fires, or no longer does. @returns the seconds it took */
  async alerted(alert: string, wanted: boolean, seconds: number): Promise<number> {
    const began = Date.now();
    await until(`${alert} ${wanted ? 'to fire' : 'to end'}`, seconds, async () => (await this.firing()).includes(alert) === wanted);
    return (Date.now() - began) / 1000;
  }

  /** Names of the series that there are of the namespace's pods. */
  async names(): Promise<Set<string>> {
    const samples = await this.query(`count by (__name__) ({namespace="${NAMESPACE}"})`);
    return new Set(samples.map(({ labels }) => labels['__name__'] ?? ''));
  }

  /** Visits the page five times a second, whatever it answers, until the drills end. */
  visit(): void {
    const next = () => {
      if (this.visiting) {
        this.browser()
          .send('GET', '/')
          .then((answer) => answer.text())
          .catch(() => undefined)
          .finally(() => setTimeout(next, 200));
      }
    };
    next();
  }

  /** Changes the pods of a workload, beside its manifest. */
  async scale(workload: string, replicas: number): Promise<void> {
    await this.kubectl.out(['scale', workload, `--replicas=${replicas}`]);
  }

  override closeDoor(): void {
    this.visiting = false;
    super.closeDoor();
  }
}
