import { backupDrills } from './backup';
import { admission } from './admission';
import { foundation } from './foundation';
import { gitopsDrills } from './gitops';
import { monitoringDrills } from './monitoring';
import { mysqlDrills } from './mysql';
import { networkDrills } from './network';
import { redisDrills } from './redis';
import { secretsDrills } from './secrets';
import { tlsDrills } from './tls';
import { webDrills } from './web';

/** What `npm run e2e -- NAME` runs; without a name the first. */
const RUNS: Readonly<Record<string, (only: readonly string[]) => Promise<number>>> = {
  foundation,
  mysql: mysqlDrills,
  redis: redisDrills,
  web: webDrills,
  network: networkDrills,
  secrets: secretsDrills,
  gitops: gitopsDrills,
  backup: backupDrills,
  monitoring: monitoringDrills,
  admission,
  tls: tlsDrills,
};

const [name = 'foundation', ...only] = process.argv.slice(2);
const run = Object.hasOwn(RUNS, name) ? RUNS[name] : undefined;
if (run === undefined) {
  console.error(`e2e: ${name} is unknown; there are ${Object.keys(RUNS).join(', ')}`);
  process.exit(1);
}
run(only).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error((error as Error).message);
    process.exit(1);
  },
);
