import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { TlsCluster } from './cluster';

const AUTHORITY = "PDO::MYSQL_ATTR_SSL_CA => '/run/authorities/mysql.crt'";

/** What is promised of connections to MySQL with `tls: 'verified'`. */
export const MYSQL: Readonly<Record<string, Drill<TlsCluster>>> = {
  encrypted: {
    promise: 'every connection of the application to MySQL under load is encrypted; the replica encrypts and verifies by name',
    run: async (tls) => {
      const load = await tls.load();
      const kinds = new Map<string, number>();
      const query = "SELECT CONNECTION_TYPE FROM performance_schema.threads WHERE PROCESSLIST_USER = 'laravel'";
      for (let sample = 0; sample < 20; sample += 1) {
        for (const pod of tls.servers) {
          for (const kind of (await tls.sql(pod, query)).split('\n').filter(Boolean)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
        await pause(0.5);
      }
      const books = await tls.finish(load);
      const replication = (
        await tls.sql(
          tls.replica,
          'SELECT HOST, SSL_ALLOWED, SSL_CA_FILE, SSL_VERIFY_SERVER_CERTIFICATE FROM performance_schema.replication_connection_configuration',
        )
      ).trim();
      if ([...kinds.keys()].join() !== 'SSL/TLS') fail(`connections were ${JSON.stringify([...kinds])}`);
      if (replication !== `${tls.primary}\tYES\t/run/secrets/mysql/ca.crt\tYES`) fail(`replication: ${replication}`);
      const { state, error } = await tls.reconnect();
      return state === 'ON' ? `${kinds.get('SSL/TLS') ?? 0} connections seen; ${books}` : fail(error);
    },
  },
  plain: {
    promise: 'a connection without TLS is refused, whoever makes it; one that verifies is served',
    run: async (tls) => {
      const refused = await tls.connects('');
      const served = await tls.connects(AUTHORITY);
      const script = '. /etc/fintrack/mysql/server.sh; client laravel app-password --protocol=TCP --host=mysql --ssl-mode=DISABLED';
      const client = await tls.kubectl.try(['exec', tls.replica, '--container=mysql', '--', 'bash', '-c', script]);
      return refused.includes('3159') && served === 'connected' && client.code !== 0 && client.stderr.includes('3159')
        ? refused
        : fail(`without TLS: ${refused}; mysql: ${client.stderr}; with: ${served}`);
    },
  },
  impostor: {
    promise:
      'a server with a certificate of another authority is refused by the application and by the replica, and taken back with its own',
    run: async (tls) => {
      await tls.impersonate();
      const application = await tls.connects(AUTHORITY);
      const unverified = await tls.connects(`${AUTHORITY}, PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false`);
      const { status } = await tls
        .visitor()
        .send('POST', '/api/transactions', { amount: '1.00', note: 'drill' }, { 'idempotency-key': 'impostor' });
      const { error } = await tls.reconnect();
      await tls.beItself();
      await until('the application to connect', 30, async () => (await tls.connects(AUTHORITY)) === 'connected');
      const { state } = await tls.reconnect();
      return application !== 'connected' &&
        unverified === 'connected' &&
        status >= 500 &&
        /certificate verify failed/.test(error) &&
        state === 'ON'
        ? `application: ${application}; a request answered ${status}; replica: ${error}`
        : fail(`application: ${application}; without verification: ${unverified}; request: ${status}; replica: ${error}, then ${state}`);
    },
  },
  renewal: {
    promise: 'a renewed certificate is shown by every server without a restart and without a failed request',
    run: async (tls) => {
      const restarts = await tls.restarts();
      const before = await tls.showing();
      const load = await tls.load();
      const issued = await tls.reissue({ duration: '2161h' });
      const seconds = await tls.shown(before, issued);
      const { state, error } = await tls.reconnect();
      await pause(5);
      const books = await tls.finish(load);
      const more = (await tls.restarts()) - restarts;
      return more === 0 && state === 'ON'
        ? `shown ${seconds} s after it was issued, no restart; ${books}`
        : fail(`${more} restarts; ${error}; ${books}`);
    },
  },
  expiry: {
    promise:
      'a certificate that nobody renews: when it is over no new connection is made, and open ones go on; renewed, it is shown and accepted without a restart',
    run: async (tls) => {
      const restarts = await tls.restarts();
      const before = await tls.showing();
      // Longer than a changed Secret takes to arrive in a pod.
      const issued = await tls.reissue({ duration: '5m', renewBefore: '1m' });
      await tls.patch({ issuerRef: { name: 'nobody' } });
      const seconds = await tls.shown(before, issued);
      const replica = await tls.reconnect();
      if (replica.state !== 'ON' || (await tls.connects(AUTHORITY)) !== 'connected') fail(`not accepted while valid: ${replica.error}`);
      const short = await tls.showing();
      const end = Date.parse(short[tls.primary] ?? '');
      await pause(Math.max(0, end - Date.now()) / 1000 + 2);
      const refused = await tls.connects(AUTHORITY);
      const following = await tls.receiver();
      const renewed = await tls.reissue({ duration: '2160h', renewBefore: '720h', issuerRef: { name: 'fintrack-ca' } });
      const back = await tls.shown(short, renewed);
      await until('the application to connect', 120, async () => (await tls.connects(AUTHORITY)) === 'connected');
      const { state, error } = await tls.reconnect();
      const more = (await tls.restarts()) - restarts;
      return refused !== 'connected' && following.state === 'ON' && state === 'ON' && more === 0
        ? `a certificate of five minutes was shown ${seconds} s after it was issued; over, the application says: ${refused}; the replica went on; renewed, it was shown after ${back} s`
        : fail(`over: ${refused}, replica ${following.state} ${following.error}; renewed: ${state} ${error}; ${more} restarts`);
    },
  },
};
