import { request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { balanceOf, type Balance } from '../ledger';

/** Seconds that a client waits: longer than the longest request. */
const PATIENCE = 75;

/**
 * Ports that clients have by turns, as visitors have addresses of their own: the kernel would give one again within the 120 s in which a node
 * still leads it to a pod that is lost. They are below those that the kernel gives.
 */
const PORTS = { first: 11_000, count: 19_000 };

/** Clients so far. */
let clients = 0;

/** What became of a request. */
export interface Answer {
  /** When it was sent, in milliseconds since the epoch. */
  readonly sent: number;
  readonly seconds: number;
  readonly title: string;
  /** @default - it was answered as it should be */
  readonly fault?: string;
}

/** Where requests go. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** What a proxy before it says. @default - nothing */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name and certificate of the site. @default - HTTP without TLS */
  readonly tls?: { readonly servername: string; readonly ca: string };
}

/** What is asked of a target. */
interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Milliseconds without a sign of life. */
  readonly timeout: number;
  /** Port of the client. @default - one that the kernel gives */
  readonly localPort?: number;
}

/** A request to a target, on a connection of its own. */
export function requestTo(
  { host, port, headers, tls }: Target,
  question: Question,
  use: (response: IncomingMessage) => void,
): ClientRequest {
  const all = { host, port, agent: false, ...question, headers: { ...headers, ...question.headers } };
  return tls === undefined ? plainRequest(all, use) : secureRequest({ ...all, ...tls }, use);
}

/** A kind of request and the answer that is right. */
interface Visit {
  readonly title: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly status: number;
  readonly body?: string;
  readonly contains: string;
}

/**
 * Clients that come at a constant rate, whatever the answers take, each with a connection of its own, as a proxy sends those of others:
 * pages, assets and transfers by turns. Nothing is tried again and every answer is checked.
 */
export class Load {
  readonly answers: Answer[] = [];
  private readonly keys = new Set<string>();
  private readonly visits: readonly Visit[];
  private open = 0;
  private sequence = 0;
  private clock: NodeJS.Timeout | undefined;

  /** @param asset path of a file below /build/ */
  constructor(
    private readonly name: string,
    private readonly target: Target,
    asset: string,
  ) {
    const transfer = { method: 'POST', path: '/api/transactions', body: JSON.stringify({ amount: '1.00', note: 'drill' }) } as const;
    this.visits = [
      { title: 'page', method: 'GET', path: '/', status: 200, contains: '</html>' },
      { title: 'transfer', ...transfer, status: 201, contains: '"id"' },
      { title: 'asset', method: 'GET', path: asset, status: 200, contains: '' },
    ];
  }

  /** Starts. @param rate requests per second */
  start(rate: number): void {
    this.clock = setInterval(() => {
      const visit = this.visits[this.sequence % this.visits.length];
      if (visit) void this.send(visit);
    }, 1000 / rate);
  }

  /** Stops sending, and waits for the answers that are due. */
  async stop(): Promise<void> {
    clearInterval(this.clock);
    while (this.open > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Answers that were not as they should be. */
  get faults(): Answer[] {
    return this.answers.filter(({ fault }) => fault !== undefined);
  }

  /** How long requests took that were sent between two moments, in milliseconds. @param share of them that took no longer */
  quantile(share: number, from = 0, to = Infinity): number {
    const times = this.answers.filter(({ sent }) => sent >= from && sent < to).map(({ seconds }) => seconds * 1000);
    return times.sort((a, b) => a - b)[Math.min(Math.floor(times.length * share), times.length - 1)] ?? Infinity;
  }

  /** How many requests there were and how long they took; and what went wrong, by text. */
  get story(): string {
    const share = (part: number) => `${this.quantile(part).toFixed(0)} ms`;
    const texts = [...new Set(this.faults.map(({ title, fault }) => `${title}: ${fault ?? ''}`))];
    const count = (text: string) => this.faults.filter(({ title, fault }) => `${title}: ${fault ?? ''}` === text).length;
    const faults = texts.length === 0 ? 'none failed' : texts.map((text) => `${count(text)}× ${text}`).join(', ');
    return `${this.answers.length} requests, p50 ${share(0.5)}, p99 ${share(0.99)}, longest ${share(1)}: ${faults}`;
  }

  /** Compares the transfers that were acknowledged with what the database has. */
  async balance(query: (sql: string) => Promise<string>): Promise<Balance> {
    return balanceOf(this.name, this.keys, query);
  }

  private send({ title, method, path, status, body, contains }: Visit): Promise<void> {
    const key = `${this.name}-${(this.sequence += 1)}`;
    const sent = Date.now();
    this.open += 1;
    return new Promise((resolve) => {
      const end = (fault?: string) => {
        this.open -= 1;
        this.answers.push({ sent, seconds: (Date.now() - sent) / 1000, title, ...(fault === undefined ? {} : { fault }) });
        if (fault === undefined && method === 'POST') {
          this.keys.add(key);
        }
        resolve();
      };
      const headers = {
        accept: title === 'page' ? 'text/html' : 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length, 'idempotency-key': key }),
      };
      let ended = false;
      const once = (fault?: string) => {
        if (!ended) end(fault);
        ended = true;
      };
      const localPort = PORTS.first + (clients++ % PORTS.count);
      const asked = requestTo(this.target, { method, path, headers, localPort, timeout: PATIENCE * 1000 }, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('error', (error) => once(`cut: ${error.message}`));
        response.on('close', () => once(response.complete ? undefined : 'cut'));
        response.on('end', () => {
          const right = response.statusCode === status && text.includes(contains);
          once(right ? undefined : `answered ${response.statusCode ?? 0}`);
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`no answer in ${PATIENCE} s`)));
      asked.on('error', (error: NodeJS.ErrnoException) => once(error.code ?? error.message));
      asked.end(body);
    });
  }
}
