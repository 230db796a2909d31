import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { App } from 'cdk8s';
import {
  ArgoCdApplications,
  ArgoCdProject,
  BackupTier,
  BaseTier,
  ClusterPolicies,
  DataTier,
  MonitoringTier,
  Tier,
  isBackedUp,
  WebTier,
  type Delivery,
  type Manifest,
} from './charts';
import { DockerFiles } from './docker/docker-files';
import type { Environment } from './environments';
import {
  collisionFindings,
  environmentFindings,
  fileFindings,
  folderFindings,
  immutableFindings,
  manifestFindings,
  previousFindings,
  requirementFindings,
} from './rules';

/** An environment as a cdk8s App: its tiers, each depending on the one before, so that their files sort in that order. */
export function createFinTrack(environment: Environment, files: DockerFiles, outdir?: string): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  const props = { environment, files };
  const base = new BaseTier(app, 'base', props);
  const data = new DataTier(app, 'data', props);
  const web = new WebTier(app, 'web', { ...props, data });
  data.addDependency(base);
  web.addDependency(data);
  // Behind base alone, and so in this order too: cdk8s walks every path of objects from tier to tier, a third of a second more behind web.
  const { monitoring } = environment;
  if (monitoring !== undefined) {
    new MonitoringTier(app, 'monitoring', { environment: { ...environment, monitoring }, files }).addDependency(base);
  }
  if (isBackedUp(environment)) {
    new BackupTier(app, 'backup', { environment, files }).addDependency(base);
  }
  return app;
}

/** The tiers of an environment, in the order in which they are applied: that in which they are made. `app.charts` would compute it from all objects. */
export function tiersOf(app: App): Tier[] {
  return app.node.children.filter((chart): chart is Tier => chart instanceof Tier);
}

/** The objects of an environment, in the order in which they are applied. */
export function manifestsOf(app: App): Manifest[] {
  return tiersOf(app).flatMap((tier) => tier.toJson());
}

/** The objects of each tier by its name, in the order in which the tiers are applied. */
export function manifestsByTier(app: App): Record<string, Manifest[]> {
  return Object.fromEntries(tiersOf(app).map((tier) => [tier.node.id, tier.toJson()]));
}

/** What environments share, by its folder in `dist/`; `argocd` is empty where Argo CD keeps no environment. */
function createShared(deliveries: readonly Delivery[], outdir: string): Record<string, App> {
  const shared = { argocd: new App({ outdir: join(outdir, 'argocd') }), cluster: new App({ outdir: join(outdir, 'cluster') }) };
  new ClusterPolicies(shared.cluster, 'policies');
  if (deliveries.length > 0) {
    const project = new ArgoCdProject(shared.argocd, 'project', deliveries);
    for (const delivery of deliveries) {
      // After the project, without which they are refused.
      new ArgoCdApplications(shared.argocd, delivery.environment.name, delivery).addDependency(project);
    }
  }
  return shared;
}

/** What cannot be made: files that cannot be used and settings that cannot work, one line each. @param all every environment that there is */
export function settingFindings(environments: readonly Environment[], files: DockerFiles, all = environments): readonly string[] {
  return [
    ...(files.findings.length > 0 ? files.findings : fileFindings(files)),
    ...collisionFindings(all),
    ...folderFindings(all),
    ...environments.flatMap(environmentFindings),
  ];
}

/**
 * Writes the manifests of environments into a folder each, all of them or none: with a finding, the folders stay as they were.
 *
 * @param outdir folder that holds one folder for each environment
 * @param all every environment that there is; where they are the written ones, what they share is written too @default - it is not
 * @returns findings, one line each; none means that everything was written
 */
export function synthesize(
  environments: readonly Environment[],
  outdir: string,
  files = new DockerFiles(),
  all?: readonly Environment[],
): readonly string[] {
  const before = settingFindings(environments, files, all);
  if (before.length > 0) {
    return before;
  }
  mkdirSync(dirname(outdir), { recursive: true });
  // Beside the target, so that the rename at the end stays on one file system.
  const fresh = mkdtempSync(join(dirname(outdir), `.${basename(outdir)}-`));
  try {
    const apps = environments.map((environment) => ({
      environment,
      app: createFinTrack(environment, files, join(fresh, environment.name)),
    }));
    const findings = apps.flatMap(({ environment, app }) => {
      app.synth();
      return [
        ...manifestFindings(manifestsByTier(app), files),
        ...requirementFindings(manifestsOf(app)),
        ...previousFindings(join(outdir, environment.name), app.outdir),
        ...immutableFindings(join(outdir, environment.name), app.outdir, environment.transitions),
      ].map((finding) => `${environment.name}: ${finding}`);
    });
    if (findings.length === 0) {
      const shared = environments.length === all?.length ? createShared(deliveriesOf(apps), fresh) : {};
      Object.values(shared).forEach((app) => app.synth());
      mkdirSync(outdir, { recursive: true });
      for (const name of [...environments.map((environment) => environment.name), ...Object.keys(shared)]) {
        rmSync(join(outdir, name), { recursive: true, force: true });
        renameSync(join(fresh, name), join(outdir, name));
      }
    }
    return findings;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** What Argo CD keeps of some environments. */
function deliveriesOf(apps: readonly { readonly environment: Environment; readonly app: App }[]): Delivery[] {
  return apps.flatMap(({ environment, app }) => {
    const { argocd } = environment;
    return argocd === undefined ? [] : [{ environment: { ...environment, argocd }, tiers: tiersOf(app) }];
  });
}
