import { CHANGES } from './changes';
import { MysqlCluster } from './cluster';
import { FAULTS } from './faults';
import { Report } from '../report';

/** What is in the log of a first initialisation, from beginning to end. */
const MOMENTS = [
  /InnoDB initialization has started/,
  /InnoDB initialization has ended/,
  /root@localhost is created/,
  /ready for connections/,
  /Received SHUTDOWN/,
];

const DRILLS = { ...FAULTS, ...CHANGES };

/** MySQL under faults, one drill after another on one installation. @param only names of drills; none means all @returns the exit code */
export async function mysqlDrills(only: readonly string[]): Promise<number> {
  const report = new Report();
  const all = only.length === 0;
  const unknown = only.filter((name) => !Object.hasOwn(DRILLS, name));
  if (unknown.length > 0) {
    throw new Error(`e2e mysql: ${unknown.join(', ')} unknown; there are ${Object.keys(DRILLS).join(', ')}`);
  }
  const mysql = new MysqlCluster(report);
  const created = await report.check(
    `a primary and two replicas come up from nothing${all ? ', although the first initialisation is killed at five moments' : ''}`,
    async () => {
      await mysql.create(all ? MOMENTS : []);
      return mysql.compare();
    },
  );
  for (const [name, { promise, run }] of Object.entries(DRILLS)) {
    if (created && (all || only.includes(name))) {
      await report.check(`${name}: ${promise}`, () => run(mysql));
    }
  }
  mysql.closeDoor();
  if (created && all) {
    const version = (await mysql.sql(mysql.primary, 'SELECT VERSION()')).trim();
    report.write('mysql', `MySQL ${version}, one primary and two replicas, semi-synchronous with \`durability\``);
  }
  return report.finish();
}
