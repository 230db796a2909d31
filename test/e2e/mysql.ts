import { Application } from './application';
import { until } from './kubectl';
import { MysqlCluster } from './mysql-cluster';
import { fail, Report } from './report';

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A drill: what it promises, and how it is held to it. It leaves every server ready. */
interface Drill {
  readonly promise: string;
  readonly run: (mysql: MysqlCluster) => Promise<string>;
}

/** Writes, does something to the cluster, and checks that writes come back in time with nothing lost. */
async function underWrites(mysql: MysqlCluster, seconds: number, disturb: () => Promise<void>): Promise<string> {
  await mysql.openDoor();
  const ledger = await mysql.startLedger();
  await pause(5);
  const disturbed = Date.now();
  const rate = ledger.rate(disturbed - 5000, disturbed);
  await disturb();
  await until('writes', 180, async () => Promise.resolve(ledger.times.filter((time) => time > Date.now() - 1000).length > 10));
  await pause(5);
  const gap = ledger.longestGap(disturbed);
  const books = await mysql.settle(ledger);
  await mysql.ready();
  const detail = `${rate.toFixed(0)} writes/s, away for ${gap.toFixed(1)} s, ${books}`;
  return gap <= seconds ? detail : fail(`${detail}; promised were ${seconds} s`);
}

const DRILLS: Readonly<Record<string, Drill>> = {
  crash: {
    promise: 'mysqld of the primary killed: writes are back within 60 s by themselves, none lost, none twice',
    run: (mysql) => underWrites(mysql, 60, () => mysql.kill(mysql.primary, `mysqld --server-id=.*report-host=${mysql.primary}`)),
  },
  delete: {
    promise: 'pod of the primary deleted: the same',
    run: (mysql) =>
      underWrites(mysql, 60, async () => {
        await mysql.kubectl.out(['delete', 'pod', mysql.primary]);
      }),
  },
  switchover: {
    promise: 'planned switchover and back under writes: none lost, none twice, never two open servers',
    run: async (mysql) => {
      const [before, next = ''] = [mysql.primary, mysql.replicas[0]];
      const watch = mysql.watchOpen();
      const there = await underWrites(mysql, 60, async () => {
        await mysql.promote(next);
      });
      const back = await underWrites(mysql, 60, async () => {
        await mysql.promote(before);
      });
      return `there: ${there}; back: ${back}; ${watch.stop()}; ${await mysql.compare()}`;
    },
  },
  node: {
    promise:
      'node of the primary off, then the documented promotion: reads go on, writes are back within 120 s, none lost; the old primary returns closed and follows',
    run: async (mysql) => {
      const old = mysql.primary;
      const node = await mysql.nodeOf(old);
      // Whatever else lives there would be away too; this drill is about the database.
      await mysql.kubectl.out(['cordon', node.name]);
      const others = (await mysql.kubectl.list('pods')).filter(
        (pod) => pod['spec'].nodeName === node.name && pod.metadata.labels?.['app.kubernetes.io/name'] !== 'mysql',
      );
      await mysql.kubectl.out(['delete', 'pod', ...others.map((pod) => pod.metadata.name)]);
      await mysql.ready();
      await mysql.openDoor(node.name);
      const ledger = await mysql.startLedger();
      const watch = mysql.watchOpen();
      await mysql.machine('node', 'stop', node.number);
      const browser = new Application(`http://127.0.0.1:${mysql.port}`);
      let [reads, failed] = [0, 0];
      const reader = { on: true };
      const readers = (async () => {
        while (reader.on) {
          const status = await browser.send('GET', '/').then(
            (response) => response.status,
            () => 0,
          );
          reads += 1;
          failed += status === 200 ? 0 : 1;
          await pause(0.2);
        }
      })();
      await pause(10);
      const began = Date.now();
      const next = mysql.replicas[0] ?? fail('there is no replica');
      await mysql.promote(next, '--old-primary-is-lost');
      await until('writes', 120, async () => Promise.resolve(ledger.times.some((time) => time > began)));
      const seconds = ((ledger.times.find((time) => time > began) ?? Date.now()) - began) / 1000;
      await pause(5);
      reader.on = false;
      await readers;
      await mysql.machine('node', 'start', node.number);
      await mysql.kubectl.out(['uncordon', node.name]);
      const books = await mysql.settle(ledger);
      await mysql.ready();
      const closed = (await mysql.sql(old, 'SELECT @@GLOBAL.super_read_only')).trim();
      const detail = `writes back ${seconds.toFixed(1)} s after the procedure began, ${failed} of ${reads} reads failed, ${books}; ${watch.stop()}; ${await mysql.compare()}`;
      return closed === '1' && seconds <= 120 ? detail : fail(`${detail}; old primary closed: ${closed}`);
    },
  },
  volume: {
    promise:
      'volume of the primary lost: it does not come up empty, the promoted replica has every acknowledged write, the old name joins as a copy',
    run: async (mysql) => {
      const old = mysql.primary;
      await mysql.openDoor();
      const ledger = await mysql.startLedger();
      const watch = mysql.watchOpen();
      await mysql.kubectl.out(['delete', 'persistentvolumeclaim', `data-${old}`, '--wait=false']);
      await mysql.kubectl.out(['delete', 'pod', old, '--grace-period=0', '--force']);
      const refusal = await until('the empty server to say why it waits', 120, async () => {
        const { stdout } = await mysql.kubectl.try(['logs', old, '--container=bootstrap']);
        return /this volume is empty.*/.exec(stdout)?.[0];
      });
      mysql.report.note(refusal);
      const seconds = await mysql.promote(mysql.replicas[0] ?? '', '--old-primary-is-lost');
      await pause(5);
      const books = await mysql.settle(ledger);
      await mysql.ready();
      return `promoted in ${seconds.toFixed(1)} s, ${books}; ${watch.stop()}; ${await mysql.compare()}`;
    },
  },
  lag: {
    promise: 'applier of a replica stopped for two minutes: it leaves mysql-read within 45 s and returns by itself',
    run: async (mysql) => {
      const replica = mysql.replicas.at(-1) ?? fail('there is no replica');
      await mysql.openDoor();
      const ledger = await mysql.startLedger();
      await mysql.sql(replica, 'STOP REPLICA SQL_THREAD');
      const left = await mysql.readyIs(replica, false, 60);
      await pause(120 - left);
      await mysql.sql(replica, 'START REPLICA SQL_THREAD');
      const back = await mysql.readyIs(replica, true, 120);
      const books = await mysql.settle(ledger);
      const detail = `left after ${left.toFixed(0)} s, back ${back.toFixed(0)} s after it ran again, ${books}; ${await mysql.compare()}`;
      return left <= 45 ? detail : fail(detail);
    },
  },
  all: {
    promise: 'all database pods killed at once, then all nodes off and on: it comes back by itself with every acknowledged write',
    run: async (mysql) => {
      const killed = await underWrites(mysql, 180, async () => {
        await mysql.kubectl.out(['delete', 'pod', ...mysql.servers, '--grace-period=0', '--force']);
      });
      await mysql.openDoor();
      const ledger = await mysql.startLedger();
      mysql.closeDoor();
      for (const action of ['stop', 'start']) {
        for (const node of ['1', '2', '3']) {
          await mysql.machine('node', action, node);
        }
      }
      const began = Date.now();
      await pause(10);
      await mysql.ready();
      const seconds = (Date.now() - began) / 1000;
      await mysql.openDoor();
      return `killed: ${killed}; nodes: all ready after ${seconds.toFixed(0)} s, ${await mysql.settle(ledger)}; ${await mysql.compare()}`;
    },
  },
};

/** MySQL under faults, one drill after another on one installation. @param only names of drills; none means all @returns the exit code */
export async function mysqlDrills(only: readonly string[]): Promise<number> {
  const report = new Report();
  const unknown = only.filter((name) => !Object.hasOwn(DRILLS, name));
  if (unknown.length > 0) {
    throw new Error(`e2e mysql: ${unknown.join(', ')} unknown; there are ${Object.keys(DRILLS).join(', ')}`);
  }
  const mysql = new MysqlCluster(report);
  const created = await report.check('a primary and two replicas come up from nothing', async () => {
    await mysql.create();
    return mysql.compare();
  });
  for (const [name, { promise, run }] of Object.entries(DRILLS)) {
    if (created && (only.length === 0 || only.includes(name))) {
      await report.check(`${name}: ${promise}`, () => run(mysql));
    }
  }
  mysql.closeDoor();
  if (created && only.length === 0) {
    const version = (await mysql.sql(mysql.primary, 'SELECT VERSION()')).trim();
    report.write('mysql', `MySQL ${version}, one primary and two replicas, semi-synchronous with \`durability\``);
  }
  return report.finish();
}
