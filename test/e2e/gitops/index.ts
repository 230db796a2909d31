import { runDrills } from '../drill';
import { GitOpsCluster } from './cluster';
import { fail } from '../report';
import { GITOPS } from './drills';

/** FinTrack by Argo CD. @param only names of drills; none means all @returns the exit code */
export const gitopsDrills = (only: readonly string[]) =>
  runDrills<GitOpsCluster>(
    {
      name: 'gitops',
      drills: GITOPS,
      install: (report) => new GitOpsCluster(report),
      create: () => ({
        promise:
          'from an empty namespace, Secrets and the root Application to everything healthy and in sync, each tier begun when the one before was ready',
        run: async (cluster) => {
          const seconds = await cluster.create();
          const { data, web, database } = await cluster.order();
          const detail = `after ${seconds.toFixed(0)} s; data begun ${data} s after base, MySQL ready ${database} s, web begun ${web} s`;
          return 0 < data && database <= web ? detail : fail(detail);
        },
      }),
      subject: async (cluster) =>
        `${(await cluster.argocd.out(['get', 'pods', '--output=jsonpath={.items[0].spec.containers[0].image}'])).trim()}; two pods of nginx, two of PHP-FPM`,
    },
    only,
  );
