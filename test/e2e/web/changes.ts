import { stylesheetIn } from '../application';
import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { WebCluster } from './cluster';

/** How often each change is made. */
const TIMES = 20;

/** What is done to a web tier every day. */
export const CHANGES: Readonly<Record<string, Drill<WebCluster>>> = {
  rollouts: {
    promise: `${TIMES} rollouts of nginx and PHP under load: no request failed or was cut, every acknowledged transfer is there once`,
    run: async (web) => {
      const load = await web.startLoad();
      const began = Date.now();
      for (let time = 1; time <= TIMES; time += 1) {
        await web.restart();
        web.report.note(`rollout ${time} of ${TIMES}: ${load.story}`);
      }
      const seconds = (Date.now() - began) / 1000 / TIMES;
      return `${seconds.toFixed(0)} s each; ${await web.finish(load)}`;
    },
  },
  assets: {
    promise:
      'a release with another stylesheet, under load: each page finds its own, of the last release and of the new one, at once and afterwards',
    run: async (web) => {
      const load = await web.startLoad();
      const lost: string[] = [];
      const seen = new Map<string, number>();
      const rollout = { over: false };
      const reading = (async () => {
        while (!rollout.over) {
          const asset = stylesheetIn(await (await web.visitor().send('GET', '/')).text());
          const { status } = await web.visitor().send('GET', asset);
          seen.set(asset, (seen.get(asset) ?? 0) + 1);
          if (status !== 200) lost.push(`${asset} answered ${status}`);
        }
      })();
      await web.release({ release: { version: 'next', php: 'fintrack-php:next', nginx: 'fintrack-nginx:next' } });
      await web.rolledOut();
      rollout.over = true;
      await reading;
      const old = (await web.visitor().send('GET', web.asset)).status;
      await web.release();
      await web.rolledOut();
      const pages = [...seen].map(([asset, count]) => `${count} pages with ${asset}`).join(', ');
      const detail = `${pages}; ${lost.length} did not find it${lost.length === 0 ? '' : `, for instance ${lost[0] ?? ''}`}; the old one afterwards: ${old}; ${await web.finish(load)}`;
      return lost.length === 0 && seen.size === 2 && old === 200 ? detail : fail(detail);
    },
  },
  scaling: {
    promise: `${TIMES} times a pod more and a pod less of nginx and PHP under load: the same`,
    run: async (web) => {
      const load = await web.startLoad();
      const scale = async (replicas: number) => {
        await web.kubectl.out(['scale', 'deployment/nginx', 'deployment/php', `--replicas=${replicas}`]);
        for (const name of ['nginx', 'php']) {
          await web.kubectl.out(['rollout', 'status', `deployment/${name}`, '--timeout=300s']);
        }
        await until('pods to go', 120, async () => {
          const pods = await web.kubectl.list('pods', 'app.kubernetes.io/instance in (nginx, php)');
          return pods.length === 2 * replicas;
        });
      };
      for (let time = 1; time <= TIMES; time += 1) {
        await scale(3);
        await scale(2);
        web.report.note(`${time} of ${TIMES}: ${load.story}`);
      }
      return web.finish(load);
    },
  },
  drains: {
    promise: 'each node drained of its web pods once under load: the same',
    run: async (web) => {
      const load = await web.startLoad();
      for (const { metadata } of await web.kubectl.list('nodes')) {
        // MySQL and Redis have their own procedures, and their own drills.
        const pods = '--pod-selector=app.kubernetes.io/name in (nginx, php)';
        await web.kubectl.out(['drain', metadata.name, '--delete-emptydir-data', '--timeout=300s', pods]);
        await web.rolledOut();
        await web.kubectl.out(['uncordon', metadata.name]);
        web.report.note(`${metadata.name}: ${load.story}`);
      }
      return web.finish(load);
    },
  },
};
