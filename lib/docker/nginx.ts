import type { Block, Mistake, Parsed, Setting } from './setting';

/**
 * nginx's tokens: a comment or a quotation mark counts at the beginning of a word only, so that a regular expression may contain
 * both; a brace after a dollar sign belongs to a variable.
 */
const TOKEN =
  /\s+|#.*|(?<sign>[;{}])|"(?<double>(?:\\[^]|[^"\\])*)"|'(?<single>(?:\\[^]|[^'\\])*)'|(?<bare>(?:\\[^]|\$\{|[^\s;{}"'#\\])(?:\\[^]|\$\{|[^\s;{\\])*)|(?<other>[^])/g;

/** The directives of an nginx file, each with the blocks around it. Blocks themselves are no settings. */
export function parseNginx(text: string): Parsed {
  const settings: Setting[] = [];
  const mistakes: Mistake[] = [];
  const within: Block[] = [];
  let words: string[] = [];
  let [line, begin] = [1, 1];
  const mistake = (at: number, problem: string): void => void mistakes.push({ line: at, problem });
  const unfinished = (): void => {
    if (words.length > 0) mistake(begin, `${words.join(' ')} does not end; a directive ends with a semicolon`);
  };

  for (const { 0: token, groups = {} } of text.matchAll(TOKEN)) {
    const { sign, double, single, bare, other } = groups;
    const word = double?.replace(/\\(["\\])/g, '$1') ?? single?.replace(/\\(['\\])/g, '$1') ?? bare;
    if (word !== undefined) {
      if (words.length === 0) begin = line;
      words.push(word);
    } else if (other !== undefined) {
      mistake(line, `a quotation mark is never closed`);
    } else if (sign === ';') {
      const [key, ...values] = words;
      if (key === undefined) mistake(line, 'a semicolon ends nothing; remove it');
      else settings.push({ key, value: values.join(' '), line: begin, within: [...within] });
      words = [];
    } else if (sign === '{') {
      within.push({ name: words.join(' '), line: begin });
      words = [];
    } else if (sign === '}') {
      unfinished();
      words = [];
      if (within.pop() === undefined) mistake(line, 'a brace closes nothing; remove it');
    }
    line += token.split('\n').length - 1;
  }
  unfinished();
  within.forEach((block) => mistake(block.line, `${block.name} { is never closed`));
  return { settings, mistakes };
}
