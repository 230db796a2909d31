import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Rounds; every command runs once in each, so that a busy moment of the machine meets all alike. */
const ROUNDS = 9;

/** Environments, where one is too few to tell what each of them takes. */
const MANY = 11;

/** How much longer than cdk8s alone an environment may take: computing its objects, and every rule. */
const FURTHER_LIMIT = 2;

const root = join(__dirname, '..', '..');
const bin = join(root, 'node_modules', '.bin');
const work = mkdtempSync(join(tmpdir(), 'fintrack-bench-'));
const outdir = (name: string) => ({ ...process.env, CDK8S_OUTDIR: join(work, name), CDK8S_CHECK_UPGRADE: 'false' });

/** A command that is timed as a whole process, and how often the floor it may take. */
interface Candidate {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  readonly limit?: number;
  readonly times: number[];
}

const candidate = (name: string, argv: Candidate['argv'], options: { env?: NodeJS.ProcessEnv; limit?: number } = {}): Candidate => ({
  name,
  argv,
  times: [],
  ...options,
});
const generated = (count: number) =>
  candidate(`${count} generated environments`, [
    join(bin, 'ts-node'),
    join(__dirname, 'generated.ts'),
    String(count),
    join(work, `generated-${count}`),
  ]);

/** What cdk8s takes alone for the same objects: nothing computes or checks them. Arguments: their file, how often, a folder. */
const ALONE = `
  const { ApiObject, App, Chart } = require('cdk8s');
  const [objects, count, outdir] = [require(process.argv[1]), Number(process.argv[2]), process.argv[3]];
  for (let number = 0; number < count; number++) {
    const app = new App({ outdir: outdir + '/' + number });
    for (const [name, list] of Object.entries(objects)) {
      const chart = new Chart(app, name, { disableResourceNameHashes: true });
      list.forEach((object, index) => new ApiObject(chart, String(index), object));
    }
    app.synth();
  }`;
const alone = (count: number) =>
  candidate(`cdk8s alone, ${count} of the same`, [
    'node',
    '-e',
    ALONE,
    join(work, 'peers', 'objects.json'),
    String(count),
    join(work, `alone-${count}`),
  ]);

const [floor, manyAlone, one, many] = [alone(1), alone(MANY), generated(1), generated(MANY)];
const candidates = [
  floor,
  candidate('ts-node main.ts production', [join(bin, 'ts-node'), 'main.ts', 'production'], { env: outdir('one'), limit: 4 }),
  // No slower than synth, which a human waits for too.
  candidate('ts-node lib/commands/explain.ts production', [join(bin, 'ts-node'), 'lib/commands/explain.ts', 'production'], { limit: 4 }),
  candidate('npm run synth', ['npm', 'run', '--silent', 'synth'], { env: outdir('all'), limit: 6 }),
  candidate('cdk8s synth', [join(bin, 'cdk8s'), 'synth', '--no-check-upgrade', '--output', join(work, 'cli')]),
  candidate('kubectl kustomize, the same output', ['kubectl', 'kustomize', join(work, 'peers')]),
  one,
  many,
  manyAlone,
];

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs a command to its end. @returns milliseconds, or undefined when the program is not there. @throws when it fails */
function time({ name, argv: [command, ...args], env }: Candidate): number | undefined {
  const began = process.hrtime.bigint();
  const { error, status, stderr } = spawnSync(command, args, { cwd: root, env: env ?? process.env, encoding: 'utf8' });
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6;
  if (error) {
    return undefined;
  }
  if (status !== 0) {
    throw new Error(`${name} ended with ${String(status)}: ${stderr.trim()}`);
  }
  return milliseconds;
}

function measure(): void {
  const peers = `import { synthesizeForPeers } from './generated'; synthesizeForPeers(${JSON.stringify(join(work, 'peers'))});`;
  spawnSync(join(bin, 'ts-node'), ['-e', peers], { cwd: __dirname, stdio: 'inherit' });
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\r`);
    for (const each of candidates) {
      const milliseconds = time(each);
      if (milliseconds !== undefined) {
        each.times.push(milliseconds);
      }
    }
  }
  console.log(`${'command'.padEnd(44)}${'min'.padStart(7)}${'median'.padStart(8)}${'max'.padStart(7)} ms${'× floor'.padStart(10)}   limit`);
  let exceeded = false;
  for (const { name, times, limit } of candidates) {
    const ratio = median(times) / median(floor.times);
    exceeded ||= limit !== undefined && ratio > limit;
    const [min, mid, max] = [Math.min(...times), median(times), Math.max(...times)].map((value) => value.toFixed(0));
    const verdict = limit === undefined ? '' : `${limit} ${ratio <= limit ? 'kept' : 'EXCEEDED'}`;
    console.log(
      times.length === 0
        ? `${name.padEnd(44)}  is not installed`
        : `${name.padEnd(44)}${String(min).padStart(7)}${String(mid).padStart(8)}${String(max).padStart(7)}   ${ratio.toFixed(1).padStart(10)}   ${verdict}`,
    );
  }
  const further = (all: Candidate, first: Candidate) => (median(all.times) - median(first.times)) / (MANY - 1);
  const [ours, theirs] = [further(many, one), further(manyAlone, floor)];
  const kept = ours <= FURTHER_LIMIT * theirs;
  console.log(
    `each further environment: ${ours.toFixed(0)} ms, ${(ours / theirs).toFixed(1)} times cdk8s alone, limit ${FURTHER_LIMIT} ${kept ? 'kept' : 'EXCEEDED'}`,
  );
  // Only on request: on a busy machine the figures say more about the machine.
  if (process.argv.includes('--enforce') && (exceeded || !kept)) {
    process.exitCode = 1;
  }
}

try {
  measure();
} finally {
  rmSync(work, { recursive: true, force: true });
}
