import type { Block, Mistake, Parsed, Setting } from './setting';

/** Words of a line; quotation marks join what they enclose. */
const WORD = /\s+|(?<comment>#.*)|(?<word>(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'\\])+?)(?=\s|$)|(?<other>.)/g;
/** The same where a comment may follow a word at once. */
const HAPROXY_WORD = /\s+|(?<comment>#.*)|(?<word>(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\#])+)|(?<other>.)/g;

/** redis.conf, redis-cache.conf and sentinel.conf: a key and its words on a line. */
export function parseRedis(text: string): Parsed {
  return parse(text, WORD, ([key = '', ...values], line, comment) => ({
    setting: { key: key.toLowerCase(), value: values.join(' '), line, within: [] },
    // A comment after a value is one more value to Redis.
    problem:
      comment === undefined
        ? undefined
        : `${key} has a comment on its line, which stops Redis from starting; give the comment its own line`,
  }));
}

/** haproxy.cfg: the same in sections, with comments anywhere. */
export function parseHaproxy(text: string): Parsed {
  let section: Block | undefined;
  return parse(text, HAPROXY_WORD, ([key = '', ...values], line) => {
    if (/^(global|defaults|frontend|backend|listen|peers|resolvers)$/.test(key)) {
      section = { name: [key, ...values].join(' '), line };
      return {};
    }
    return section === undefined
      ? { problem: `${key} stands before every section; put it below global, defaults, frontend or backend` }
      : { setting: { key, value: values.join(' '), line, within: [section] } };
  });
}

function parse(
  text: string,
  pattern: RegExp,
  read: (
    words: readonly string[],
    line: number,
    comment: string | undefined,
  ) => { readonly setting?: Setting; readonly problem?: string | undefined },
): Parsed {
  const settings: Setting[] = [];
  const mistakes: Mistake[] = [];
  text.split('\n').forEach((content, index) => {
    const line = index + 1;
    const tokens = [...content.matchAll(pattern)].map(({ groups = {} }) => groups);
    if (tokens.some(({ other }) => other !== undefined)) {
      mistakes.push({ line, problem: 'a quotation mark is never closed' });
      return;
    }
    const words = tokens.flatMap(({ word }) => (word === undefined ? [] : [unquoted(word)]));
    if (words.length === 0) return;
    const { setting, problem } = read(words, line, tokens.find(({ comment }) => comment !== undefined)?.comment);
    if (setting) settings.push(setting);
    if (problem !== undefined) mistakes.push({ line, problem });
  });
  return { settings, mistakes };
}

function unquoted(word: string): string {
  return word
    .replace(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'/g, (_, double?: string, single?: string) => double ?? single ?? '')
    .replace(/\\(["'\\ #])/g, '$1');
}
