import { until } from '../kubectl';
import { underWrites, type MysqlDrill } from './drill';

/** What its operators do to a database. */
export const CHANGES: Readonly<Record<string, MysqlDrill>> = {
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
