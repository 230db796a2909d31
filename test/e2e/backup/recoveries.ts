import { pause, type Drill } from '../drill';
import { fail } from '../report';
import { lastOf, matched, type BackupCluster } from './cluster';

/** What backups are for. */
export const RECOVERIES: Readonly<Record<string, Drill<BackupCluster>>> = {
  copy: {
    promise: 'dump under writes, then the restore test and a restore: both equal by rows and checksums, the second to the running server',
    run: async (cluster) => {
      await cluster.openDoor();
      const ledger = await cluster.startLedger(4, 20);
      const dump = await cluster.run('backup');
      await pause(5);
      const books = await cluster.settle(ledger);
      await cluster.silence(true);
      await cluster.logs.stored();
      const test = await cluster.run('restore-test');
      const proven = matched(test.log, /(\d+ tables have the rows and checksums)/);
      const log = await cluster.restoreBeside();
      const equal = await cluster.restoredEqualsPrimary();
      const seconds = matched(log, /restored to \S+ after (\d+) s/);
      await cluster.silence(false);
      return equal
        ? `dumped from ${matched(dump.log, /dumping (\S+)/)} in ${matched(dump.log, /after (\d+) s/)} s; ${books}; ${proven}; restored in ${seconds} s and equal to the primary`
        : fail('the restored server differs from the primary');
    },
  },
  table: {
    promise: 'DROP TABLE at a known moment: restored to just before, with every write that was acknowledged',
    run: async (cluster) => {
      await cluster.run('backup');
      await cluster.openDoor();
      const ledger = await cluster.startLedger(4, 20);
      await pause(5);
      await ledger.stop();
      await cluster.sql(cluster.primary, 'CREATE TABLE financial_tracker.kept LIKE financial_tracker.transactions');
      const moment = (await cluster.sql(cluster.primary, 'SELECT SLEEP(0.01), NOW(3)')).trim().split('\t')[1]?.replace(' ', 'T') ?? '';
      await pause(0.05);
      await cluster.sql(
        cluster.primary,
        'SET foreign_key_checks = 0; RENAME TABLE financial_tracker.transactions TO financial_tracker.lost; DROP TABLE financial_tracker.lost',
      );
      await cluster.logs.stored();
      const log = await cluster.restoreBeside(`${moment}Z`);
      const { acknowledged, missing, twice } = await ledger.balance((query) => cluster.restored(query));
      // The documented way back for one table.
      const table = await cluster.kubectl.out([
        'exec',
        'job/restore',
        '--',
        'bash',
        '-c',
        'mysqldump --socket=/var/lib/mysql/restoring/mysqld.sock --user=root --single-transaction --set-gtid-purged=OFF --skip-add-drop-table financial_tracker transactions',
      ]);
      await cluster.sql(cluster.primary, `USE financial_tracker; ${table}; DROP TABLE kept`);
      const back = await cluster.audit(ledger);
      await cluster.ready();
      return missing.length + twice.length === 0
        ? `restored to ${moment}Z in ${matched(log, /restored to \S+ after (\d+) s/)} s with ${acknowledged} acknowledged writes; the table copied back: ${back}`
        : fail(`${missing.length} of ${acknowledged} are missing, ${twice.length} are twice`);
    },
  },
  redis: {
    promise: 'snapshot of Redis: a server that reads it has the sessions and the jobs that wait for their time, and each as it was',
    run: async (cluster) => {
      await cluster.openDoor();
      await cluster.browser().json('PUT', '/api/session', { value: 'drill' });
      const [delayed, job] = ['fintrack_queues:default:delayed', '{"displayName":"drill","id":"far away"}'];
      const redis = (...words: string[]) => cluster.kubectl.out(['exec', 'redis-0', '--container=redis', '--', ...words]);
      await redis('sh', '/etc/fintrack/redis/operator.sh', 'zadd', delayed, '4102444800', job);
      await cluster.silence(true);
      const { log } = await cluster.run('backup-redis');
      const keys = (await redis('sh', '/etc/fintrack/redis/operator.sh', 'dbsize')).trim();
      const snapshot = await cluster.kubectl.out([
        'exec',
        'deployment/backup-logs',
        '--',
        'bash',
        '-c',
        'restic --repo "$BUCKET/dumps" dump --tag redis latest redis.rdb | base64',
      ]);
      // The only place in a pod of Redis that can be written to is its volume.
      const look = `mkdir /data/look && base64 -d >/data/look/redis.rdb && cd /data/look &&
        redis-server --dir /data/look --dbfilename redis.rdb --save '' --port 0 --unixsocket /data/look/s --daemonize yes >&2
        copy() { redis-cli -s /data/look/s "$@"; }
        until copy ping | grep -q PONG; do sleep 0.2; done
        copy dbsize; copy zrange ${delayed} 0 -1 withscores; copy shutdown nosave; rm -r /data/look`;
      const [count, ...jobs] = (
        await cluster.kubectl.out(['exec', '--stdin', 'redis-0', '--container=redis', '--', 'sh', '-c', look], snapshot)
      )
        .trim()
        .split('\n');
      await redis('sh', '/etc/fintrack/redis/operator.sh', 'zrem', delayed, job);
      await cluster.silence(false);
      return count === keys && jobs.join() === `${job},4102444800`
        ? `${matched(log, /stored \S+, (\d+) bytes/)} bytes, ${count} keys, the job and its time`
        : fail(`the copy has ${count} keys instead of ${keys}, and of jobs that wait ${jobs.join()}`);
    },
  },
  promotion: {
    promise: 'another primary between two backups, under writes: recovery across it has no gap',
    run: async (cluster) => {
      await cluster.run('backup');
      await cluster.openDoor();
      const ledger = await cluster.startLedger(4, 20);
      const old = cluster.primary;
      const next = cluster.servers.find((server) => server !== old) ?? fail('there is one server only');
      await cluster.promote(next);
      await pause(10);
      await cluster.ready();
      const books = await cluster.settle(ledger);
      await cluster.silence(true);
      await cluster.logs.stored();
      await cluster.restoreBeside();
      const balance = await ledger.balance((query) => cluster.restored(query));
      const equal = await cluster.restoredEqualsPrimary();
      await cluster.silence(false);
      const dump = await cluster.run('backup');
      return equal && balance.missing.length === 0
        ? `${books}, ${balance.acknowledged} of them restored, equal to the new primary; the next dump is of ${matched(dump.log, /dumping (\S+)/)}`
        : fail('the restored server differs from the primary');
    },
  },
  namespace: {
    promise: 'namespace deleted with its volumes: back from the bucket, Git and the Secrets, with everything that was stored',
    run: async (cluster) => {
      await cluster.run('backup');
      await cluster.openDoor();
      const ledger = await cluster.startLedger(4, 20);
      await pause(5);
      const books = await cluster.settle(ledger);
      await cluster.silence(true);
      await cluster.logs.stored();
      const before = await cluster.sums((query) => cluster.sql(cluster.primary, query));
      const secrets = await cluster.kubectl.out(['get', 'secrets', '--output=json']);
      await cluster.kubectl.out(['delete', 'namespace', cluster.kubectl.namespace]);
      const began = Date.now();
      const seconds = await cluster.rebuild(secrets);
      const after = await cluster.sums((query) => cluster.sql(cluster.primary, query));
      await cluster.ready();
      await cluster.openDoor();
      const again = await cluster.audit(ledger);
      await cluster.run('backup');
      await cluster.logs.stored();
      const test = await cluster.run('restore-test');
      return before === after
        ? `${books}; restored in ${seconds.toFixed(0)} s, serving ${((Date.now() - began) / 1000).toFixed(0)} s after the deletion with all checks: ${again}; and backed up again: ${lastOf(test.log)}`
        : fail('tables differ from those before');
    },
  },
};
