import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
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

/** Writes one environment for those who are measured against: as kustomize reads it, its files and their list, and its objects as JSON by file. */
export function synthesizeForPeers(outdir: string): void {
  synthesizeMany(1, outdir);
  const files = readdirSync(join(outdir, 'bench-0'));
  writeFileSync(join(outdir, 'kustomization.yaml'), `resources:\n${files.map((file) => `- bench-0/${file}\n`).join('')}`);
  const objects = Object.fromEntries(files.map((file) => [file.split('.')[0] ?? '', Yaml.load(join(outdir, 'bench-0', file)) as unknown]));
  writeFileSync(join(outdir, 'objects.json'), JSON.stringify(objects));
}

if (require.main === module) {
  synthesizeMany(Number(process.argv[2]), process.argv[3] ?? '');
}
