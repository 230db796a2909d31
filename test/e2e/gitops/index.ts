import { runDrills } from '../drill';
import { GitOpsCluster } from './cluster';
import { GITOPS } from './drills';

/** FinTrack by Argo CD. @param only names of drills; none means all @returns the exit code */
export const gitopsDrills = (only: readonly string[]) =>
  runDrills<GitOpsCluster>(
    {
      name: 'gitops',
      drills: GITOPS,
      install: (report) => new GitOpsCluster(report),
      create: () => ({
        promise: 'from an empty namespace, Secrets and `kubectl apply -f dist/argocd` to everything healthy and in sync',
        run: async (cluster) => `after ${(await cluster.create()).toFixed(0)} s`,
      }),
      subject: async (cluster) =>
        `${(await cluster.argocd.out(['get', 'pods', '--output=jsonpath={.items[0].spec.containers[0].image}'])).trim()}; two pods of nginx, two of PHP-FPM`,
    },
    only,
  );
