import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { App } from 'cdk8s';
import { BaseTier, DataTier, Tier, WebTier, type Manifest } from './charts';
import { DockerFiles } from './docker/docker-files';
import type { Environment } from './environments';
import { disruptionFindings, drainFindings, environmentFindings, fileFindings, previousFindings, referenceFindings } from './rules';

/** An environment as a cdk8s App: its tiers, each depending on the one before, so that their files sort in that order. */
export function createFinTrack(environment: Environment, files: DockerFiles, outdir?: string): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  const props = { environment, files };
  const base = new BaseTier(app, 'base', props);
  const data = new DataTier(app, 'data', props);
  const web = new WebTier(app, 'web', { ...props, data });
  data.addDependency(base);
  web.addDependency(data);
  return app;
}

/** The objects of an environment, in the order in which they are applied. */
export function manifestsOf(app: App): Manifest[] {
  return app.charts.flatMap((chart) => (chart instanceof Tier ? chart.toJson() : []));
}

/** What cannot be made: files that cannot be used and settings that cannot work, one line each. */
export function settingFindings(environments: readonly Environment[], files: DockerFiles): readonly string[] {
  return [...(files.findings.length > 0 ? files.findings : fileFindings(files)), ...environments.flatMap(environmentFindings)];
}

/**
 * Writes the manifests of environments into a folder each, all of them or none: with a finding, the folders stay as they were.
 *
 * @param outdir folder that holds one folder for each environment
 * @returns findings, one line each; none means that everything was written
 */
export function synthesize(environments: readonly Environment[], outdir: string, files = new DockerFiles()): readonly string[] {
  const before = settingFindings(environments, files);
  if (before.length > 0) {
    return before;
  }
  mkdirSync(dirname(outdir), { recursive: true });
  // Beside the target, so that the rename at the end stays on one file system.
  const fresh = mkdtempSync(join(dirname(outdir), `.${basename(outdir)}-`));
  try {
    const findings = environments.flatMap((environment) => {
      const app = createFinTrack(environment, files, join(fresh, environment.name));
      app.synth();
      const [before, after] = [join(outdir, environment.name), app.outdir];
      return [
        ...referenceFindings(manifestsOf(app)),
        ...disruptionFindings(manifestsOf(app)),
        ...drainFindings(manifestsOf(app), files),
        ...previousFindings(before, after),
      ].map((finding) => `${environment.name}: ${finding}`);
    });
    if (findings.length === 0) {
      mkdirSync(outdir, { recursive: true });
      for (const { name } of environments) {
        rmSync(join(outdir, name), { recursive: true, force: true });
        renameSync(join(fresh, name), join(outdir, name));
      }
    }
    return findings;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
