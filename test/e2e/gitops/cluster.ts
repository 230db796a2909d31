import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ADD_ONS, rootApplication } from '../../../lib/cluster/add-ons';
import { secretsOf } from '../../../lib/commands/secrets';
import type { DockerFiles } from '../../../lib/docker/docker-files';
import type { Environment } from '../../../lib/environments';
import { synthesize } from '../../../lib/fintrack';
import { ALERTS } from '../environment';
import { Kubectl, until, type KubernetesObject } from '../kubectl';
import { fail } from '../report';
import { DRILL, WebCluster } from '../web/cluster';

const run = promisify(execFile);
/** Tiers, in their order. */
const TIERS = ['base', 'data', 'web', ...(ALERTS ? ['monitoring'] : [])];

/** What Argo CD says of an Application. */
interface ApplicationStatus {
  readonly sync?: { readonly status: string; readonly revision: string };
  readonly health?: { readonly status: string };
  readonly operationState?: { readonly phase: string; readonly message?: string; readonly finishedAt?: string };
}

/** `DRILL`, and a second server of MySQL to promote. */
export const GITOPS_DRILL = { ...DRILL, mysql: { ...DRILL.mysql, replicas: 1 } } satisfies Environment;

/** FinTrack that Argo CD keeps equal to a Git repository on this machine. */
export class GitOpsCluster extends WebCluster {
  readonly argocd = new Kubectl('argocd');
  private daemon: ChildProcess | undefined;
  private environment: Environment = GITOPS_DRILL;

  private get repository(): string {
    return join(this.folder, 'repositories', 'fintrack');
  }

  private async git(...args: string[]): Promise<string> {
    const author = ['-c', 'user.name=drill', '-c', 'user.email=drill@fintrack.example'];
    return (await run('git', ['-C', this.repository, ...author, ...args])).stdout.trim();
  }

  /** From an empty cluster: a repository, the Secrets, and the root Application. @returns seconds until all are healthy and in sync */
  override async create(): Promise<number> {
    await this.removeApplications();
    await this.kubectl.try(['delete', 'namespace', this.kubectl.namespace, '--ignore-not-found']);
    await until(
      'the namespace of an earlier run to go',
      300,
      async () => (await this.kubectl.try(['get', 'namespace', this.kubectl.namespace])).code !== 0,
    );
    const { blocks, machine } = await this.sources();
    this.environment = {
      ...GITOPS_DRILL,
      edge: { type: 'ingress', className: 'drill', tlsSecret: 'none', proxies: { addresses: blocks } },
      nginx: { ...DRILL.nginx, scale: { minReplicas: 2, maxReplicas: 4, targetCpuPercent: 70 } },
      argocd: { repository: `git://${machine}/fintrack`, revision: 'main' },
    };
    mkdirSync(this.repository, { recursive: true });
    await this.git('init', '--quiet', '--initial-branch=main');
    this.daemon = spawn(
      'git',
      ['daemon', `--listen=${machine}`, '--export-all', '--reuseaddr', `--base-path=${join(this.folder, 'repositories')}`],
      { stdio: 'ignore' },
    );
    await this.commit('The first release');
    const began = Date.now();
    const dist = join(this.repository, 'dist');
    await this.kubectl.out(['apply', '--filename', join(dist, this.environment.name, '0000-base.k8s.yaml')]);
    await this.kubectl.out(['create', '--filename', '-'], secretsOf(this.environment));
    await this.applyRootApplication();
    await this.addressIngress();
    await this.settled(300);
    await this.reach();
    return (Date.now() - began) / 1000;
  }

  /** The root Application, and how Argo CD rates Applications: what the charts of `npm run cluster:synth` make of their values. */
  async applyRootApplication(): Promise<void> {
    const argoCd = ADD_ONS.find(({ name }) => name === 'argo-cd')?.values as { configs: { cm: Record<string, string> } };
    const data = argoCd.configs.cm;
    await this.argocd.out(['patch', 'configmap', 'argocd-cm', '--type=merge', `--patch=${JSON.stringify({ data })}`]);
    const { repository, revision } = this.environment.argocd ?? fail('the environment has no argocd');
    const { applications } = rootApplication({ repository, revision }).values as { applications: Record<string, { namespace: string }> };
    for (const [name, { namespace, ...spec }] of Object.entries(applications)) {
      const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name, namespace }, spec };
      await this.argocd.out(['apply', '--filename', '-'], JSON.stringify(application));
    }
  }

  /** The root Application first, which would make the others again. */
  async removeApplications(): Promise<void> {
    await this.argocd.out(['delete', 'application', 'fintrack', '--ignore-not-found']);
    await this.argocd.out(['delete', 'application,appproject', '--selector=app.kubernetes.io/part-of=fintrack', '--ignore-not-found']);
  }

  /** When the Applications of the data and the web tier came and when MySQL was ready, in seconds after that of the base tier came. */
  async order(): Promise<{ readonly data: number; readonly web: number; readonly database: number }> {
    const came = async (tier: string) =>
      Date.parse(
        await this.argocd.out(['get', 'application', this.applicationOf(tier), '--output=jsonpath={.metadata.creationTimestamp}']),
      );
    const ready = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].lastTransitionTime}';
    const base = await came('base');
    const since = (moment: number) => (moment - base) / 1000;
    return {
      data: since(await came('data')),
      web: since(await came('web')),
      database: since(Date.parse(await this.kubectl.out(['get', 'pod', this.database, ready]))),
    };
  }

  /** The documented promotion by commit: when the data tier is in sync, the declaration is made to arrive, and watched. */
  async promote(pod: string, commit: string): Promise<void> {
    await until('the data tier to be in sync', 200, async () => {
      const { sync } = await this.status('data');
      return sync?.status === 'Synced' && sync.revision === commit;
    });
    await this.promoteDeclared(pod);
  }

  /** Does what its controller would do: Argo CD waits until somebody gives an Ingress an address. */
  private async addressIngress(): Promise<void> {
    const address = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    const patch = ['patch', 'ingress/nginx', '--subresource=status', '--type=merge', `--patch=${JSON.stringify(address)}`];
    await until('the Ingress', 200, async () => (await this.kubectl.try(patch)).code === 0);
  }

  /** Commits what an environment would be with changes. @returns the commit */
  async commit(message: string, changes: Partial<Environment> = {}, files?: DockerFiles): Promise<string> {
    const environment = { ...this.environment, ...changes };
    const fresh = join(this.folder, 'fresh', 'dist');
    rmSync(fresh, { recursive: true, force: true });
    const findings = synthesize([environment], fresh, files, [environment]);
    if (findings.length > 0) {
      fail(findings.join('\n'));
    }
    rmSync(join(this.repository, 'dist'), { recursive: true, force: true });
    cpSync(fresh, join(this.repository, 'dist'), { recursive: true });
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
    return this.head();
  }

  /** Takes the last commit back. @returns the commit that does */
  async revert(): Promise<string> {
    await this.git('revert', '--no-edit', 'HEAD');
    return this.head();
  }

  private head(): Promise<string> {
    return this.git('rev-parse', 'HEAD');
  }

  private applicationOf(tier: string): string {
    return `fintrack-${this.environment.name}-${tier}`;
  }

  async status(tier: string): Promise<ApplicationStatus> {
    return (
      (
        JSON.parse(await this.argocd.out(['get', 'application', this.applicationOf(tier), '--output=json'])) as {
          status?: ApplicationStatus;
        }
      ).status ?? {}
    );
  }

  /** Waits until every Application is at a commit, healthy and in sync. @param commit @default - the newest @returns seconds */
  async settled(seconds: number, commit?: string): Promise<number> {
    const began = Date.now();
    const wanted = commit ?? (await this.head());
    let said = '';
    await until('Argo CD to be healthy and in sync', seconds, async () => {
      const states = await Promise.all(TIERS.map((tier) => this.status(tier)));
      const text = states
        .map(({ sync, health, operationState }, index) => `${TIERS[index]} ${sync?.status} ${health?.status} ${operationState?.phase}`)
        .join(', ');
      if (text !== said) this.report.note((said = text));
      const there = states.every(
        ({ sync, health, operationState }) =>
          sync?.status === 'Synced' &&
          sync.revision === wanted &&
          health?.status === 'Healthy' &&
          (operationState?.phase ?? 'Succeeded') === 'Succeeded',
      );
      if (!there) throw new Error(text);
      return true;
    });
    return (Date.now() - began) / 1000;
  }

  /** Has Argo CD read and compare everything anew. */
  async refresh(): Promise<void> {
    await this.argocd.out(['annotate', 'applications', '--all', '--overwrite', 'argocd.argoproj.io/refresh=hard']);
  }

  /** Versions of all objects of FinTrack that Argo CD keeps, by kind and name. */
  async versions(): Promise<Record<string, string>> {
    const kinds = 'configmaps,services,serviceaccounts,deployments,statefulsets,networkpolicies,poddisruptionbudgets,jobs,ingresses';
    const objects = await this.kubectl.list(kinds, 'app.kubernetes.io/part-of=fintrack');
    // A generation changes with what is wished alone; what has none has no status that would change its resource version.
    return Object.fromEntries(
      objects.map(({ kind, metadata }) => {
        const { generation, resourceVersion = '' } = metadata as { generation?: number; resourceVersion?: string };
        return [`${kind} ${metadata.name}`, String(generation ?? resourceVersion)];
      }),
    );
  }

  /** What `kubectl apply` would make of the same environment in a namespace of its own, written as if it were this one. */
  async appliedPlainly(): Promise<KubernetesObject[]> {
    const namespace = `${this.environment.namespace}-plain`;
    const plain = new Kubectl(namespace);
    const folder = join(this.folder, 'plain');
    const findings = synthesize([{ ...this.environment, namespace }], folder);
    if (findings.length > 0) {
      fail(findings.join('\n'));
    }
    await plain.try(['create', 'namespace', namespace]);
    try {
      const text = await plain.out(['apply', '--dry-run=server', '--output=json', '--filename', join(folder, this.environment.name)]);
      return (JSON.parse(text.replaceAll(namespace, this.environment.namespace)) as { items: KubernetesObject[] }).items;
    } finally {
      await plain.try(['delete', 'namespace', namespace, '--wait=false']);
    }
  }

  override closeDoor(): void {
    this.daemon?.kill();
    super.closeDoor();
  }
}
