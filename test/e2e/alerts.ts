import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './kubectl';
import type { Prometheus } from './prometheus';
import { fail } from './report';

const FILE = join(__dirname, '..', '..', 'docs', 'measurements', 'alerts.md');

const HEAD = `# Measured: alerts

Which alerts the drills of the other pages set off, and after how many seconds of the drill; \`E2E_ALERTS=1 npm run e2e -- NAME\` writes the section
NAME. A drill fails that sets off a critical alert of which nothing is said here, or not the one that is. The cluster has no kube-state-metrics: alerts
about what Kubernetes counts (pods missing, containers failing, a rollout that is stuck, volumes, backups) cannot fire in it, and rest on the tests
of \`test/alerts/\`. Those about the error budget are listed and not judged: a drill's requests are all there are in an hour, so few that fail are much
of its budget.
`;

/** Alerts about a span of an hour or more, of which a drill is a part. */
const BUDGET = /Burn$/;

/** What a run of drills sets off. */
export class Alerts {
  private readonly rows: string[] = [];

  constructor(private readonly prometheus: Prometheus) {}

  /**
   * Holds a drill to what it may set off, and waits until nothing critical of it is left that the next one would be blamed for.
   * @param began when the drill did, in milliseconds since the epoch
   * @param expected critical alerts that it must set off
   * @returns what fired
   * @throws when another critical one did, or one of these did not
   */
  async hold(drill: string, began: number, expected: readonly string[]): Promise<string> {
    await until('critical alerts to end', 1200, async () => {
      const names = (await this.prometheus.critical()).filter((name) => !BUDGET.test(name));
      return names.length === 0 || fail(names.join(', '));
    });
    const fired = await this.prometheus.firedSince(began);
    const text = fired.map(({ name, severity, after }) => `${name} (${severity}) after ${after} s`).join(', ') || 'none';
    this.rows.push(`| ${drill} | ${expected.join(', ') || 'none'} | ${text} |`);
    const critical = fired.filter(({ name, severity }) => severity === 'critical' && !BUDGET.test(name)).map(({ name }) => name);
    const wrong = [...critical.filter((name) => !expected.includes(name)), ...expected.filter((name) => !critical.includes(name))];
    return wrong.length === 0 ? text : fail(`fired: ${text}; promised: ${expected.join(', ') || 'none'}`);
  }

  /** Writes the section of a run into docs/measurements/alerts.md. */
  write(name: string): void {
    const sections = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^## /m).slice(1) : [];
    const date = new Date().toISOString().slice(0, 10);
    const section = `${name}\n\nOn ${date}.\n\n| drill | critical alerts promised | fired |\n| --- | --- | --- |\n${this.rows.join('\n')}\n`;
    const all = [...sections.filter((other) => !other.startsWith(`${name}\n`)).map((other) => `${other.trimEnd()}\n`), section].sort();
    writeFileSync(FILE, [HEAD, ...all.map((each) => `## ${each}`)].join('\n'));
  }
}
