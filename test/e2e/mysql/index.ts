import { runDrills } from '../drill';
import { CHANGES } from './changes';
import { MysqlCluster } from './cluster';
import { FAULTS } from './faults';

/** What is in the log of a first initialisation, from beginning to end. */
const MOMENTS = [
  /InnoDB initialization has started/,
  /InnoDB initialization has ended/,
  /root@localhost is created/,
  /ready for connections/,
  /Received SHUTDOWN/,
];

/** MySQL under faults. @param only names of drills; none means all @returns the exit code */
export const mysqlDrills = (only: readonly string[]) =>
  runDrills<MysqlCluster>(
    {
      name: 'mysql',
      drills: { ...FAULTS, ...CHANGES },
      install: (report) => new MysqlCluster(report),
      create: (all) => ({
        promise: `a primary and two replicas come up from nothing${all ? ', although the first initialisation is killed at five moments' : ''}`,
        run: async (mysql) => {
          await mysql.create(all ? MOMENTS : []);
          return mysql.compare();
        },
      }),
      subject: async (mysql) => {
        const version = (await mysql.sql(mysql.primary, 'SELECT VERSION()')).trim();
        return `MySQL ${version}, one primary and two replicas, semi-synchronous with \`durability\``;
      },
    },
    only,
  );
