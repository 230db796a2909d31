import { execFile } from 'node:child_process';

/** What kubectl answered. */
export interface Answer {
  /** Its exit code; 127 where it could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** The last line that it wrote for a human, which says what is wrong. */
  readonly error: string;
}

/** What kubectl is given beside its arguments. */
export interface KubectlOptions {
  /** @default - that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input. @default - none */
  readonly input?: string;
}

/** kubectl for the cluster of the current context. No shell is between: an argument is an argument, whatever is in it. */
export function kubectl(args: readonly string[], { env = process.env, input }: KubectlOptions = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile('kubectl', args, { env, maxBuffer: 1 << 28 }, (failure, stdout, stderr) => {
      const lines = stderr.split('\n').filter((line) => line.trim() !== '');
      const code = failure?.code ?? (failure ? 1 : 0);
      resolve(
        typeof code === 'number'
          ? { code, stdout, error: (lines.at(-1) ?? '').replace(/^error: /i, '') }
          : { code: 127, stdout: '', error: `kubectl cannot be started (${code}); install it and set the current context` },
      );
    });
    // A kubectl that is gone before it has read says so by its exit code.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** An object as the API server writes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- differs by kind, and checks look at it by path
export type Live = any;

/** The cluster did not let somebody read, so nothing is known of what is there. */
export class Refusal extends Error {
  constructor(
    readonly args: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

/** What kubectl prints. @returns nothing where it fails, for instance because there is no such object @throws Refusal */
export async function read(args: readonly string[]): Promise<string | undefined> {
  const { code, stdout, error } = await kubectl(args);
  if (/\((Forbidden|Unauthorized)\)/.test(error)) {
    throw new Refusal(args, error);
  }
  return code === 0 ? stdout : undefined;
}

/** The same as JSON. @throws Refusal */
export async function readJson(args: readonly string[]): Promise<Live> {
  const text = await read([...args, '--output=json']);
  return text === undefined ? undefined : JSON.parse(text);
}

/** What the API server answers to a path. @returns nothing where it does not @throws Refusal */
export async function readPath(path: string): Promise<Live> {
  const text = await read(['get', '--raw', path]);
  return text === undefined ? undefined : JSON.parse(text);
}
