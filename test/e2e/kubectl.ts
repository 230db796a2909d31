import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { converse } from './watch';

const run = promisify(execFile);

/** What a command did. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The parts of an object that the checks look at; the rest differs by kind. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- differs by kind
  readonly [field: string]: any;
}

/** What a container does, and did before it was started again. */
export interface ContainerState {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: Readonly<Record<string, { readonly reason?: string }>>;
  readonly lastState: { readonly terminated?: { readonly reason: string; readonly exitCode: number } };
}

/** Containers of a pod with their state, init containers included. */
export const statesOf = (pod: KubernetesObject): ContainerState[] => [
  ...(pod['status'].initContainerStatuses ?? []),
  ...(pod['status'].containerStatuses ?? []),
];

/** kubectl in one namespace of the cluster that KUBECONFIG names. */
export class Kubectl {
  constructor(readonly namespace: string) {}

  /** Runs kubectl and returns whatever came of it. @param input text for its standard input */
  async try(args: readonly string[], input = ''): Promise<Result> {
    const running = run('kubectl', ['--namespace', this.namespace, ...args], { maxBuffer: 1 << 26 });
    // Who ends before it reads breaks the pipe, and says why by its exit code.
    running.child.stdin?.on('error', () => undefined).end(input);
    try {
      return { code: 0, ...(await running) };
    } catch (error) {
      const failed = error as { code?: number | string; stdout?: string; stderr?: string; message: string };
      if (typeof failed.code !== 'number') {
        throw new Error(`kubectl cannot be started: ${failed.message}`, { cause: error });
      }
      return { code: failed.code, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
    }
  }

  /** Standard output of kubectl. @throws with its last line when it fails */
  async out(args: readonly string[], input = ''): Promise<string> {
    const result = await this.try(args, input);
    if (result.code !== 0) {
      throw new Error(`kubectl ${args.slice(0, 4).join(' ')}: ${result.stderr.trim().split('\n').at(-1) ?? 'failed'}`);
    }
    return result.stdout;
  }

  /** Objects of a kind. @param selector their labels @default - all */
  async list(kind: string, selector = ''): Promise<KubernetesObject[]> {
    return (JSON.parse(await this.out(['get', kind, `--selector=${selector}`, '--output=json'])) as { items: KubernetesObject[] }).items;
  }

  /** Follows the log of a container until it has a text. @returns what matched, or nothing when the log ends before */
  async follow(pod: string, container: string, text: RegExp): Promise<string | undefined> {
    const child = spawn('kubectl', ['--namespace', this.namespace, 'logs', '--follow', pod, `--container=${container}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let log = '';
    return new Promise((resolve) => {
      child.stdout.on('data', (part: Buffer) => {
        log += part.toString();
        const [match] = text.exec(log) ?? [];
        if (match !== undefined) {
          resolve(match);
          child.kill();
        }
      });
      child.once('close', () => resolve(undefined));
    });
  }

  /**
   * Runs kubectl, and again whenever it ends, until `stop` is called; hands over each line of its output.
   * @param ask what it is told each tenth of a second @default - it is told nothing
   */
  keep(args: readonly string[], hear: (line: string) => void, ask?: string): { readonly stop: () => void } {
    let child: ChildProcess;
    let stopped = false;
    const start = () => {
      if (!stopped) {
        child = spawn('kubectl', ['--namespace', this.namespace, ...args], {
          stdio: [ask === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
        });
        converse(child, hear, ask);
        child.once('exit', () => setTimeout(start, 200));
      }
    };
    start();
    return {
      stop: () => {
        stopped = true;
        child.kill();
      },
    };
  }

  /** Opens a port of this machine to a Service until `stop` is called. */
  async forward(target: string): Promise<{ readonly port: number; readonly stop: () => void }> {
    const child: ChildProcess = spawn(
      'kubectl',
      ['--namespace', this.namespace, 'port-forward', target.split(':')[0] ?? '', `:${target.split(':')[1] ?? ''}`],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      const output = child.stdout && createInterface({ input: child.stdout });
      output?.on('line', (line) => {
        const match = /127\.0\.0\.1:(\d+)/.exec(line);
        if (match) {
          resolve(Number(match[1]));
        }
      });
      child.once('exit', (code) => reject(new Error(`kubectl port-forward ${target} ended with ${String(code)}`)));
    });
    return { port, stop: () => child.kill() };
  }
}

/** Waits until a condition holds. @throws with what was missing last, after `seconds` */
export async function until<T>(what: string, seconds: number, condition: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = 'nothing yet';
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) {
        return value;
      }
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > end) {
      throw new Error(`gave up waiting for ${what} after ${seconds} s (${last})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
