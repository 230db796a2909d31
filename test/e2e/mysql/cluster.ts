import { Cpu } from '../../../imports/k8s';
import { serversOf, type OfficialSettings } from '../../../lib/components/mysql';
import type { Environment } from '../../../lib/environments';
import { BASE } from '../environment';
import { Installation } from '../installation';
import { until } from '../kubectl';
import { fail, type Report } from '../report';
import { Exclusive } from '../watch';

/** Production's MySQL, small: two replicas, and nothing acknowledged that only one server has. */
const SETTINGS: OfficialSettings = { ...BASE.mysql, replicas: 2, semiSync: 'durability' };

/** The drills' own environment with it. */
const DRILL: Environment = {
  ...BASE,
  // May use both processors, but asks for less than each of three nodes has left, however the other pods were placed.
  php: { ...BASE.php, cpu: Cpu.millis(500) },
  mysql: SETTINGS,
};

/** FinTrack with several MySQL servers, and what drills do to them. */
export class MysqlCluster extends Installation {
  private settings = SETTINGS;

  constructor(report: Report) {
    super(report, DRILL);
  }

  get primary(): string {
    return this.settings.primary;
  }

  protected override get database(): string {
    return this.primary;
  }

  get servers(): string[] {
    return serversOf(this.settings);
  }

  get replicas(): string[] {
    return this.servers.filter((pod) => pod !== this.primary);
  }

  /** Starts from nothing. @param moments what is in the log of the first primary's initialisation each time it is killed */
  async create(moments: readonly RegExp[]): Promise<void> {
    await this.begin();
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

  /** Waits until it says something. @param since in milliseconds since the epoch */
  async roleToSay(pod: string, text: string, since: number): Promise<void> {
    const logs = ['logs', pod, '--container=role', `--since-time=${new Date(since).toISOString()}`];
    await until(`${pod} to say ${text}`, 240, async () => (await this.kubectl.out(logs)).includes(text));
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
    await this.apply({ mysql: this.settings });
  }

  /** Declares a server primary, and makes the declaration arrive. */
  async declare(pod: string): Promise<void> {
    await this.change({ primary: pod });
    await this.announcePrimary();
  }

  /** The documented promotion: declare, make the declaration arrive, watch. @returns seconds until the server took writes */
  async promote(pod: string, ...options: string[]): Promise<number> {
    const began = Date.now();
    await this.change({ primary: pod });
    await this.promoteDeclared(pod, ...options);
    return (Date.now() - began) / 1000;
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

  /** Watches every 100 ms which servers are open: one that is about to close still is. `stop` tells whether two ever were in the same tenth of a second. */
  watchOpen(): { readonly stop: () => string } {
    const open = new Exclusive('open');
    const loop =
      '. /etc/fintrack/mysql/server.sh; while sleep 0.1; do echo "SELECT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 10), @@GLOBAL.super_read_only AND @@GLOBAL.read_only;"; done | here --unbuffered';
    const watches = this.servers.map((pod) =>
      this.kubectl.keep(['exec', pod, '--container=mysql', '--', 'bash', '-c', loop], (line) => {
        const [moment, closed] = line.split('\t');
        open.sample(pod, Number(moment), closed === '0');
      }),
    );
    return {
      stop: () => {
        watches.forEach((watch) => watch.stop());
        return open.verdict();
      },
    };
  }
}
