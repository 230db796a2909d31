import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { ENVIRONMENT, MYSQL, type TlsCluster } from './cluster';

/** Browsers with a session each. */
const SESSIONS = 50;

/** From one choice of `tls` to another, as docs/operations/tls.md says. */
export const WAYS: Readonly<Record<string, Drill<TlsCluster>>> = {
  'mysql-ways': {
    promise:
      "from `tls: 'verified'` of MySQL to `'off'` and back, each step as documented, under load: requests fail only while a primary restarts, and no acknowledged write is lost",
    run: async (tls) => {
      const restarts: string[] = [];
      const step = async (choice: 'verified' | 'encrypted' | 'off', ...tiers: readonly ('0001-data' | '0002-web')[]) => {
        const load = await tls.load();
        await tls.roll({ mysql: { ...MYSQL, tls: choice } }, ...tiers);
        await load.stop();
        const seconds =
          load.faults.length === 0
            ? 0
            : (Math.max(...load.faults.map(({ sent }) => sent)) - Math.min(...load.faults.map(({ sent }) => sent))) / 1000;
        restarts.push(
          `${choice}: ${load.faults.length} of ${load.answers.length} requests failed, within ${seconds.toFixed(0)} s, ${await tls.audit(load)}`,
        );
      };
      await step('encrypted', '0002-web', '0001-data');
      await step('off', '0001-data', '0002-web');
      const { state, error } = await tls.reconnect();
      if (state !== 'ON' || (await tls.connects('')) !== 'connected') fail(`off: ${error}`);
      await step('encrypted', '0002-web', '0001-data');
      await step('verified', '0001-data', '0002-web');
      const back = await tls.reconnect();
      return back.state === 'ON' && (await tls.connects('')) !== 'connected' ? restarts.join('; ') : fail(`verified: ${back.error}`);
    },
  },
  'redis-ways': {
    promise: `from \`tls: 'verified'\` of Redis to \`'off'\` and back as documented: ${SESSIONS} sessions are intact each time`,
    run: async (tls) => {
      const browsers = Array.from({ length: SESSIONS }, () => tls.visitor());
      for (const [index, browser] of browsers.entries()) {
        await browser.json('PUT', '/api/session', { value: `way-${index}` });
      }
      const way = async (choice: 'verified' | 'off') => {
        const began = Date.now();
        for (const workload of ['deployment/redis-proxy', 'statefulset/redis-sentinel', 'statefulset/redis']) {
          await tls.stop(workload);
        }
        await tls.apply({
          redis: { ...ENVIRONMENT.redis, tls: choice },
          redisCache: { ...ENVIRONMENT.redisCache, tls: choice },
          transitions: { 'StatefulSet redis': 'TLS, by docs/operations/tls.md', 'StatefulSet redis-sentinel': 'the same' },
        });
        await until('a session', 300, async () => (await browsers[0]?.send('GET', '/api/session'))?.status === 200);
        const seconds = ((Date.now() - began) / 1000).toFixed(0);
        await tls.rolledOut();
        for (const [index, browser] of browsers.entries()) {
          const { value } = await browser.json<{ value: string | null }>('GET', '/api/session');
          if (value !== `way-${index}`) fail(`${choice}: session ${index} has ${value ?? 'nothing'}`);
        }
        return `${choice}: sessions were away for ${seconds} s`;
      };
      return `${await way('off')}; ${await way('verified')}`;
    },
  },
};
