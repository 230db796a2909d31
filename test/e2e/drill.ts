import { Alerts } from './alerts';
import { ALERTS, NAMESPACE } from './environment';
import type { Installation } from './installation';
import { Prometheus } from './prometheus';
import { fail, Report } from './report';

/** Lets time pass. */
export const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A drill: what it promises, and how it is held to it. It leaves every server ready. */
export interface Drill<Cluster extends Installation> {
  readonly promise: string;
  readonly run: (cluster: Cluster) => Promise<string>;
  /** Critical alerts that it sets off. @default - none */
  readonly alerts?: readonly string[];
}

/** A component, and the drills on one installation of it. */
export interface Drills<Cluster extends Installation> {
  /** Name of the run and of its page in docs/measurements/. */
  readonly name: string;
  readonly drills: Readonly<Record<string, Drill<Cluster>>>;
  readonly install: (report: Report) => Cluster;
  /** What the first check says, and how it gets there. @param all whether every drill runs */
  readonly create: (all: boolean) => { readonly promise: string; readonly run: (cluster: Cluster) => Promise<string> };
  /** What was measured, in words. */
  readonly subject: (cluster: Cluster) => Promise<string>;
}

/** One drill after another on one installation. @param only names of drills; none means all @returns the exit code */
export async function runDrills<Cluster extends Installation>(
  { name, drills, install, create, subject }: Drills<Cluster>,
  only: readonly string[],
): Promise<number> {
  const report = new Report();
  const all = only.length === 0;
  const unknown = only.filter((drill) => !Object.hasOwn(drills, drill));
  if (unknown.length > 0) {
    fail(`e2e ${name}: ${unknown.join(', ')} unknown; there are ${Object.keys(drills).join(', ')}`);
  }
  const cluster = install(report);
  const { promise, run } = create(all);
  const created = await report.check(promise, () => run(cluster));
  const alerts = ALERTS ? new Alerts(new Prometheus(NAMESPACE)) : undefined;
  for (const [drill, { promise, run, alerts: promised = [] }] of Object.entries(drills)) {
    if (created && (all || only.includes(drill))) {
      const began = Date.now();
      const passed = await report.check(`${drill}: ${promise}`, () => run(cluster));
      if (alerts !== undefined) {
        await report.check(`${drill}: the alerts that it sets off`, async () => {
          const fired = await alerts.hold(began, promised);
          if (passed) alerts.write(`${name} ${drill}`, promised, fired);
          return fired;
        });
      }
    }
  }
  cluster.closeDoor();
  if (created && all && alerts === undefined) {
    report.write(name, await subject(cluster));
  }
  return report.finish();
}
