import { randomBytes } from 'node:crypto';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DockerFiles } from '../../lib/docker/docker-files';
import type { Environment } from '../../lib/environments';
import { Application } from './application';
import { Deployment } from './deployment';
import { until, type Kubectl, type KubernetesObject } from './kubectl';
import { Ledger } from './ledger';
import { fail, type Report } from './report';

const run = promisify(execFile);

/** FinTrack on a cluster, in a namespace of its own, and what every drill does to it. */
export abstract class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'fintrack-drill-'));
  private deployment: Deployment;
  private door: { readonly port: number; readonly stop: () => void } | undefined;
  private ledgers = 0;

  constructor(
    readonly report: Report,
    environment: Environment,
  ) {
    this.deployment = new Deployment(environment, join(this.folder, environment.name));
  }

  /** The pod whose MySQL takes writes. */
  protected abstract get database(): string;

  get kubectl() {
    return this.deployment.kubectl;
  }

  /** Folder of what is applied. */
  get manifestFolder(): string {
    return this.deployment.folder;
  }

  /** What its Secrets hold, by `Secret/key`. */
  async secretValues(): Promise<ReadonlyMap<string, string>> {
    const secrets = await this.kubectl.list('secrets');
    const entries = secrets.flatMap((secret) =>
      Object.entries<string>(secret['data']).map(
        ([key, value]) => [`${secret.metadata.name}/${key}`, Buffer.from(value, 'base64').toString()] as const,
      ),
    );
    return new Map(entries);
  }

  /** Takes away what an earlier run left, and applies everything anew. */
  async begin(): Promise<void> {
    await this.kubectl.try(['delete', 'namespace', this.kubectl.namespace, '--ignore-not-found']);
    await this.deployment.waitForRoom();
    await this.apply({});
  }

  /** Changes the installation as a human would: environment, synth, apply. */
  async apply(changes: Partial<Environment>, files?: DockerFiles): Promise<void> {
    this.synth(changes, files);
    await this.deployment.apply();
  }

  /** The same without the apply. @returns the folder of its manifests */
  protected synth(changes: Partial<Environment>, files?: DockerFiles): string {
    this.deployment = this.deployment.change(changes, files);
    return this.deployment.folder;
  }

  /** Has all servers of MySQL see at once which of them is declared primary, as documented. */
  protected async announcePrimary(): Promise<void> {
    const annotation = `fintrack/topology=${Date.now()}`;
    await this.kubectl.out(['annotate', 'pods', '--selector=app.kubernetes.io/name=mysql', annotation, '--overwrite']);
  }

  /** That, and waits until the declared one takes writes. @param options of promote.sh */
  protected async promoteDeclared(pod: string, ...options: string[]): Promise<void> {
    await this.announcePrimary();
    const said = await this.kubectl.out(['exec', pod, '--container=mysql', '--', 'bash', '/etc/fintrack/mysql/promote.sh', ...options]);
    this.report.note(said.trim().split('\n').at(-1) ?? '');
  }

  /** Waits until every pod is ready. @param seconds longer than a pod of PHP waits for its assets (300) @param selector labels of the pods @default - all */
  async ready(seconds = 600, selector = ''): Promise<void> {
    await this.deployment.waitForPods(seconds, (text) => this.report.note(text), selector);
  }

  /** Waits until a pod is ready, or is not. @returns the seconds it took */
  async readyIs(pod: string, wanted: boolean, seconds: number): Promise<number> {
    const began = Date.now();
    await until(`${pod} to be ${wanted ? '' : 'not '}ready`, seconds, async () => {
      const object = await this.pod(pod);
      const conditions: { type: string; status: string }[] = object['status'].conditions ?? [];
      return conditions.some(({ type, status }) => type === 'Ready' && (status === 'True') === wanted);
    });
    return (Date.now() - began) / 1000;
  }

  async pod(name: string): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl.out(['get', 'pod', name, '--output=json'])) as KubernetesObject;
  }

  /** Rows of a query on a MySQL server, as its root. */
  async sql(pod: string, query: string): Promise<string> {
    const script = '. /etc/fintrack/mysql/server.sh; here';
    return this.kubectl.out(['exec', '--stdin', pod, '--container=mysql', '--', 'bash', '-c', script], query);
  }

  /** The documented change of one of MySQL's passwords: a second one, the Secret, and when its users have taken it, the first one ends. */
  async changePassword(key: string, taken: () => Promise<void>): Promise<void> {
    const script = (...options: string[]) => [
      'exec',
      '--stdin',
      this.database,
      '--container=mysql',
      '--',
      'bash',
      '/etc/fintrack/mysql/password.sh',
      key,
      ...options,
    ];
    const password = randomBytes(16).toString('hex');
    this.report.note((await this.kubectl.out(script(), password)).trim());
    const secret = JSON.parse(await this.kubectl.out(['get', 'secret', 'fintrack-mysql', '--output=json'])) as KubernetesObject;
    secret['data'][key] = Buffer.from(password).toString('base64');
    await this.kubectl.out(['replace', '--filename', '-'], JSON.stringify(secret));
    await taken();
    const seen = await until('the new password to arrive', 180, async () => {
      const { code, stdout } = await this.kubectl.try(script('--discard-old'), password);
      return code === 0 && stdout.trim();
    });
    this.report.note(seen);
  }

  /** Opens a door to an nginx pod that is not on a node. */
  async openDoor(avoid?: string): Promise<void> {
    this.door?.stop();
    const pods = await this.kubectl.list('pods');
    const pod =
      pods.find(
        ({ metadata, spec, status }) => metadata.name.startsWith('nginx-') && spec.nodeName !== avoid && status.phase === 'Running',
      ) ?? fail('no nginx pod is on another node');
    this.door = await this.kubectl.forward(`pod/${pod.metadata.name}:8080`);
  }

  closeDoor(): void {
    this.door?.stop();
  }

  get port(): number {
    return this.door?.port ?? 0;
  }

  /** A browser that comes through the door, with cookies of its own. */
  browser(): Application {
    return new Application(`http://127.0.0.1:${this.port}`);
  }

  /** A ledger that is already writing at full speed. */
  async startLedger(parallel = 12, warm = 200): Promise<Ledger> {
    const name = `ledger${(this.ledgers += 1)}-${process.pid}`;
    const ledger = new Ledger(name, join(this.folder, `${name}.txt`), () => this.port);
    ledger.start(parallel);
    await until('writes', 60, async () => Promise.resolve(ledger.times.length > warm));
    return ledger;
  }

  /** Stops a ledger and holds it against the database. @throws when a transfer is missing or is there twice */
  async settle(ledger: Ledger): Promise<string> {
    await ledger.stop();
    return this.audit(ledger);
  }

  /** Holds what was acknowledged against the database. @throws when a transfer is missing or is there twice */
  async audit(books: Pick<Ledger, 'balance'>): Promise<string> {
    const { acknowledged, missing, twice } = await books.balance((sql) => this.sql(this.database, `USE financial_tracker; ${sql}`));
    if (missing.length > 0 || twice.length > 0) {
      fail(
        `of ${acknowledged} acknowledged writes ${missing.length} are missing (${missing.slice(0, 3).join(', ')}) and ${twice.length} are there twice`,
      );
    }
    return `${acknowledged} acknowledged writes, none missing, none twice`;
  }

  /** Runs the program that CLUSTER_COMMAND names, which knows `node stop N`, `node start N`, `net N off`, `net N on` and `exec N COMMAND…`. */
  async machine(...args: string[]): Promise<string> {
    return (await run(clusterCommand(), args)).stdout;
  }

  /** The same, to speak with while it runs. */
  startMachine(...args: string[]): ChildProcess {
    return spawn(clusterCommand(), args, { stdio: ['pipe', 'pipe', 'ignore'] });
  }

  /** Number of the node that a pod runs on: node names end in it. */
  async nodeOf(pod: string): Promise<{ readonly name: string; readonly number: string }> {
    const name = (await this.pod(pod))['spec'].nodeName as string;
    return { name, number: /\d+$/.exec(name)?.[0] ?? fail(`node ${name} has no number`) };
  }

  /** Moves pods to other nodes, where they stay until the node is uncordoned. @param stay instance labels of those that do not move */
  async vacate(node: string, stay: RegExp): Promise<void> {
    await this.kubectl.out(['cordon', node]);
    const others = (await this.kubectl.list('pods')).filter(
      (pod) => pod['spec'].nodeName === node && !stay.test(pod.metadata.labels?.['app.kubernetes.io/instance'] ?? ''),
    );
    if (others.length > 0) {
      await this.kubectl.out(['delete', 'pod', ...others.map((pod) => pod.metadata.name)]);
    }
    await this.ready();
  }

  /** Makes sure that one of a Deployment's pods runs on a node. @param selector labels of these pods */
  async attract(node: string, kubectl: Kubectl, selector: string): Promise<void> {
    const pods = await kubectl.list('pods', selector);
    const [mover] = pods;
    if (mover === undefined || pods.some((pod) => pod['spec'].nodeName === node)) {
      return;
    }
    const others = (await kubectl.list('nodes')).map(({ metadata }) => metadata.name).filter((name) => name !== node);
    await kubectl.out(['cordon', ...others]);
    try {
      await kubectl.out(['delete', 'pod', mover.metadata.name]);
      await kubectl.out(['wait', 'pod', `--selector=${selector}`, '--for=condition=Ready', '--timeout=120s']);
    } finally {
      await kubectl.out(['uncordon', ...others]);
    }
  }

  /** Makes sure that none of a Deployment's pods runs on a node that takes no more. @param selector labels of these pods */
  async repel(node: string, kubectl: Kubectl, selector: string): Promise<void> {
    for (const { metadata, spec } of await kubectl.list('pods', selector)) {
      if (spec.nodeName === node) {
        await kubectl.out(['delete', 'pod', metadata.name]);
      }
    }
    await kubectl.out(['wait', 'pod', `--selector=${selector}`, '--for=condition=Ready', '--timeout=120s']);
  }

  /** Kills the processes of a pod's node whose command line matches, without a goodbye. */
  async kill(pod: string, pattern: string): Promise<void> {
    await this.machine('exec', (await this.nodeOf(pod)).number, 'pkill', '-9', '-f', pattern);
  }
}

function clusterCommand(): string {
  return process.env['CLUSTER_COMMAND'] ?? fail('this drill needs CLUSTER_COMMAND, a program that stops and starts nodes');
}
