import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from '../kubectl';
import { fail } from '../report';
import type { RedisCluster } from './cluster';

/** Connections of their own; enough that each proxy has some. */
export const CLIENTS = 4;
/** Milliseconds between two writes of a client: 200 a second together, and a little less for the answers. */
const PAUSE = 20;

interface Line {
  readonly client: string;
  readonly time: number;
  /** The member that was acknowledged, or what the error said. */
  readonly text: string;
}

/** Clients of the application that add members to sets, each as fast as its pause allows, and keep what was acknowledged. */
export class Writers {
  readonly acknowledged: Line[] = [];
  readonly errors: Line[] = [];
  private readonly clients: readonly string[];
  private children: ChildProcess[] = [];

  constructor(
    private readonly redis: RedisCluster,
    name: string,
  ) {
    this.clients = Array.from({ length: CLIENTS }, (_, index) => `${name}-${index + 1}`);
  }

  /** Starts them, and waits until each writes. */
  async start(): Promise<void> {
    this.children = this.clients.map((client) => {
      const { args, input } = this.redis.php('write.php', client, String(PAUSE), '1000000');
      const child = spawn('kubectl', ['--namespace', this.redis.kubectl.namespace, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(input);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [kind, time, ...words] = line.split(' ');
        (kind === 'ok' ? this.acknowledged : this.errors).push({ client, time: Number(time), text: words.join(' ') });
      });
      return child;
    });
    await until('writes of every client', 60, async () =>
      Promise.resolve(this.clients.every((client) => this.acknowledged.filter((line) => line.client === client).length > 50)),
    );
  }

  /** Waits until each client writes again. */
  async back(since: number, seconds = 120): Promise<void> {
    await until('writes of every client', seconds, async () => {
      const recent = this.acknowledged.filter(({ time }) => time > Math.max(since, Date.now() - 1000));
      return Promise.resolve(this.clients.every((client) => recent.filter((line) => line.client === client).length > 10));
    });
  }

  /** Stops them. */
  async stop(): Promise<void> {
    const files = this.clients.map((client) => `/tmp/drill-stop-${client}`);
    await this.redis.kubectl.out(['exec', 'deployment/php', '--container=php', '--', 'touch', ...files]);
    await until('writers to stop', 90, async () => Promise.resolve(this.children.every((child) => child.exitCode !== null)));
  }

  /** Acknowledged writes per second between two moments. */
  rate(from: number, to: number): number {
    return (this.acknowledged.filter(({ time }) => time >= from && time < to).length * 1000) / (to - from);
  }

  /** The longest time without an acknowledgement that a client had after a moment, in seconds, and when it began. */
  longestGap(since: number): { readonly seconds: number; readonly from: number } {
    const gaps = this.clients.flatMap((client) => {
      const times = this.acknowledged.filter((line) => line.client === client).map(({ time }) => time);
      return times
        .map((time, index) => ({ seconds: ((times[index + 1] ?? time) - time) / 1000, from: time, to: times[index + 1] ?? time }))
        .filter(({ to }) => to > since);
    });
    return gaps.reduce((longest, gap) => (gap.seconds > longest.seconds ? gap : longest), { seconds: 0, from: since });
  }

  /**
   * Acknowledged writes that are gone. @param fault when the primary went @throws when they are more than the last second before it
   * took, or were acknowledged later
   */
  async lost(fault: number): Promise<string> {
    const found = new Set((await Promise.all(this.clients.map((client) => this.redis.members(client)))).flatMap((set) => [...set]));
    const lost = this.acknowledged.filter(({ text }) => !found.has(text)).map(({ time }) => time);
    // What was acknowledged after the fault came from the old primary until it was gone, and from the new one then.
    const last = Math.max(...this.acknowledged.filter(({ time }) => time <= this.longestGap(fault).from).map(({ time }) => time));
    const most = this.acknowledged.filter(({ time }) => time > last - 1000 && time <= last).length;
    if (lost.length === 0) {
      return `of ${this.acknowledged.length} acknowledged writes none lost`;
    }
    const age = (last - Math.min(...lost)) / 1000;
    const detail = `of ${this.acknowledged.length} acknowledged writes ${lost.length} lost, the oldest ${age.toFixed(2)} s before the last that the old primary took; a second's worth were ${most}`;
    return lost.length > most || age > 1 || Math.max(...lost) > last ? fail(detail) : detail;
  }

  /** Errors from a moment on: by text, and the most that one client had. */
  errorsSince(since: number): { readonly text: string; readonly most: number } {
    const errors = this.errors.filter(({ time }) => time >= since);
    const texts = [...new Set(errors.map(({ text }) => text))];
    const count = (field: 'client' | 'text', value: string) => errors.filter((error) => error[field] === value).length;
    return {
      text: texts.length === 0 ? 'no errors' : texts.map((text) => `${count('text', text)}× ${text}`).join(', '),
      most: Math.max(...this.clients.map((client) => count('client', client))),
    };
  }
}
