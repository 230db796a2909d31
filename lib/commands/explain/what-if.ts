import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../charts';
import type { DockerFiles } from '../../docker/docker-files';
import type { Environment } from '../../environments';
import { createFinTrack, manifestsOf, settingFindings, synthesize } from '../../fintrack';
import { objectChanges, type Change } from './changes';
import { explain } from './explanation';
import type { Assigned } from './settings';

/** The folder that `npm run synth` writes. */
const DIST = join(__dirname, '../../../dist');

/** Why settings cannot be tried. */
export type Refusal = Pick<Change, 'findings'>;

/** What assignments would change; where rules refuse the settings themselves, no manifests are made and the findings are all there is. */
export function changeOf(before: Environment, { environment: after, assignments }: Assigned, files: DockerFiles): Change | Refusal {
  const findings = settingFindings([after], files);
  if (findings.length > 0) {
    return { findings };
  }
  const [past, manifests] = [manifestsFor(before, files), manifestsFor(after, files)];
  return {
    settings: assignments,
    before: explain(before, past, files),
    after: explain(after, manifests, files),
    objects: objectChanges(past, manifests),
    findings: verdictOn(after, files),
  };
}

/** What synth itself says, beside the manifests so far, in a folder that is then thrown away. */
function verdictOn(environment: Environment, files: DockerFiles): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'fintrack-explain-'));
  try {
    const past = join(DIST, environment.name);
    if (existsSync(past)) {
      cpSync(past, join(folder, 'dist', environment.name), { recursive: true });
    }
    return synthesize([environment], join(folder, 'dist'), files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function manifestsFor(environment: Environment, files: DockerFiles): Manifest[] {
  return manifestsOf(createFinTrack(environment, files));
}
