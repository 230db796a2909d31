import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folders';

/** What the stand-in answers: text or an object for standard output, a failure with what kubectl would write, or a diff of two folders. */
export type Reply = string | object | { readonly failure: string; readonly code?: number } | { readonly folders: readonly string[] };

/** Replies by arguments, joined by blanks; a list is answered one after the other, and its last from then on. */
export type Replies = Readonly<Record<string, Reply | readonly Reply[]>>;

/** What a call was given. */
export interface Call {
  readonly args: string;
  readonly input: string;
}

const NOT_FOUND: Reply = { failure: 'Error from server (NotFound): the server could not find the requested resource' };

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Shell commands of a reply. */
function commandsOf(reply: Reply): string {
  if (typeof reply === 'object' && 'failure' in reply) {
    return `printf '%s\\n' ${quote(reply.failure)} >&2; exit ${reply.code ?? 1}`;
  }
  if (typeof reply === 'object' && 'folders' in reply) {
    // As kubectl diff does: the program that the environment names, over two folders.
    return `exec $KUBECTL_EXTERNAL_DIFF ${reply.folders.map(quote).join(' ')}`;
  }
  return `printf %s ${quote(typeof reply === 'string' ? reply : JSON.stringify(reply))}`;
}

/** A program named kubectl that answers what it was told to, first on the PATH until `restore` is called. */
export class FakeKubectl {
  private readonly file = join(makeFolder(), 'kubectl');
  private readonly path = process.env['PATH'];

  constructor(replies: Replies) {
    const cases = Object.entries(replies).map(([args, known]) => {
      const sequence = Array.isArray(known) ? (known as readonly Reply[]) : [known];
      const later = sequence.slice(1).map((_, index) => `[ "$count" -gt ${index + 1} ] && number=${index + 2}`);
      const numbered = sequence.map((reply, index) => `${index + 1}) ${commandsOf(reply)};;`);
      const counting = `count=$(grep -cF -- ${quote(args)} "$0.calls")\nnumber=1\n${later.join('\n')}\ncase $number in\n${numbered.join('\n')}\nesac`;
      return `${quote(args)})\n${sequence.length > 1 ? counting : commandsOf(sequence[0] ?? NOT_FOUND)};;`;
    });
    const program = `#!/bin/sh
input=
case "$*" in *--filename=-*) input=$(cat);; esac
printf '%s\\t%s\\n' "$*" "$input" >> "$0.calls"
case "$*" in
${cases.join('\n')}
*) ${commandsOf(NOT_FOUND)};;
esac
`;
    writeFileSync(this.file, program);
    writeFileSync(`${this.file}.calls`, '');
    chmodSync(this.file, 0o755);
    process.env['PATH'] = `${join(this.file, '..')}:${this.path ?? ''}`;
  }

  /** Every call so far. */
  get calls(): Call[] {
    return readFileSync(`${this.file}.calls`, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [args = '', input = ''] = line.split('\t');
        return { args, input };
      });
  }

  restore(): void {
    process.env['PATH'] = this.path;
  }
}
