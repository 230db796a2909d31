import { CANARY } from '../canary';
import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { SMALL } from './bucket';
import { lastOf, matched, type BackupCluster } from './cluster';

const stored = async (cluster: BackupCluster, bucket?: string) =>
  Number(await cluster.bucket.run('ls drill/dumps/snapshots 2>/dev/null | wc -l', bucket));

/** What may happen to backups. */
export const FAULTS: Readonly<Record<string, Drill<BackupCluster>>> = {
  killed: {
    promise: 'dump killed half-way: no half backup is counted, and the next try makes a whole one',
    run: async (cluster) => {
      // Enough that a dump takes seconds.
      await cluster.sql(
        cluster.primary,
        `CREATE TABLE financial_tracker.ballast (id INT AUTO_INCREMENT PRIMARY KEY) SELECT HEX(RANDOM_BYTES(500)) AS text
           FROM information_schema.COLUMNS a, information_schema.COLUMNS b LIMIT 300000`,
      );
      const before = await stored(cluster);
      const job = await cluster.startJob('backup');
      await until('the dump to begin', 120, async () => (await cluster.kubectl.try(['logs', `job/${job}`])).stdout.includes('dumping'));
      const pods = () => cluster.kubectl.list('pods', `job-name=${job}`);
      const [first] = await pods();
      await cluster.kill(first?.metadata.name ?? fail('the Job has no pod'), 'restic backup');
      await until('its pod to fail', 60, async () => (await pods()).some(({ status }) => status.phase === 'Failed'));
      const after = await stored(cluster);
      const { succeeded, log } = await cluster.outcomeOf(job);
      const last = await stored(cluster);
      await cluster.sql(cluster.primary, 'DROP TABLE financial_tracker.ballast');
      // The lock of the killed one: what checks the bucket would wait until it is half an hour old.
      await cluster.bucket.run('rm drill/dumps/locks/*');
      return succeeded && after === before && last === before + 1
        ? `${before} dumps before and after the kill, ${last} after the Job's second try, which took ${matched(log, /after (\d+) s/)} s`
        : fail(`${before} dumps before, ${after} after the kill, ${last} after the Job ${succeeded ? 'succeeded' : 'failed'}`);
    },
  },
  keys: {
    promise: 'wrong key of the encryption, then of the bucket: the backup fails and says which',
    run: async (cluster) => {
      const restorePassword = await cluster.replaceKey('repository-password', 'not-the-one');
      const password = await cluster.mustFail('backup', /encrypted with another key than .* Secret fintrack-backup/);
      await restorePassword();
      const restoreAccess = await cluster.replaceKey('secret-access-key', 'not-the-one');
      const access = await cluster.mustFail('backup', /does it take this access key/);
      await restoreAccess();
      await cluster.run('backup');
      return `“${password}”; “${access}”; with the right ones it succeeds`;
    },
  },
  unreachable: {
    promise: 'bucket away for minutes under writes: the backup fails, shipping is not ready, then everything is stored without a gap',
    run: async (cluster) => {
      await cluster.openDoor();
      const ledger = await cluster.startLedger(4, 20);
      await cluster.bucket.available(false);
      const said = await cluster.mustFail('backup', /dumps cannot be read/);
      const pod = await cluster.logs.pod();
      const unready = await cluster.readyIs(pod, false, 300);
      await cluster.bucket.available(true);
      const back = await cluster.readyIs(pod, true, 300);
      const books = await cluster.settle(ledger);
      await cluster.logs.stored();
      const test = await cluster.run('restore-test');
      return `backup: “${said}”; shipping not ready ${unready.toFixed(0)} s after the backup had failed, ready ${back.toFixed(0)} s after the bucket was back; ${books}; ${lastOf(test.log)}`;
    },
  },
  slow: {
    promise:
      'bucket that answers for a tenth of the time: the backup takes longer and is whole; then not at all: it fails, and all recovers',
    run: async (cluster) => {
      const secondsOf = (log: string) => Number(matched(log, /stored \S+ after (\d+) s/));
      const usual = secondsOf((await cluster.run('backup')).log);
      const hurry = await cluster.bucket.hinder('sleep 1.8; resume; sleep 0.2');
      const slow = secondsOf((await cluster.run('backup')).log);
      await hurry();
      const answer = await cluster.bucket.hinder('sleep 3600');
      const said = await cluster.mustFail('backup', /dumps cannot be read.*/);
      const unready = await cluster.readyIs(await cluster.logs.pod(), false, 300);
      await answer();
      const back = await cluster.readyIs(await cluster.logs.pod(), true, 300);
      const test = await cluster.run('restore-test');
      return `${slow} s instead of ${usual}; without answers: “${said}”, shipping not ready ${unready.toFixed(0)} s later, ready ${back.toFixed(0)} s after answers came; ${lastOf(test.log)}`;
    },
  },
  full: {
    promise: 'bucket full: the backup says so and stores no half one, shipping is not ready; with room again both go on by themselves',
    run: async (cluster) => {
      await cluster.storeIn({ name: SMALL });
      await cluster.run('backup');
      const before = await stored(cluster, SMALL);
      await cluster.bucket.fill();
      const job = await cluster.startJob('backup');
      const said = await until(
        'the backup to say that the bucket is full',
        120,
        async () => /.*(?:quota|no space).*/i.exec((await cluster.kubectl.try(['logs', `job/${job}`])).stdout)?.[0],
      );
      await cluster.sql(cluster.primary, 'CREATE TABLE financial_tracker.more (id INT PRIMARY KEY)');
      const unready = await cluster.readyIs(await cluster.logs.pod(), false, 600);
      const during = await stored(cluster, SMALL);
      await cluster.bucket.makeRoom();
      const began = Date.now();
      const { succeeded, log } = await cluster.outcomeOf(job, 1200);
      const after = await stored(cluster, SMALL);
      const back = await cluster.readyIs(await cluster.logs.pod(), true, 1200);
      await cluster.logs.stored();
      await cluster.sql(cluster.primary, 'DROP TABLE financial_tracker.more');
      const test = await cluster.run('restore-test');
      await cluster.storeIn();
      await cluster.run('backup');
      if (!succeeded || during !== before || after !== before + 1) {
        fail(`${before} dumps before, ${during} while it was full, ${after} after; the Job said: ${lastOf(log)}`);
      }
      return `“${said.slice(0, 160)}”; shipping not ready after ${unready.toFixed(0)} s; with room the same Job stored its dump (ready again ${((Date.now() - began) / 1000).toFixed(0)} s and ${back.toFixed(0)} s later); ${lastOf(test.log)}`;
    },
  },
  corrupt: {
    promise: 'one byte of the stored dump, then of a log, changed: the restore test fails and says which',
    run: async (cluster) => {
      await cluster.run('backup');
      const said: string[] = [];
      await cluster.logs.stored();
      for (const [folder, why] of [
        ['drill/dumps/data', /.*(hash|ciphertext|invalid|damaged|unexpected).*/i],
        ['drill/logs/data', /piece \S+ of the logs cannot be read.*/],
      ] as const) {
        const file = await cluster.bucket.corrupt(folder);
        said.push(await cluster.mustFail('restore-test', why));
        await cluster.bucket.mend(file);
      }
      await cluster.run('restore-test');
      return `${said.map((text) => `“${text.slice(0, 160)}”`).join('; ')}; mended, it succeeds`;
    },
  },
  chain: {
    promise: 'a stored log cut short, then one that is gone: the restore test fails and says which',
    run: async (cluster) => {
      await cluster.run('backup');
      await cluster.silence(true);
      for (const table of ['first', 'second']) {
        await cluster.sql(cluster.primary, `CREATE TABLE financial_tracker.${table} (id INT PRIMARY KEY)`);
        await cluster.logs.stored();
      }
      const said: string[] = [];
      for (const [damage, why] of [
        [
          'files=("$second"/binlog.*); head --bytes=-20 "${files[-1]}" >/spool/cut; mv /spool/cut "${files[-1]}"',
          /log \S+ is (?:broken|cut off).*/,
        ],
        ['rm -r "$first"', /the logs have a gap.*/],
      ] as const) {
        const mend = await cluster.logs.storeDamaged(damage);
        said.push(await cluster.mustFail('restore-test', why));
        await mend();
      }
      const test = await cluster.run('restore-test');
      await cluster.sql(cluster.primary, 'USE financial_tracker; DROP TABLE first, second');
      await cluster.silence(false);
      return `${said.map((text) => `“${text}”`).join('; ')}; mended: ${lastOf(test.log)}`;
    },
  },
  canary: {
    promise: `${CANARY.promise}, while a dump asks MySQL and a restored server is kept`,
    run: async (cluster) => {
      await cluster.run('backup');
      await cluster.restoreBeside();
      // It waits for what reads a table, so it is there to be looked at.
      const replica = cluster.servers.find((server) => server !== cluster.primary) ?? fail('there is no replica');
      const reader = cluster.sql(replica, 'SELECT SLEEP(18) FROM financial_tracker.migrations LIMIT 1');
      const job = await cluster.startJob('backup');
      await until('the dump to begin', 120, async () => (await cluster.kubectl.try(['logs', `job/${job}`])).stdout.includes('dumping'));
      const said = await CANARY.run(cluster);
      await reader;
      return said;
    },
  },
};
