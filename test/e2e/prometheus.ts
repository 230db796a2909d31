import { Kubectl } from './kubectl';

/** A sample of a series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert that fired. */
interface Alert {
  readonly name: string;
  readonly severity: string;
  /** Seconds from the beginning of the span until it fired. */
  readonly after: number;
}

/** Seconds between two looks at a span of time: how often the test cluster's Prometheus evaluates. */
const STEP = 5;

/** The cluster's Prometheus, and what it sees of a namespace. */
export class Prometheus {
  private readonly kubectl = new Kubectl('monitoring');
  /** The alerts that fire, the watchdog's aside. */
  private readonly alerts: string;

  constructor(readonly namespace: string) {
    this.alerts = `ALERTS{namespace="${namespace}", alertstate="firing", alertname!="FintrackWatchdog"}`;
  }

  /** What it answers to a query. */
  async query(query: string): Promise<Sample[]> {
    const result = await this.ask<{ metric: Record<string, string>; value: [number, string] }>('query', { query });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Names of the alerts that fire. @param over a span of time, as PromQL writes it @default - now */
  async firing(over?: string): Promise<string[]> {
    const samples = await this.query(over === undefined ? this.alerts : `count_over_time(${this.alerts}[${over}])`);
    return [...new Set(samples.map(({ labels }) => labels['alertname'] ?? ''))].sort();
  }

  /** Names of the alerts that have reached Alertmanager and go on. */
  async told(): Promise<string[]> {
    const filter = new URLSearchParams({ filter: `namespace="${this.namespace}"` }).toString();
    const path = `/api/v1/namespaces/monitoring/services/alertmanager-operated:9093/proxy/api/v2/alerts?${filter}`;
    const alerts = JSON.parse(await this.kubectl.out(['get', '--raw', path])) as { labels: Record<string, string> }[];
    return alerts.map(({ labels }) => labels['alertname'] ?? '');
  }

  /** Names of the critical alerts that fire, or will if what they are about goes on. */
  async critical(): Promise<string[]> {
    const samples = await this.query(`ALERTS{namespace="${this.namespace}", severity="critical"}`);
    return [...new Set(samples.map(({ labels }) => labels['alertname'] ?? ''))].sort();
  }

  /** The alerts that began to fire after a moment, in the order in which they began to. @param began in milliseconds since the epoch */
  async firedSince(began: number): Promise<Alert[]> {
    const start = began / 1000;
    const result = await this.ask<{ metric: Record<string, string>; values: [number, string][] }>('query_range', {
      query: `max by (alertname, severity) (${this.alerts})`,
      start: String(start),
      end: String(Date.now() / 1000),
      step: String(STEP),
    });
    return result
      .filter(({ values }) => (values[0]?.[0] ?? start) > start)
      .map(({ metric, values }) => ({
        name: metric['alertname'] ?? '',
        severity: metric['severity'] ?? '',
        after: Math.round((values[0]?.[0] ?? start) - start),
      }))
      .sort((one, other) => one.after - other.after);
  }

  private async ask<Result>(kind: string, parameters: Readonly<Record<string, string>>): Promise<Result[]> {
    const path = `/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/api/v1/${kind}`;
    const answer = await this.kubectl.out(['get', '--raw', `${path}?${new URLSearchParams(parameters).toString()}`]);
    return (JSON.parse(answer) as { data: { result: Result[] } }).data.result;
  }
}
