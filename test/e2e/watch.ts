import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fail } from './report';

/** A state that only one server may be in: who was, in which tenth of a second. */
export class Exclusive {
  private samples = 0;
  private readonly holders = new Map<number, Set<string>>();

  /** @param state in words, as in "two … at once" */
  constructor(private readonly state: string) {}

  sample(server: string, tenth: number, holds: boolean): void {
    this.samples += 1;
    if (holds) {
      this.holders.set(tenth, (this.holders.get(tenth) ?? new Set()).add(server));
    }
  }

  /** The first moment from `since` on in which a server was in the state; milliseconds since the epoch. */
  began(server: string, since: number): number | undefined {
    const tenths = [...this.holders]
      .filter(([tenth, servers]) => tenth * 100 >= since && servers.has(server))
      .map(([tenth]) => tenth * 100);
    return tenths.length === 0 ? undefined : Math.min(...tenths);
  }

  /** Whether more than one server was in the state at once, and when. */
  get conflict(): string | undefined {
    const both = [...this.holders].filter(([, servers]) => servers.size > 1).sort(([a], [b]) => a - b);
    const [first, last] = [both[0], both.at(-1)];
    if (first === undefined || last === undefined) {
      return undefined;
    }
    const time = (tenth: number) => new Date(tenth * 100).toISOString().slice(11, 21);
    return `${[...first[1]].join(' and ')} were ${this.state} at once, in ${both.length} tenths of a second from ${time(first[0])} to ${time(last[0])}`;
  }

  /** @throws when more than one was, or nobody ever said who was */
  verdict(): string {
    if (this.samples === 0) fail(`nobody said which server was ${this.state}`);
    return this.conflict === undefined ? `never two ${this.state} in ${this.samples} samples` : fail(this.conflict);
  }
}

/**
 * What a running program says, line by line, as long as it runs. @param ask what it is told each tenth of a second; if it does not
 * answer for three seconds it hangs on a connection that is gone, and is killed
 */
export function converse(child: ChildProcess, hear: (line: string) => void, ask?: string): void {
  let heard = Date.now();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      heard = Date.now();
      hear(line);
    });
  }
  const { stdin } = child;
  if (stdin) {
    // The program may end at any time.
    stdin.on('error', () => undefined);
    const clock = setInterval(() => (Date.now() > heard + 3000 ? child.kill() : stdin.write(ask)), 100);
    child.once('close', () => clearInterval(clock));
  }
}
