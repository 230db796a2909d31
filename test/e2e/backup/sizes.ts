import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { BackupCluster } from './cluster';

/** Sizes of the database in GB. E2E_SIZES names others, for instance 0.1,0.2 for a short run. */
export const SIZES = (process.env['E2E_SIZES'] ?? '1,5,10').split(',').map(Number);

/** Seconds that anything takes for a GB at most, on a slow machine. */
export const SECONDS_PER_GB = 600;

/** Rows of a transaction, of 1 KB each: small enough for the memory and the files of a transaction. */
const ROWS = 50_000;

interface Measured {
  readonly size: number;
  readonly fill: number;
  readonly backup: number;
  readonly restore: number;
}

/** Adds rows until the table has this many GB, and waits until the replica has them. Text that hardly compresses, as in real life. */
async function fill(cluster: BackupCluster, from: number, to: number): Promise<void> {
  await cluster.sql(
    cluster.primary,
    `CREATE TABLE IF NOT EXISTS financial_tracker.ballast
       (id BIGINT AUTO_INCREMENT PRIMARY KEY, account INT NOT NULL, text VARCHAR(1024) NOT NULL, KEY (account))`,
  );
  for (let rows = from * 1e6; rows < to * 1e6; rows += ROWS) {
    await cluster.sql(
      cluster.primary,
      `SET cte_max_recursion_depth = ${ROWS};
       INSERT INTO financial_tracker.ballast (account, text)
         WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
         SELECT FLOOR(RAND() * 1000000), HEX(RANDOM_BYTES(500)) FROM n`,
    );
  }
  const executed = await cluster.executed(cluster.primary);
  for (const server of cluster.servers) {
    await until(
      `${server} to have it all`,
      to * SECONDS_PER_GB,
      async () => (await cluster.sql(server, `SELECT GTID_SUBSET('${executed}', @@GLOBAL.gtid_executed)`)).trim() === '1',
    );
    // What the fill has logged is not measured, and would fill the volumes.
    await cluster.sql(server, 'FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 SECOND');
  }
}

/** The line of least squares through the points: seconds at nothing, and for each GB. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): { readonly start: number; readonly slope: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))];
  const spread = points.reduce((sum, [each]) => sum + (each - x) ** 2, 0);
  const slope = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / spread;
  return { start: y - slope * x, slope };
}

const secondsIn = (log: string, pattern: RegExp) => Number(pattern.exec(log)?.[1] ?? fail(`nothing says ${pattern.source}`));

/** How long databases of several sizes take, and what follows for one of 50 GB. */
export const sizes: Drill<BackupCluster> = {
  promise: `databases of ${SIZES.join(', ')} GB: a dump, and a restore elsewhere that has all rows`,
  run: async (cluster) => {
    if (SIZES.length < 2 || SIZES.some((size, index) => !(size > (SIZES[index - 1] ?? 0)))) {
      fail(`E2E_SIZES must be at least two growing numbers of GB, for instance 1,5,10; it is ${SIZES.join()}`);
    }
    const measured: Measured[] = [];
    for (const [index, size] of SIZES.entries()) {
      // A history of its own for each: nothing has to ship what the fill logs.
      await cluster.logs.running(false);
      const began = Date.now();
      await fill(cluster, SIZES[index - 1] ?? 0, size);
      const filled = (Date.now() - began) / 1000;
      await cluster.storeIn({ folder: `drill-${size}` });
      const seconds = size * SECONDS_PER_GB + 600;
      const dump = await cluster.run('backup', seconds);
      await cluster.logs.stored();
      const log = await cluster.restoreBeside(undefined, seconds);
      const count = 'SELECT COUNT(*) FROM financial_tracker.ballast';
      const [live, copy] = [await cluster.sql(cluster.primary, count), await cluster.restored(count)];
      if (live.trim() !== copy.trim()) {
        fail(`${size} GB: the copy has ${copy.trim()} rows, the primary ${live.trim()}`);
      }
      await cluster.kubectl.out(['delete', 'job/restore', 'pvc/restored']);
      const [backup, restore] = [secondsIn(dump.log, /stored \S+ after (\d+) s/), secondsIn(log, /restored to \S+ after (\d+) s/)];
      measured.push({ size, fill: filled, backup, restore });
      cluster.report.note(`${size} GB: filled in ${filled.toFixed(0)} s, dumped in ${backup} s, restored in ${restore} s`);
    }
    await cluster.sql(cluster.primary, 'DROP TABLE financial_tracker.ballast');
    const at50 = (of: (each: Measured) => number) => {
      const { start, slope } = lineThrough(measured.map((each) => [each.size, of(each)]));
      return `${slope.toFixed(1)} s for each GB, ${((start + 50 * slope) / 60).toFixed(0)} min for 50 GB if that goes on`;
    };
    const rows = measured.map(({ size, backup, restore }) => `${size} GB dumped in ${backup} s and restored in ${restore} s`);
    return `${rows.join('; ')}; dump: ${at50(({ backup }) => backup)}; restore: ${at50(({ restore }) => restore)}`;
  },
};
