import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chmodSync, chownSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian keeps daemons in sbin, which an ordinary account does not search. */
const SEARCHED = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter((folder) => folder !== '');

const PATH = [...new Set(SEARCHED)].join(':');

/** A missing daemon fails the suite: a skipped test would look like a passed one. */
export function requireDaemon(program: string, debianPackage: string): void {
  if (!SEARCHED.some((folder) => isProgram(join(folder, program)))) {
    const error = new Error(`${program} is not installed: apt-get install ${debianPackage}`);
    error.stack = error.message; // where in the tests it was found out helps nobody
    throw error;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nothing uses at this moment. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const folders: string[] = [];
const daemons = new Set<Daemon>();

/** An empty folder of this test file, removed after it. Every account may read it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fintrack-daemon-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

export interface DaemonOptions {
  /** Added to this process's environment. */
  readonly env?: Record<string, string>;
  /** The whole environment, for tests of what a program passes on. */
  readonly onlyEnv?: Record<string, string>;
  readonly cwd?: string;
  /** Runs as "nobody", as no container here is root. Without root's rights it runs as whoever runs the tests. */
  readonly unprivileged?: boolean;
}

/** The account "nobody", or undefined where the tests themselves run without root's rights. */
export const NOBODY = process.getuid?.() === 0 ? 65534 : undefined;

export interface Daemon {
  readonly child: ChildProcess;
  /** What it has written so far, standard output and standard error in the order they came. */
  output(): string;
  /** Sends the signal (SIGTERM) and waits; the exit code, or null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program in a process group of its own, so that nothing of it is left after the test file. */
export function startDaemon(argv: readonly string[], options: DaemonOptions = {}): Daemon {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('startDaemon needs a program');
  // A file and not a pipe: configurations name /dev/stdout and /proc/self/fd/2, and only a file can be opened again by its name.
  const log = join(temporaryFolder(), 'output');
  const descriptor = openSync(log, 'a');
  const account = options.unprivileged === true && NOBODY !== undefined ? { uid: NOBODY, gid: NOBODY } : {};
  if (account.uid !== undefined) chownSync(log, account.uid, account.gid);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.onlyEnv ?? { ...process.env, PATH, ...options.env },
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
    ...account,
  });
  closeSync(descriptor);
  let failure = '';
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', (error) => {
      failure = error.message;
      resolve(127);
    });
  });
  const daemon: Daemon = {
    child,
    output: () => readFileSync(log, 'utf8') + failure,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
  daemons.add(daemon);
  return daemon;
}

/** The processes that a process has started, and has not collected. */
export const childrenOf = (parent: number): number[] =>
  (readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').match(/\d+/g) ?? []).map(Number);

/** Process 1 of what `unshare --fork` runs, by the number that it has outside; undefined before it begins and after its end. */
export const processOf = ({ child }: Daemon): number | undefined => childrenOf(child.pid ?? 0)[0];

/**
 * Sends a signal to process 1 of what `unshare --fork` runs, and waits for its end.
 * @returns its exit code, or null when it was killed
 * @throws with what it said, where it had ended before or does not end
 */
export async function end(daemon: Daemon, signal: NodeJS.Signals): Promise<number | null> {
  const first = processOf(daemon);
  // No number would be made 0, which is the whole group that runs the tests.
  if (first === undefined) throw new Error(`it had ended before ${signal}: ${daemon.output()}`);
  process.kill(first, signal);
  return ended(daemon);
}

/** Waits for the end of a program. @returns its exit code, or null when it was killed @throws with what it said */
export async function ended(daemon: Daemon): Promise<number | null> {
  const { child } = daemon;
  // A busy machine needs several times the seconds that an idle one needs.
  await waitUntil('it ends', 120, () => child.exitCode !== null || child.signalCode !== null).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${daemon.output()}`);
  });
  return child.exitCode;
}

/** What a program that ended has said. */
export interface Answer {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly text: string;
}

/** Runs a program to its end. */
export async function answerOf(...argv: string[]): Promise<Answer> {
  const program = startDaemon(argv);
  return { code: await ended(program), text: program.output() };
}

/** Returns when something accepts connections on this port of 127.0.0.1. */
export async function waitForPort(port: number, seconds: number): Promise<void> {
  await waitUntil(`port ${port} answers`, seconds, () => accepts(port));
}

/** Asks again and again; `what` completes the sentence "… did not happen within". */
export async function waitUntil(what: string, seconds: number, happened: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await happened())) {
    if (Date.now() > end) throw new Error(`"${what}" did not happen within ${seconds} s`);
    await sleep(20);
  }
}

export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

afterAll(() => {
  for (const { child } of daemons) killGroup(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group has ended by itself.
  }
}
