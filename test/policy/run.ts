import { table, type Row } from './table';
import { SCANNERS, isInstalled } from './scanners';

/**
 * `npm run policy -- [SCANNER…]`: every scanner that is on the PATH over dist/production, one table of them all.
 * Those that are named must be there.
 */
const required = process.argv.slice(2);
const unknown = required.filter((name) => !Object.hasOwn(SCANNERS, name));
if (unknown.length > 0) {
  console.error(`policy: ${unknown.join(', ')} unknown; there are ${Object.keys(SCANNERS).join(', ')}`);
  process.exit(1);
}
const missing = required.filter((name) => !isInstalled(name));
const rows = Object.entries(SCANNERS).flatMap(([name, scan]): Row[] =>
  isInstalled(name) ? scan().map((result) => ({ scanner: name, ...result })) : [],
);
const findings = rows.flatMap(({ scanner, findings: found }) => (found ?? []).map((finding) => `${scanner}: ${finding}`));
findings.forEach((finding) => console.error(finding));
missing.forEach((name) => console.error(`policy: ${name} is not on the PATH; .github/workflows/ci.yaml shows how it is installed`));
console.log(table(rows));
process.exit(findings.length > 0 || missing.length > 0 || rows.length === 0 ? 1 : 0);
