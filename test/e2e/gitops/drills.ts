import { isDeepStrictEqual } from 'node:util';
import { pause, type Drill } from '../drill';
import { until, type KubernetesObject } from '../kubectl';
import { fail } from '../report';
import { breakMigration, mendMigration, release } from '../web/releases';
import { GITOPS_DRILL, type GitOpsCluster } from './cluster';

/** What Argo CD does with the committed manifests. The cluster needs it, in namespace argocd. */
export const GITOPS: Readonly<Record<string, Drill<GitOpsCluster>>> = {
  again: {
    promise: 'compared anew, nothing changes: no object has another generation, every Application stays in sync',
    run: async (cluster) => {
      const before = await cluster.versions();
      await cluster.refresh();
      await pause(30);
      await cluster.settled(10);
      const after = await cluster.versions();
      const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
      return changed.length === 0 ? `${Object.keys(after).length} objects` : fail(`changed: ${changed.join(', ')}`);
    },
  },
  release: {
    promise: 'a release by commit and the way back by git revert, under load: no request fails',
    run: async (cluster) => {
      const load = await cluster.startLoad();
      const there = await cluster.settled(300, await cluster.commit('A release', {}, release('of the drill')));
      const back = await cluster.settled(300, await cluster.revert());
      return `there in ${there.toFixed(0)} s, back in ${back.toFixed(0)} s; ${await cluster.finish(load)}`;
    },
  },
  migration: {
    // Four syncs, each with a Job of three pods.
    promise: 'a migration that fails: Argo CD says so, the pods of the last release serve on, and git revert mends it',
    run: async (cluster) => {
      const load = await cluster.startLoad();
      const before = await cluster.podsOf('php');
      await breakMigration(cluster);
      await cluster.commit('A release whose migration fails', {}, release('that fails'));
      const message = await until('Argo CD to say that the sync failed', 480, async () => {
        const { operationState } = await cluster.status('web');
        return operationState?.phase === 'Failed' && (operationState.message ?? 'without a message');
      });
      const serving = await cluster.podsOf('php');
      await mendMigration(cluster);
      const seconds = await cluster.settled(400, await cluster.revert());
      const detail = `"${message.slice(0, 120)}"; ${before.filter((pod) => serving.includes(pod)).length} of ${before.length} pods of the last release served on, ${serving.length - before.length} new ones; mended ${seconds.toFixed(0)} s after the revert; ${await cluster.finish(load)}`;
      return isDeepStrictEqual([...before].sort(), [...serving].sort()) ? detail : fail(detail);
    },
  },
  autoscaler: {
    promise: 'what an autoscaler decides stays: Argo CD does not set the replicas back',
    run: async (cluster) => {
      const replicas = async () =>
        (await cluster.kubectl.list('deployments', 'app.kubernetes.io/instance=nginx'))[0]?.['spec'].replicas as number;
      await cluster.settled(
        200,
        await cluster.commit('More at rest', {
          nginx: { ...GITOPS_DRILL.nginx, scale: { minReplicas: 3, maxReplicas: 4, targetCpuPercent: 70 } },
        }),
      );
      await until('three pods of nginx', 120, async () => (await replicas()) === 3);
      await cluster.refresh();
      await pause(30);
      await cluster.settled(30);
      const now = await replicas();
      await cluster.settled(200, await cluster.revert());
      return now === 3 ? 'three replicas before and after' : fail(`${now} replicas instead of 3`);
    },
  },
  plain: {
    promise: 'kubectl apply makes the same objects, field by field',
    run: async (cluster) => {
      const applied = await cluster.appliedPlainly();
      const autoscaled = new Set(applied.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name));
      const differences = await Promise.all(
        applied.map(async (object) => {
          const { kind, metadata } = object;
          const live = JSON.parse(await cluster.kubectl.out(['get', kind, metadata.name, '--output=json'])) as KubernetesObject;
          const scaled = kind === 'Deployment' && autoscaled.has(metadata.name);
          return isDeepStrictEqual(wished(live, scaled), wished(object, scaled)) ? [] : [`${kind} ${metadata.name}`];
        }),
      );
      const names = differences.flat();
      return names.length === 0 ? `${applied.length} objects` : fail(`different: ${names.join(', ')}`);
    },
  },
  promotion: {
    promise: "MySQL's primary moved by commit under writes, and back: no acknowledged transfer is missing",
    run: async (cluster) => {
      const load = await cluster.startLoad();
      await cluster.promote(
        'mysql-replica-0',
        await cluster.commit('Another primary', { mysql: { ...GITOPS_DRILL.mysql, primary: 'mysql-replica-0' } }),
      );
      await cluster.settled(200);
      await cluster.promote('mysql-primary-0', await cluster.revert());
      await cluster.settled(200);
      await load.stop();
      return `${load.story}; ${await cluster.audit(load)}`;
    },
  },
  delete: {
    promise:
      'the Applications deleted: every server, volume and transfer stays; made again, they take over what runs, and no pod is another',
    run: async (cluster) => {
      const load = await cluster.startLoad();
      const names = async () =>
        (await Promise.all(['statefulsets', 'deployments', 'persistentvolumeclaims'].map((kind) => cluster.kubectl.list(kind))))
          .flat()
          .map(({ metadata }) => metadata.name);
      const pods = async () =>
        (await cluster.kubectl.list('pods', 'app.kubernetes.io/instance!=migration')).map(({ metadata }) => metadata.uid);
      const [before, running] = [await names(), await pods()];
      await cluster.removeApplications();
      await pause(30);
      const after = await names();
      const began = Date.now();
      await cluster.applyRootApplication();
      await cluster.settled(300);
      const seconds = (Date.now() - began) / 1000;
      const now = await pods();
      const gone = [...before.filter((name) => !after.includes(name)), ...running.filter((uid) => !now.includes(uid))];
      const detail = `${after.length} workloads and volumes, ${now.length} pods; in sync again after ${seconds.toFixed(0)} s; ${await cluster.finish(load)}`;
      return gone.length === 0 ? detail : fail(`gone: ${gone.join(', ')}; ${detail}`);
    },
  },
};

/** What servers and tools note on an object, or choose for it: addresses of a Service, and the pods of a Job. */
const NOTED =
  /^(uid|resourceVersion|generation|creationTimestamp|managedFields|status|clusterIPs?|(batch\.kubernetes\.io\/)?controller-uid|deployment\.kubernetes\.io\/.*|kubectl\.kubernetes\.io\/.*|argocd\.argoproj\.io\/tracking-id)$/;

/** What somebody wished of an object. @param scaled whether an autoscaler owns its replicas */
function wished(object: KubernetesObject, scaled: boolean): unknown {
  const text = JSON.stringify(object, (key, value: unknown) => (NOTED.test(key) || (scaled && key === 'replicas') ? undefined : value));
  return JSON.parse(text);
}
