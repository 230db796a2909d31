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
          'from an empty namespace, Secrets and the root Application to everything healthy and in sync, the tiers begun in their order',
        run: async (cluster) => {
          const seconds = await cluster.create();
          const order = await cluster.order();
          const detail = `after ${seconds.toFixed(0)} s; data begun ${order[1]} s after base, MySQL ready ${await cluster.databaseReady()} s, web begun ${order[2]} s`;
          return order.every((time, index) => index === 0 || time > (order[index - 1] ?? Infinity)) ? detail : fail(detail);
        },
      }),
      subject: async (cluster) =>
        `${(await cluster.argocd.out(['get', 'pods', '--output=jsonpath={.items[0].spec.containers[0].image}'])).trim()}; two pods of nginx, two of PHP-FPM`,
    },
    only,
  );
