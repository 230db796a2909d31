import { pause } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { underWrites, type MysqlDrill } from './drill';

/** What its operators do to a database. */
export const CHANGES: Readonly<Record<string, MysqlDrill>> = {
  switchover: {
    promise:
      'planned switchover and back under writes, while a statement runs for 20 s: it and all writes are kept, none twice, never two open servers',
    run: async (mysql) => {
      const [before, next = ''] = [mysql.primary, mysql.replicas[0]];
      const watch = mysql.watchOpen();
      await mysql.sql(before, 'CREATE TABLE financial_tracker.statement (id INT PRIMARY KEY)');
      const there = await underWrites(mysql, 60, async () => {
        const statement = mysql.sql(before, 'INSERT INTO financial_tracker.statement SELECT 1 + SLEEP(20)');
        await mysql.promote(next);
        await statement;
      });
      const kept = (
        await mysql.sql(next, 'SELECT COUNT(*) FROM financial_tracker.statement; DROP TABLE financial_tracker.statement')
      ).trim();
      if (kept !== '1') fail('the statement is lost that ran meanwhile');
      const back = await underWrites(mysql, 60, async () => {
        await mysql.promote(before);
      });
      return `there: ${there}; back: ${back}; ${watch.stop()}; ${await mysql.compare()}`;
    },
  },
  unheard: {
    promise:
      'a switchover from a primary that no replica hears: it closes, the next one says what it lacks and stays closed, and declared again the first one goes on',
    alerts: ['FintrackMysqlReplicationStopped'],
    run: async (mysql) => {
      const [before, next = ''] = [mysql.primary, mysql.replicas[0]];
      const heard = (port: number) =>
        Promise.all(
          mysql.replicas.map((pod) => mysql.sql(pod, `STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT = ${port}; START REPLICA`)),
        );
      const watch = mysql.watchOpen();
      let seconds = 0;
      const books = await underWrites(mysql, 300, async () => {
        await heard(3307);
        await pause(5);
        const began = Date.now();
        await mysql.declare(next);
        await mysql.roleToSay(before, `closed: ${next} is declared primary`, began);
        seconds = (Date.now() - began) / 1000;
        await mysql.roleToSay(next, `not opening: ${before} has transactions that this server lacks`, began);
        const declared = mysql.promote(before);
        await mysql.roleToSay(before, 'open: this server takes writes', began);
        await heard(3306);
        await declared;
      });
      return `closed after ${seconds.toFixed(0)} s; ${books}; ${watch.stop()}; ${await mysql.compare()}`;
    },
  },
  replicas: {
    promise: 'replicas 0 → 1 → 3 → 1 → 2 under writes: none lost, none twice, all tables equal on every server each time',
    run: async (mysql) => {
      // Without semi-synchronous replication: with it, four servers need four nodes.
      await mysql.change({ replicas: 0, semiSync: 'off' });
      await mysql.rolledOut();
      const steps: string[] = [];
      for (const replicas of [1, 3, 1, 2]) {
        await mysql.openDoor();
        const ledger = await mysql.startLedger();
        await mysql.change({ replicas });
        await mysql.rolledOut();
        const books = await mysql.settle(ledger);
        steps.push(`${replicas}: ${books}, ${await mysql.compare()}`);
      }
      await mysql.change({ semiSync: 'durability' });
      await mysql.rolledOut();
      return steps.join('; ');
    },
  },
  password: {
    promise:
      'passwords of the application and of replication changed under writes: none lost, none refused for more than 5 s, and replicas follow',
    run: async (mysql) => {
      const application = await underWrites(mysql, 5, () =>
        mysql.changePassword('app-password', async () => {
          const users = ['deployment/php', 'deployment/queue-worker-default', 'deployment/scheduler'];
          await mysql.kubectl.out(['rollout', 'restart', ...users]);
          for (const user of users) {
            await mysql.kubectl.out(['rollout', 'status', user, '--timeout=300s']);
          }
        }),
      );
      const replication = await underWrites(mysql, 5, () =>
        mysql.changePassword('replication-password', async () => {
          for (const replica of mysql.replicas) {
            await until('the new password', 180, async () =>
              (await mysql.roleSays(replica)).includes('takes the new replication password'),
            );
          }
        }),
      );
      for (const replica of mysql.replicas) {
        await mysql.sql(replica, 'STOP REPLICA IO_THREAD; START REPLICA IO_THREAD');
      }
      return `application: ${application}; replication: ${replication}; ${await mysql.compare()}`;
    },
  },
};
