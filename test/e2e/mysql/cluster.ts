import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Cpu } from '../../../imports/k8s';
import { serversOf, type OfficialSettings } from '../../../lib/components/mysql';
import type { Environment } from '../../../lib/environments';
import { local } from '../../../lib/environments/local';
import { Deployment } from '../deployment';
import { until, type KubernetesObject } from '../kubectl';
import { Ledger } from '../ledger';
import { fail, type Report } from '../report';

const run = promisify(execFile);

/** Production's MySQL, small: two replicas, and nothing acknowledged that only one server has. */
const SETTINGS: OfficialSettings = { ...local.mysql, replicas: 2, semiSync: 'durability' };

/** `local` with it. */
const DRILL: Environment = {
  ...local,
  name: 'drill',
  namespace: 'fintrack-drill',
  php: { ...local.php, cpu: Cpu.millis(1000) },
  mysql: SETTINGS,
};

/** FinTrack with several MySQL servers on a cluster, and what drills do to it. */
export class MysqlCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'fintrack-drill-'));
  private settings = SETTINGS;
  private deployment = new Deployment(DRILL, join(this.folder, DRILL.name));
  private door: { readonly port: number; readonly stop: () => void } | undefined;
  private ledgers = 0;

  constructor(readonly report: Report) {}

  get kubectl() {
    return this.deployment.kubectl;
  }

  get primary(): string {
    return this.settings.primary;
  }

  get servers(): string[] {
    return serversOf(this.settings);
  }

  get replicas(): string[] {
    return this.servers.filter((pod) => pod !== this.primary);
  }

  /** Starts from nothing. @param moments what is in the log of the first primary's initialisation each time it is killed */
  async create(moments: readonly RegExp[]): Promise<void> {
    await this.kubectl.try(['delete', 'namespace', DRILL.namespace, '--ignore-not-found']);
    await this.deployment.waitForRoom();
    await this.change({});
    for (const moment of moments) {
      await this.bootstrapSays(this.primary, moment);
      if (!(await this.killBootstrap(this.primary))) {
        fail(`the first initialisation ended before it could be killed at ${moment.source}`);
      }
      // A new pod with the same volume starts at once; the old one would wait longer before each start.
      await this.kubectl.out(['delete', 'pod', this.primary]);
    }
    await this.ready();
  }

  /** Waits until the log of a server's first start has a text, and notices it at once. @returns what matched */
  async bootstrapSays(pod: string, text: RegExp): Promise<string> {
    return until(`${pod} to say ${text.source}`, 120, () => this.kubectl.follow(pod, 'bootstrap', text));
  }

  /** What container `role` of a server has said. */
  async roleSays(pod: string): Promise<string> {
    return this.kubectl.out(['logs', pod, '--container=role']);
  }

  /** Kills a server's first start and all its processes. @returns whether it was still running */
  async killBootstrap(pod: string): Promise<boolean> {
    try {
      await this.kill(pod, 'bash /etc/fintrack/mysql/bootstrap.sh');
      return true;
    } catch (error) {
      // What pkill ends with when nothing matches; all else is no answer.
      if ((error as { code?: number }).code === 1) {
        return false;
      }
      throw error;
    }
  }

  /** Takes a server and its volume away; another begins with an empty one. */
  async discard(pod: string): Promise<void> {
    const before = (await this.pod(pod)).metadata.uid;
    await this.kubectl.out(['delete', 'persistentvolumeclaim', `data-${pod}`, '--wait=false']);
    await this.kubectl.out(['delete', 'pod', pod]);
    await until(`another ${pod}`, 120, async () => (await this.pod(pod)).metadata.uid !== before);
  }

  /** Waits until every server runs what the environment says. */
  async rolledOut(): Promise<void> {
    for (const { metadata } of await this.kubectl.list('statefulsets')) {
      await this.kubectl.out(['rollout', 'status', `statefulset/${metadata.name}`, '--timeout=300s']);
    }
    await this.ready();
  }

  /** Changes MySQL's settings as a human would: environment, synth, apply. */
  async change(settings: Partial<OfficialSettings>): Promise<void> {
    this.settings = { ...this.settings, ...settings };
    this.deployment = this.deployment.change({ mysql: this.settings });
    await this.deployment.apply();
  }

  /** Waits until every pod is ready. */
  async ready(seconds = 300): Promise<void> {
    await this.deployment.waitForPods(seconds, (text) => this.report.note(text));
  }

  /** Waits until a server is ready, or is not. */
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

  /** Rows of a query on a server, as its root. */
  async sql(pod: string, query: string): Promise<string> {
    const script = '. /etc/fintrack/mysql/server.sh; here';
    return this.kubectl.out(['exec', '--stdin', pod, '--container=mysql', '--', 'bash', '-c', script], query);
  }

  /** The documented promotion: declare, make the declaration arrive, watch. @returns seconds until the server took writes */
  async promote(pod: string, ...options: string[]): Promise<number> {
    const began = Date.now();
    await this.change({ primary: pod });
    await this.kubectl.out(['annotate', 'pods', '--selector=app.kubernetes.io/name=mysql', `fintrack/topology=${began}`, '--overwrite']);
    const script = '/etc/fintrack/mysql/promote.sh';
    const said = await this.kubectl.out(['exec', pod, '--container=mysql', '--', 'bash', script, ...options]);
    this.report.note(said.trim().split('\n').at(-1) ?? '');
    return (Date.now() - began) / 1000;
  }

  /** The documented change of a password: a second one, the Secret, and when its users have taken it, the first one ends. */
  async changePassword(key: string, taken: () => Promise<void>): Promise<void> {
    const script = (...options: string[]) => [
      'exec',
      '--stdin',
      this.primary,
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

  /** A ledger that is already writing at full speed. */
  async startLedger(): Promise<Ledger> {
    const name = `ledger${(this.ledgers += 1)}-${process.pid}`;
    const ledger = new Ledger(name, join(this.folder, `${name}.txt`), () => this.port);
    ledger.start(12);
    await until('writes', 60, async () => Promise.resolve(ledger.times.length > 200));
    return ledger;
  }

  /** Stops a ledger and holds it against the primary. @throws when a transfer is missing or is there twice */
  async settle(ledger: Ledger): Promise<string> {
    await ledger.stop();
    const { acknowledged, missing, twice } = await ledger.balance((sql) => this.sql(this.primary, `USE financial_tracker; ${sql}`));
    if (missing.length > 0 || twice.length > 0) {
      fail(
        `of ${acknowledged} acknowledged writes ${missing.length} are missing (${missing.slice(0, 3).join(', ')}) and ${twice.length} are there twice`,
      );
    }
    return `${acknowledged} acknowledged writes, none missing, none twice`;
  }

  /** Compares every table and account of every server once the replicas have caught up. @throws with the servers that differ */
  async compare(): Promise<string> {
    const executed = (await this.sql(this.primary, 'SELECT @@GLOBAL.gtid_executed')).trim().replaceAll('\\n', '');
    const tables = (
      await this.sql(this.primary, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'financial_tracker'")
    )
      .trim()
      .split('\n');
    const query = `USE financial_tracker; CHECKSUM TABLE ${tables.join(', ')}; SELECT user, host FROM mysql.user ORDER BY 1, 2`;
    // Jobs and the scheduler go on writing, so once equal is equal.
    return until('equal tables', 120, async () => {
      const sums = await Promise.all(
        this.servers.map(async (pod) => {
          await this.sql(pod, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', 60)`);
          return this.sql(pod, query);
        }),
      );
      const different = this.servers.filter((_, index) => sums[index] !== sums[0]);
      return different.length === 0
        ? `${tables.length} tables equal on ${this.servers.length} servers`
        : fail(`${different.join(', ')} differ`);
    });
  }

  /** Watches every 100 ms which servers are open. `stop` tells whether two ever were in the same tenth of a second. */
  watchOpen(): { readonly stop: () => string } {
    const open = new Map<number, Set<string>>();
    let samples = 0;
    let stopped = false;
    const loop =
      '. /etc/fintrack/mysql/server.sh; while sleep 0.1; do echo "SELECT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 10), @@GLOBAL.super_read_only;"; done | here --unbuffered';
    const children = new Set<ReturnType<typeof spawn>>();
    const watch = (pod: string) => {
      if (stopped) {
        return;
      }
      const child = spawn('kubectl', ['--namespace', DRILL.namespace, 'exec', pod, '--container=mysql', '--', 'bash', '-c', loop], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.add(child);
      child.stdout.on('data', (text: Buffer) => {
        for (const line of text.toString().trim().split('\n')) {
          const [moment, closed] = line.split('\t');
          samples += 1;
          if (closed === '0') {
            open.set(Number(moment), (open.get(Number(moment)) ?? new Set()).add(pod));
          }
        }
      });
      child.on('exit', () => {
        children.delete(child);
        setTimeout(() => watch(pod), 200);
      });
    };
    this.servers.forEach(watch);
    return {
      stop: () => {
        stopped = true;
        children.forEach((child) => child.kill());
        const both = [...open].filter(([, pods]) => pods.size > 1);
        return both.length === 0
          ? `never two open in ${samples} samples`
          : fail(`${[...(both[0]?.[1] ?? [])].join(' and ')} were open at once, ${both.length} times`);
      },
    };
  }

  /** Runs the program that CLUSTER_COMMAND names, which knows `node stop N`, `node start N` and `exec N COMMAND…`. */
  async machine(...args: string[]): Promise<string> {
    const command = process.env['CLUSTER_COMMAND'] ?? fail('this drill needs CLUSTER_COMMAND, a program that stops and starts nodes');
    return (await run(command, args)).stdout;
  }

  /** Number of the node that a pod runs on: node names end in it. */
  async nodeOf(pod: string): Promise<{ readonly name: string; readonly number: string }> {
    const name = (await this.pod(pod))['spec'].nodeName as string;
    return { name, number: /\d+$/.exec(name)?.[0] ?? fail(`node ${name} has no number`) };
  }

  /** Kills the processes of a pod's node whose command line matches, without a goodbye. */
  async kill(pod: string, pattern: string): Promise<void> {
    await this.machine('exec', (await this.nodeOf(pod)).number, 'pkill', '-9', '-f', pattern);
  }
}
