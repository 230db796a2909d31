import type { Block, Mistake, Parsed, Setting } from './setting';

/** How a daemon writes `key = value` in `[sections]`. */
interface Dialect {
  /** What begins a comment line. */
  readonly comments: string;
  /** What begins a comment after a value, as a regular expression. */
  readonly trailing: string;
  /** What looks like a comment after a value and is none. @default - nothing does */
  readonly noComment?: string;
  /** Whether a key may stand alone, and must stand in a section. */
  readonly strict: boolean;
  /** The one spelling of a key that may be written in several ways. */
  readonly spell: (key: string) => string;
}

const PHP: Dialect = { comments: ';', trailing: ';', noComment: '#', strict: false, spell: (key) => key };

/** MySQL takes `max-connections` for `max_connections`, and `loose_` before it for "where it exists". */
const MYSQL: Dialect = {
  comments: '#;',
  trailing: '#',
  strict: true,
  spell: (key) => key.replaceAll('-', '_').replace(/^loose_/, ''),
};

/** php.ini, php.dev.ini, and the pool of PHP-FPM, which PHP reads alike. */
export function parsePhpIni(text: string): Parsed {
  return parse(text, PHP);
}

/** The variables of a file that Compose and the shell of entrypoint.sh read alike. */
export function parseEnvironment(text: string): Parsed {
  return parse(text, { comments: '#', trailing: '\\s#', strict: false, spell: (key) => key });
}

/** my.cnf. */
export function parseMyCnf(text: string): Parsed {
  return parse(text, MYSQL);
}

function parse(text: string, { comments, trailing, noComment, strict, spell }: Dialect): Parsed {
  const settings: Setting[] = [];
  const mistakes: Mistake[] = [];
  const value = new RegExp(`^(?:"(?<double>(?:\\\\.|[^"\\\\])*)"|'(?<single>[^']*)'|(?<bare>(?!["']).*?))\\s*(?:${trailing}.*)?$`);
  let section: Block | undefined;

  text.split('\n').forEach((content, index) => {
    const line = index + 1;
    const trimmed = content.trim();
    if (trimmed === '' || comments.includes(trimmed.charAt(0))) return;
    const name = /^\[([^\]]+)\]/.exec(trimmed)?.[1];
    if (name !== undefined) {
      section = { name, line };
      return;
    }
    const [, key, equals, rest = ''] = /^([\w.-]+(?:\[[^\]]*\])?)\s*(?:(=)\s*(.*))?$/.exec(trimmed) ?? [];
    const { double, single, bare } = value.exec(rest)?.groups ?? {};
    const found = double?.replace(/\\(["\\])/g, '$1') ?? single ?? bare;
    if (key === undefined || found === undefined || (equals === undefined && !strict)) {
      mistakes.push({
        line,
        problem: `${trimmed} is no setting; write key = value, and a comment on its own line after ${comments.charAt(0)}`,
      });
      return;
    }
    if (strict && section === undefined) {
      mistakes.push({ line, problem: `${key} stands before every section; put it below [mysqld]` });
    }
    if (noComment !== undefined && bare !== undefined && new RegExp(`\\s${noComment}`).test(bare)) {
      mistakes.push({ line, problem: `${key} is "${bare}" with all that follows ${noComment}; a comment begins with ${trailing}` });
    }
    settings.push({ key: spell(key), value: found, line, within: section ? [section] : [] });
  });
  return { settings, mistakes };
}
