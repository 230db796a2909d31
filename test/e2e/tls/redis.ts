import { MEMBERS } from '../../../lib/components/redis';
import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { TlsCluster } from './cluster';

/** Restarts of containers that show a certificate and load the next one; a Sentinel's is started again for it. */
async function restartsOf(tls: TlsCluster, pods: readonly string[]): Promise<number> {
  const found = (await tls.kubectl.list('pods')).filter(({ metadata }) =>
    pods.some((pod) => metadata.name.startsWith(pod.replace('deployment/', ''))),
  );
  return found
    .flatMap((pod): { restartCount: number }[] => pod['status'].containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** What is promised of connections to Redis with `tls: 'verified'`. */
export const REDIS: Readonly<Record<string, Drill<TlsCluster>>> = {
  'redis-plain': {
    promise: 'both Redis refuse the application a connection without TLS, or that looks for another authority; one that verifies is served',
    run: async (tls) => {
      const said: string[] = [];
      for (const host of ['redis', 'redis-cache']) {
        const [plain, public_, verified] = [await tls.speaks(host, ''), await tls.speaks(`tls://${host}`, ''), await tls.trusts(host)];
        if (plain === 'connected' || !/certificate verify failed/.test(public_) || verified !== 'connected') {
          fail(`${host}: plain: ${plain}; with public authorities: ${public_}; verified: ${verified}`);
        }
        said.push(`${host}: ${plain}`);
      }
      for (const pod of [...tls.stores, ...MEMBERS.sentinels]) {
        const port = pod.includes('sentinel') ? '26379' : '6379';
        const { stdout } = await tls.kubectl.try(['exec', pod, '--', 'sh', '-c', `echo ping | timeout 2 redis-cli -p ${port}`]);
        if (/PONG|NOAUTH/.test(stdout)) fail(`${pod} answers without TLS: ${stdout}`);
      }
      return said.join('; ');
    },
  },
  'redis-failover': {
    promise:
      'when the primary of Redis is killed another is promoted, the proxies find it, and the application writes again, all encrypted',
    run: async (tls) => {
      const before = await tls.redisPrimary();
      await tls.kubectl.out(['delete', 'pod', before, '--grace-period=0', '--force']);
      const began = Date.now();
      await until('the application to be led to a primary', 60, async () => (await tls.trusts('redis')) === 'connected');
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      const after = await tls.redisPrimary();
      await tls.ready();
      return after === before ? fail(`${before} is primary again`) : `${after} after ${seconds} s`;
    },
  },
  'redis-impostor': {
    promise:
      'a primary of Redis with a certificate of another authority is led to by no proxy and followed by no replica, and taken back with its own',
    run: async (tls) => {
      const primary = await tls.redisPrimary();
      const replica = MEMBERS.servers.find((pod) => pod !== primary) ?? fail('there is no replica');
      await tls.impersonateRedis(primary);
      const refused = await until('the application to reach nobody', 30, async () => {
        const said = await tls.trusts('redis');
        return said !== 'connected' && said;
      });
      await tls.redis(replica, 'client', 'kill', 'type', 'master');
      await until('the replica to say why it does not follow', 30, async () =>
        /certificate verify failed/.test(await tls.kubectl.out(['logs', replica, '--container=redis', '--tail=20'])),
      );
      await tls.redisIsItself(primary);
      await until('the application to connect', 60, async () => (await tls.trusts('redis')) === 'connected');
      await tls.redisPrimary();
      return `application: ${refused}`;
    },
  },
  'redis-renewal': {
    promise:
      'renewed certificates of Redis are shown by every server without a restart and without a failed request, and by Sentinels that start again one after the other',
    run: async (tls) => {
      const restarts = await restartsOf(tls, tls.stores);
      const before = await tls.serials([...tls.stores, ...MEMBERS.sentinels]);
      const load = await tls.load();
      const issued = await tls.reissue({ duration: '2161h' }, 'redis');
      await tls.reissue({ duration: '2161h' }, 'redis-cache');
      const seconds = await tls.serialsChanged(before, issued);
      await pause(5);
      const books = await tls.finish(load);
      await tls.redisPrimary();
      const more = (await restartsOf(tls, tls.stores)) - restarts;
      return more === 0
        ? `shown by all ${seconds} s after the first was issued, no server restarted; ${books}`
        : fail(`${more} restarts; ${books}`);
    },
  },
  'redis-expiry': {
    promise:
      'a certificate of Redis that nobody renews: when it is over nobody is led to a server, and replicas follow on; renewed, all goes on by itself',
    run: async (tls) => {
      const restarts = await restartsOf(tls, MEMBERS.servers);
      const before = await tls.serials(MEMBERS.servers);
      // Longer than a changed Secret takes to arrive in a pod.
      const issued = await tls.reissue({ duration: '5m', renewBefore: '1m' }, 'redis');
      const end = Date.parse((await tls.certificate('redis'))['status'].notAfter as string);
      await tls.patch({ issuerRef: { name: 'nobody' } }, 'redis');
      const seconds = await tls.serialsChanged(before, issued);
      if ((await tls.trusts('redis')) !== 'connected') fail('not accepted while valid');
      const short = await tls.serials(MEMBERS.servers);
      const primary = await tls.redisPrimary();
      await pause(Math.max(0, end - Date.now()) / 1000 + 2);
      const refused = await until('the application to reach nobody', 30, async () => {
        const said = await tls.trusts('redis');
        return said !== 'connected' && said;
      });
      const following = (await tls.redis(primary, 'info', 'replication')).includes('min_slaves_good_slaves:2');
      const renewed = await tls.reissue({ duration: '2160h', renewBefore: '720h', issuerRef: { name: 'fintrack-ca' } }, 'redis');
      const back = await tls.serialsChanged(short, renewed);
      await until('the application to connect', 120, async () => (await tls.trusts('redis')) === 'connected');
      await tls.redisPrimary();
      const more = (await restartsOf(tls, MEMBERS.servers)) - restarts;
      return following && more === 0
        ? `a certificate of five minutes was shown ${seconds} s after it was issued; over, the application says: ${refused}; replicas followed on; renewed, it was shown after ${back} s`
        : fail(`replicas ${following ? 'followed' : 'did not follow'}; ${more} restarts`);
    },
  },
};
