import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './kubectl';
import type { Prometheus } from './prometheus';
import { fail } from './report';

const FILE = join(__dirname, '..', '..', 'docs', 'measurements', 'alerts.md');

const HEAD = `# Measured: alerts

Which alerts the drills of the other pages set off, and after how many seconds of the drill; \`E2E_ALERTS=1 npm run e2e -- RUN [DRILL…]\` writes
the rows of the drills that it ran. A drill fails that sets off a critical alert of which nothing is said here, or not the one that is. The cluster has no
kube-state-metrics: alerts about what Kubernetes counts (pods missing, containers failing, a rollout that is stuck, volumes, backups) cannot fire in it,
and rest on the tests of \`test/alerts/\`. Those about the error budget are listed and not judged: a drill's requests are all there are in an hour, so few
that fail are much of its budget. The drill of \`network\` has no row: nothing fails in it, and its policies let another namespace ask for metrics than the one
that Prometheus is in. Those of [monitoring](monitoring.md) are about alerts themselves.

| run and drill | critical alerts promised | fired | on |
| --- | --- | --- | --- |
`;

/** Alerts about a span of an hour or more, of which a drill is a part. */
const BUDGET = /Burn$/;

/** What drills set off. */
export class Alerts {
  constructor(private readonly prometheus: Prometheus) {}

  /**
   * Holds a drill to what it may set off, and waits until nothing critical of it is left that the next one would be blamed for.
   * @param began when the drill did, in milliseconds since the epoch
   * @param promised critical alerts that it must set off
   * @returns what fired
   * @throws when another critical one did, or one of these did not
   */
  async hold(began: number, promised: readonly string[]): Promise<string> {
    await until('critical alerts to end', 1200, async () => {
      const names = (await this.prometheus.critical()).filter((name) => !BUDGET.test(name));
      return names.length === 0 || fail(names.join(', '));
    });
    const fired = await this.prometheus.firedSince(began);
    const text = fired.map(({ name, severity, after }) => `${name} (${severity}) after ${after} s`).join(', ') || 'none';
    const critical = fired.filter(({ name, severity }) => severity === 'critical' && !BUDGET.test(name)).map(({ name }) => name);
    const wrong = [...critical.filter((name) => !promised.includes(name)), ...promised.filter((name) => !critical.includes(name))];
    return wrong.length === 0 ? text : fail(`fired: ${text}; promised: ${promised.join(', ') || 'none'}`);
  }

  /** Writes what a drill set off into docs/measurements/alerts.md, in the place of what it did before. @param drill the names of its run and its own */
  write(drill: string, promised: readonly string[], fired: string): void {
    const key = `| ${drill} | `;
    const lines = existsSync(FILE) ? readFileSync(FILE, 'utf8').split('\n') : [];
    const rows = lines.filter((line) => line.startsWith('| ')).slice(2);
    const row = `${key}${promised.join(', ') || 'none'} | ${fired} | ${new Date().toISOString().slice(0, 10)} |`;
    writeFileSync(FILE, `${HEAD}${[...rows.filter((other) => !other.startsWith(key)), row].sort().join('\n')}\n`);
  }
}
