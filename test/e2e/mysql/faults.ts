import { pause } from '../drill';
import { until } from '../kubectl';
import { underWrites, type MysqlDrill } from './drill';
import { fail } from '../report';

/** What happens to a database. */
export const FAULTS: Readonly<Record<string, MysqlDrill>> = {
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
  node: {
    promise:
      'node of the primary off, then the documented promotion: reads go on, writes are back within 120 s, none lost; the old primary returns closed, and joins or is refused with a reason and copied anew',
    run: async (mysql) => {
      const old = mysql.primary;
      const node = await mysql.nodeOf(old);
      // Whatever else lives there would be away too; this drill is about the database.
      await mysql.vacate(node.name, /^mysql/);
      await mysql.openDoor(node.name);
      const ledger = await mysql.startLedger();
      const watch = mysql.watchOpen();
      await mysql.machine('node', 'stop', node.number);
      const browser = mysql.browser();
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
      const returned = await until(
        `${old} to join or to say why not`,
        120,
        async () => /following .*|refusing to follow .*?: [^.]*/.exec(await mysql.roleSays(old))?.[0],
      );
      mysql.report.note(returned);
      const closed = (await mysql.sql(old, 'SELECT @@GLOBAL.super_read_only')).trim();
      const refused = returned.startsWith('refusing');
      if (refused) {
        await mysql.discard(old);
      }
      await mysql.ready();
      const detail = `writes back ${seconds.toFixed(1)} s after the procedure began, ${failed} of ${reads} reads failed, ${books}; the old primary ${refused ? 'was refused and copied anew' : 'joined'}; ${watch.stop()}; ${await mysql.compare()}`;
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
      mysql.report.note(await mysql.bootstrapSays(old, /this volume is empty.*/));
      const seconds = await mysql.promote(mysql.replicas[0] ?? '', '--old-primary-is-lost');
      await pause(5);
      const books = await mysql.settle(ledger);
      await mysql.ready();
      return `promoted in ${seconds.toFixed(1)} s, ${books}; ${watch.stop()}; ${await mysql.compare()}`;
    },
  },
  alone: {
    promise:
      'volumes of both replicas lost, under writes: the primary closes while it is copied, for a copy and the writes wait for each other; writes are back within 120 s, none lost',
    run: async (mysql) => {
      const { primary } = mysql;
      const books = await underWrites(mysql, 120, async () => {
        await Promise.all(mysql.replicas.map((replica) => mysql.discard(replica)));
      });
      const closed = /closing until a copy.*/.exec(await mysql.roleSays(primary))?.[0] ?? fail(`${primary} did not close`);
      return `${books}; “${closed.slice(0, 50)}…”; ${await mysql.compare()}`;
    },
  },
  copy: {
    promise: 'copy of a new server killed at five moments: it begins again each time, and ends as a server with all data and accounts',
    run: async (mysql) => {
      const replica = mysql.replicas.at(-1) ?? fail('there is no replica');
      // Enough that a copy takes seconds.
      await mysql.sql(
        mysql.primary,
        `CREATE TABLE financial_tracker.ballast (id INT AUTO_INCREMENT PRIMARY KEY) SELECT REPEAT(UUID(), 28) AS text
           FROM information_schema.COLUMNS a, information_schema.COLUMNS b LIMIT 200000`,
      );
      const copying = async () => {
        await mysql.discard(replica);
        await mysql.bootstrapSays(replica, /copying .*/);
        return Date.now();
      };
      const began = await copying();
      await mysql.bootstrapSays(replica, /copy of .* is complete/);
      const whole = (Date.now() - began) / 1000;
      const moments = [0.1, 0.3, 0.5, 0.7, 0.85].map((share) => share * whole);
      for (const moment of moments) {
        let killed = false;
        // Some copies are faster than the one that was measured; then the moment has passed.
        for (let tries = 0; tries < 3 && !killed; tries += 1) {
          await copying();
          await pause(moment);
          killed = await mysql.killBootstrap(replica);
        }
        if (!killed) {
          fail(`three copies ended before they could be killed after ${moment.toFixed(1)} s`);
        }
        await mysql.bootstrapSays(replica, /interrupted first start found/);
        await mysql.ready();
      }
      const equal = await mysql.compare();
      await mysql.sql(mysql.primary, 'DROP TABLE financial_tracker.ballast');
      return `a copy took ${whole.toFixed(1)} s, killed after ${moments.map((moment) => moment.toFixed(1)).join(', ')} s; ${equal}`;
    },
  },
  lag: {
    promise: 'applier of a replica stopped for two minutes: it leaves mysql-read within 45 s and returns by itself',
    alerts: ['FintrackMysqlReplicationStopped'],
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
