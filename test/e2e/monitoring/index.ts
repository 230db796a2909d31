import { CANARY } from '../canary';
import { runDrills } from '../drill';
import { MonitoringCluster } from './cluster';
import { SEEN, TOLD } from './drills';
import { SCALED } from './scale';

/** What Prometheus sees and whom it tells. @param only names of drills; none means all @returns the exit code */
export const monitoringDrills = (only: readonly string[]) =>
  runDrills<MonitoringCluster>(
    {
      name: 'monitoring',
      drills: { ...SEEN, ...SCALED, ...TOLD, canary: CANARY },
      install: (report) => new MonitoringCluster(report),
      create: () => ({
        promise: 'FinTrack with metrics comes up from nothing',
        run: async (cluster) => {
          const began = Date.now();
          await cluster.begin();
          await cluster.ready();
          await cluster.openDoor();
          cluster.visit();
          return `${((Date.now() - began) / 1000).toFixed(0)} s`;
        },
      }),
      subject: () =>
        Promise.resolve('the real Prometheus and its operator, which ask and evaluate every 5 to 15 s, without kube-state-metrics'),
    },
    only,
  );
