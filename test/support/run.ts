import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './folders';

/** What a program left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is started, where it matters. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program of node_modules/.bin to its end, in the repository unless told otherwise. */
export function run(program: string, args: readonly string[], { cwd = REPOSITORY, env = {} }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(REPOSITORY, 'node_modules/.bin', program), args, { cwd, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** `ts-node main.ts` of the repository or of a copy of it, from that folder or another. */
export function synth(names: readonly string[], options: RunOptions & { readonly repository?: string } = {}): Promise<Outcome> {
  const repository = options.repository ?? REPOSITORY;
  return run('ts-node', [join(repository, 'main.ts'), ...names], { cwd: repository, ...options });
}

/** What synth said is wrong: releases without security fixes are only warned of, and more of them as time goes by. */
export function findingsIn(stderr: string): string[] {
  return linesOf(stderr).filter((line) => !line.startsWith('warning: '));
}

/** What a program said, line by line. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
