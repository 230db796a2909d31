import { App } from 'cdktn';
import { isAbsolute } from 'node:path';
import { ADD_ONS } from './add-ons';
import type { ClusterSettings } from './settings';
import { ClusterStack, OLDEST } from './stack';

/** Writes the configuration of a cluster into a folder. @returns what is wrong with the settings, one line each; then nothing is written */
export function synthesizeCluster(settings: ClusterSettings, outdir: string): string[] {
  const findings = findingsIn(settings);
  if (findings.length > 0) return findings;

  const app = new App({ outdir, context: { targetVersions: { terraform: OLDEST, opentofu: OLDEST } } });
  const stack = new ClusterStack(app, settings);
  // A LocalBackend without a path takes that of the folder in which synth was started.
  if (isAbsolute(stack.toTerraform().terraform.backend?.local?.path ?? '')) {
    return ['backend names a file by a path of this machine; give LocalBackend a relative one, or share another'].map(ofSettings);
  }
  app.synth();
  return [];
}

/** Where a finding belongs. */
const ofSettings = (finding: string) => `lib/cluster/settings.ts: ${finding}`;

/** What the compiler would say, which `npm run cluster:synth` does not ask, and the paths that it cannot know. */
function findingsIn({ backend, kubernetes, addOns = [] }: Partial<ClusterSettings>): string[] {
  const names: readonly string[] = ADD_ONS.map(({ name }) => name);
  const kubeconfig = kubernetes?.kubeconfig ?? '';
  return [
    ...(backend === undefined ? ['backend is missing; say where Terraform keeps its state, for instance in an S3Backend'] : []),
    ...(isAbsolute(kubeconfig) ? [`kubernetes.kubeconfig ${kubeconfig} is a path of one machine; begin it with ~/`] : []),
    ...addOns.filter((name) => !names.includes(name)).map((name) => `addOns names ${name}; there are ${names.join(', ')}`),
  ].map(ofSettings);
}
