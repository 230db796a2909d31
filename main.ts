import { join } from 'node:path';
import { supportFindings, usesOf } from './lib/commands/support';
import { environments, type Environment } from './lib/environments';
import { synthesize } from './lib/fintrack';

// `ts-node main.ts` writes every environment and what they share, `ts-node main.ts production` that one alone. cdk8s synth names the folder.
const names = process.argv.slice(2);
const all: Environment[] = Object.values(environments);
const chosen = names.length === 0 ? all : all.filter((environment) => names.includes(environment.name));
const unknown = names
  .filter((name) => !Object.hasOwn(environments, name))
  .map((name) => `${name}: no such environment; there are ${Object.keys(environments).join(', ')}`);
const outdir = process.env['CDK8S_OUTDIR'] ?? join(__dirname, 'dist');
const findings = unknown.length > 0 ? unknown : synthesize(chosen, outdir, undefined, all);

findings.forEach((finding) => console.error(finding));
if (findings.length === 0) {
  const { over, soon } = supportFindings(usesOf(chosen, outdir));
  [...over, ...soon].forEach((finding) => console.error(`warning: ${finding}`));
}
process.exitCode = findings.length > 0 ? 1 : 0;
