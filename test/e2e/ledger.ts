import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** What became of a ledger's transfers. */
export interface Balance {
  readonly acknowledged: number;
  /** Acknowledged, and not in the database. */
  readonly missing: readonly string[];
  /** In the database more than once. */
  readonly twice: readonly string[];
}

/**
 * A client that books transfers with unique keys through nginx as fast as some parallel senders can, repeats each until it is
 * acknowledged, and keeps every acknowledged key in a file that is synced before the next.
 */
export class Ledger {
  /** Times of acknowledgements, in milliseconds since the epoch. */
  readonly times: number[] = [];
  private readonly keys = new Set<string>();
  private readonly file: number;
  private stopped = false;
  private senders: Promise<void>[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private sequence = 0;

  /** @param address asked before each try, as a drill may move the door to the application */
  constructor(
    private readonly name: string,
    path: string,
    private readonly address: () => number,
  ) {
    this.file = openSync(path, 'a');
  }

  /** Starts sending. */
  start(parallel: number): void {
    this.senders = Array.from({ length: parallel }, () => this.sendUntilStopped());
  }

  /** Stops after the transfers at hand are acknowledged or given up after half a minute. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.senders);
    closeSync(this.file);
    this.agent.destroy();
  }

  /** The longest time without an acknowledgement since a moment, in seconds. */
  longestGap(since: number): number {
    const times = [since, ...this.times.filter((time) => time >= since), Date.now()].sort((a, b) => a - b);
    return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time))) / 1000;
  }

  /** Acknowledgements per second between two moments. */
  rate(from: number, to: number): number {
    return (this.times.filter((time) => time >= from && time < to).length * 1000) / (to - from);
  }

  /** Compares what was acknowledged with what the database has. */
  async balance(query: (sql: string) => Promise<string>): Promise<Balance> {
    return balanceOf(this.name, this.keys, query);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async sendUntilStopped(): Promise<void> {
    while (!this.isStopped()) {
      const key = `${this.name}-${(this.sequence += 1)}`;
      let patience = Number.POSITIVE_INFINITY;
      while (!(await this.post(key))) {
        if (this.isStopped()) {
          patience = Math.min(patience, Date.now() + 30_000);
        }
        if (Date.now() > patience) {
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      this.keys.add(key);
      this.times.push(Date.now());
      writeSync(this.file, `${key}\n`);
      fsyncSync(this.file);
    }
  }

  private post(key: string): Promise<boolean> {
    return new Promise((resolve) => {
      const body = JSON.stringify({ amount: '1.00', note: 'drill' });
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.address(),
          method: 'POST',
          path: '/api/transactions',
          agent: this.agent,
          timeout: 10_000,
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            'content-length': body.length,
            'idempotency-key': key,
          },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode === 201 || response.statusCode === 200));
          response.on('error', () => resolve(false));
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(false));
      sent.end(body);
    });
  }
}

/** Compares acknowledged keys with what the database has of those that begin with a name. */
export async function balanceOf(name: string, keys: ReadonlySet<string>, query: (sql: string) => Promise<string>): Promise<Balance> {
  const rows = (await query(`SELECT idempotency_key, COUNT(*) FROM transactions WHERE idempotency_key LIKE '${name}-%' GROUP BY 1`))
    .trim()
    .split('\n')
    .map((row) => row.split('\t'));
  const found = new Map(rows.map(([key = '', count]) => [key, Number(count)]));
  return {
    acknowledged: keys.size,
    missing: [...keys].filter((key) => !found.has(key)),
    twice: [...found].filter(([, count]) => count > 1).map(([key]) => key),
  };
}
