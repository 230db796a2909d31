import { join, relative } from 'node:path';
import { settings } from './settings';
import { synthesizeCluster } from './synthesize';

// `npm run cluster:synth`; the command line of CDK Terrain, for who has it, names the folder.
const outdir = process.env['CDKTF_OUTDIR'] ?? join(__dirname, '../../cdktf.out');
const findings = synthesizeCluster(settings, outdir);

findings.forEach((finding) => console.error(finding));
if (findings.length === 0) {
  const folder = relative(process.cwd(), join(outdir, 'stacks', settings.name));
  console.log(`The add-ons of ${settings.name} are in ${folder}. Next, with terraform or with tofu:`);
  ['init', 'plan -out=add-ons.plan', 'apply add-ons.plan'].forEach((command) => console.log(`  terraform -chdir=${folder} ${command}`));
}
process.exitCode = findings.length > 0 ? 1 : 0;
