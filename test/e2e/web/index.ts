import { runDrills } from '../drill';
import { CHANGES } from './changes';
import { WebCluster } from './cluster';
import { EDGES } from './edges';
import { FAULTS } from './faults';
import { RELEASES } from './releases';
import { REQUESTS } from './requests';
import { SCALE } from './scale';
import { needAb, SPEED } from './speed';

/** The web tier under load and change. @param only names of drills; none means all @returns the exit code */
export async function webDrills(only: readonly string[]): Promise<number> {
  // A run of an hour would find that out at its end.
  if (only.length === 0 || only.some((drill) => Object.hasOwn(SPEED, drill))) {
    await needAb();
  }
  return runDrills<WebCluster>(
    {
      name: 'web',
      drills: { ...REQUESTS, ...RELEASES, ...CHANGES, ...FAULTS, ...EDGES, ...SCALE, ...SPEED },
      install: (report) => new WebCluster(report),
      create: () => ({
        promise: 'two pods of nginx and of PHP come up from nothing and are reached through their Service',
        run: async (web) => `after ${(await web.create()).toFixed(0)} s`,
      }),
      subject: async (web) =>
        `${await web.kubectl.out(['exec', 'deployment/nginx', '--', 'nginx', '-v'])}two pods of nginx, two of PHP-FPM with eight children each`,
    },
    only,
  );
}
