import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { production } from '../../lib/environments/production';
import { synthesize } from '../../lib/fintrack';

/** Writes some environments that differ from production in name only. @throws with the findings of a rule */
function synthesizeMany(count: number, outdir: string): void {
  const environments = Array.from({ length: count }, (_, number) => ({
    ...production,
    name: `bench-${number}`,
    namespace: `fintrack-bench-${number}`,
  }));
  const findings = synthesize(environments, outdir);
  if (findings.length > 0) {
    throw new Error(findings.join('\n'));
  }
}

/** Writes one environment as kustomize reads it: its files and their list. */
export function synthesizeForKustomize(outdir: string): void {
  synthesizeMany(1, outdir);
  const resources = readdirSync(join(outdir, 'bench-0')).map((file) => `- bench-0/${file}\n`);
  writeFileSync(join(outdir, 'kustomization.yaml'), `resources:\n${resources.join('')}`);
}

if (require.main === module) {
  synthesizeMany(Number(process.argv[2]), process.argv[3] ?? '');
}
