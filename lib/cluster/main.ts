import { App } from 'cdktn';
import { isAbsolute, join, relative } from 'node:path';
import { ADD_ONS } from './add-ons';
import { settings, type ClusterSettings } from './settings';
import { ClusterStack } from './stack';

const REPOSITORY = join(__dirname, '../..');

/** Writes the configuration of a cluster into a folder. @returns what is wrong with the settings, one line each; then nothing is written */
export function synthesizeCluster(settings: ClusterSettings, outdir: string): string[] {
  const findings = findingsIn(settings);
  if (findings.length > 0) return findings;

  const app = new App({ outdir });
  const stack = new ClusterStack(app, settings);
  const { terraform } = stack.toTerraform();
  // Without a path of its own it takes that of the folder in which synth was started.
  if (isAbsolute(terraform.backend?.local?.path ?? '')) {
    return ['lib/cluster/settings.ts: backend is a file on this machine, by its absolute path; give LocalBackend a relative one, or share another'];
  }
  app.synth();
  return [];
}

/** The same for who runs it without the compiler, as `npm run cluster:synth` does. */
function findingsIn({ backend, kubernetes, addOns }: Partial<ClusterSettings>): string[] {
  const names: readonly string[] = ADD_ONS.map(({ name }) => name);
  return [
    ...(typeof backend === 'function' ? [] : ['backend is missing; say where Terraform keeps its state, for instance in an S3Backend']),
    ...(isAbsolute(kubernetes?.kubeconfig ?? '') ? [`kubernetes.kubeconfig ${kubernetes?.kubeconfig} is a path of one machine; begin it with ~/`] : []),
    ...(addOns ?? []).filter((name) => !names.includes(name)).map((name) => `addOns has ${name}; there are ${names.join(', ')}`),
  ].map((finding) => `lib/cluster/settings.ts: ${finding}`);
}

if (require.main === module) {
  // The command line of CDK Terrain names the folder.
  const outdir = process.env['CDKTF_OUTDIR'] ?? join(REPOSITORY, 'cdktf.out');
  const findings = synthesizeCluster(settings, outdir);
  findings.forEach((finding) => console.error(finding));
  if (findings.length === 0) {
    const folder = relative(process.cwd(), join(outdir, 'stacks', settings.name));
    console.log(`${folder} is written. Next, with terraform or tofu:\n`);
    ['init', 'plan -out=add-ons.plan', 'apply add-ons.plan'].forEach((command) => console.log(`  terraform -chdir=${folder} ${command}`));
  }
  process.exitCode = findings.length > 0 ? 1 : 0;
}
