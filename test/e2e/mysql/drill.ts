import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import type { MysqlCluster } from './cluster';
import { fail } from '../report';

/** A drill on MySQL. */
export type MysqlDrill = Drill<MysqlCluster>;

/** Writes, does something to the cluster, and checks that writes come back in time with nothing lost. */
export async function underWrites(mysql: MysqlCluster, seconds: number, disturb: () => Promise<void>): Promise<string> {
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
