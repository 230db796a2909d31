import { Cpu } from '../../../imports/k8s';
import type { Environment } from '../../../lib/environments';
import { BASE, MONITORED, NAMESPACE } from '../environment';
import { Installation } from '../installation';
import { until } from '../kubectl';
import { Prometheus } from '../prometheus';
import type { Report } from '../report';

/** The drills' own environment with metrics, one of each web pod, and a second MySQL server that has each transaction too. */
export const DRILL = {
  ...BASE,
  ...MONITORED,
  php: { ...BASE.php, scale: { replicas: 1 } },
  nginx: { ...BASE.nginx, scale: { replicas: 1 } },
  mysql: { ...BASE.mysql, replicas: 1, semiSync: 'availability', cpu: Cpu.millis(300) },
} satisfies Environment;

/** FinTrack and the Prometheus that looks at it. */
export class MonitoringCluster extends Installation {
  readonly prometheus = new Prometheus(NAMESPACE);
  private visiting = true;

  constructor(report: Report) {
    super(report, DRILL);
  }

  protected override get database(): string {
    return DRILL.mysql.primary;
  }

  /** Waits until Alertmanager has an alert. @returns the seconds it took */
  async told(alert: string, seconds: number): Promise<number> {
    const began = Date.now();
    await until(`Alertmanager to be told ${alert}`, seconds, async () => (await this.prometheus.told()).includes(alert));
    return (Date.now() - began) / 1000;
  }

  /** Waits until an alert fires no longer. */
  async silent(alert: string): Promise<void> {
    await until(`${alert} to end`, 600, async () => !(await this.prometheus.firing()).includes(alert));
  }

  /** Names of the series that there are of the namespace's pods. */
  async names(): Promise<Set<string>> {
    const samples = await this.prometheus.query(`count by (__name__) ({namespace="${NAMESPACE}"})`);
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
