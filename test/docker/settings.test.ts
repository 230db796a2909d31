import { parseDockerfile } from '../../lib/docker/dockerfile';
import { parseNginx } from '../../lib/docker/nginx';
import { parseEnvironment, parseMyCnf, parsePhpIni } from '../../lib/docker/sections';
import type { Parsed } from '../../lib/docker/setting';
import { parseHaproxy, parseRedis } from '../../lib/docker/words';

/** Settings as `line block { block { key=value`, mistakes as `line problem`. */
function read({ settings, mistakes }: Parsed): string[] {
  return [
    ...settings.map(({ key, value, line, within }) => [line, ...within.map(({ name }) => `${name} {`), `${key}=${value}`].join(' ')),
    ...mistakes.map(({ line, problem }) => `${line} ${problem}`),
  ];
}

type Case = readonly [sentence: string, text: string, expected: readonly string[]];

describe('nginx', () => {
  test.each<Case>([
    ['a directive ends with a semicolon, not with its line', 'a b\n  c;\nd;', ['1 a=b c', '3 d=']],
    ['blocks enclose directives', 'http {\n server {\n  a b;\n }\n c d;\n}', ['3 http { server { a=b', '5 http { c=d']],
    ['a block names its line even when its brace is on the next', 'location =\n /x {\na b;}', ['3 location = /x { a=b']],
    ['a comment hides braces and semicolons', 'a b; # } ;\n# c d;\ne f;', ['1 a=b', '3 e=f']],
    ['a comment sign inside a word is none', 'a b#c;', ['1 a=b#c']],
    ['quotation marks enclose everything', `a "b; {#}" 'c "d"';`, ['1 a=b; {#} c "d"']],
    ['a quotation mark in quotation marks has a backslash', 'a "b\\"c";', ['1 a=b"c']],
    ['a regular expression keeps its backslashes', 'location ~ \\.php$ { a b; }', ['1 location ~ \\.php$ { a=b']],
    ['a variable may have braces', 'a ${b}c; d e;', ['1 a=${b}c', '1 d=e']],
    ['a text of several lines counts them', "a 'b\nc';\nd e;", ['1 a=b\nc', '3 d=e']],
    ['a lost semicolon is seen at the brace', 'events {\n a 1\n}', ['2 a 1 does not end; a directive ends with a semicolon']],
    ['a block that is never closed is named', 'a b;\nhttp {', ['1 a=b', '2 http { is never closed']],
    ['a brace too many is named', 'a b;\n}', ['1 a=b', '2 a brace closes nothing; remove it']],
    ['a quotation mark too many is named', 'a "b;', expect.arrayContaining(['1 a quotation mark is never closed']) as string[]],
    ['a semicolon too many is named', 'a b;;', ['1 a=b', '1 a semicolon ends nothing; remove it']],
  ])('%s', (_, text, expected) => {
    expect(read(parseNginx(text))).toEqual(expected);
  });
});

describe('PHP', () => {
  test.each<Case>([
    ['a comment begins with a semicolon, also behind a value', 'a = 1 ; b\n;c = 2', ['1 a=1']],
    ['a semicolon between quotation marks is none', 'a = "b;c" ; d', ['1 a=b;c']],
    ['a section encloses what follows', 'a = 1\n[www]\nb[c] = 2', ['1 a=1', '3 www { b[c]=2']],
    ['a value may be empty or a variable', 'a =\nb = ${C}', ['1 a=', '2 b=${C}']],
    ['line breaks may be those of Windows', 'a = 1\r\nb = 2\r\n', ['1 a=1', '2 b=2']],
    ['# begins no comment', 'a = 20M # b', ['1 a=20M # b', '1 a is "20M # b" with all that follows #; a comment begins with ;']],
    ['# between quotation marks is a text', 'a = "b # c"', ['1 a=b # c']],
    [
      'a line that is no setting is named',
      'a = 1\n# b',
      ['1 a=1', '2 # b is no setting; write key = value, and a comment on its own line after ;'],
    ],
  ])('%s', (_, text, expected) => {
    expect(read(parsePhpIni(text))).toEqual(expected);
  });
});

describe('MySQL', () => {
  test.each<Case>([
    ['a comment begins with # or ;', '[mysqld]\n#a = 1\n;a = 1\na = 1 # b', ['4 mysqld { a=1']],
    ['a hyphen is an underscore, and loose changes no meaning', '[mysqld]\nloose-a-b = 1', ['2 mysqld { a_b=1']],
    ['a key may stand alone', '[mysqld]\nskip-name-resolve', ['2 mysqld { skip_name_resolve=']],
    ['a key needs a section', 'a = 1', ['1 a=1', '1 a stands before every section; put it below [mysqld]']],
  ])('%s', (_, text, expected) => {
    expect(read(parseMyCnf(text))).toEqual(expected);
  });
});

describe('Redis', () => {
  test.each<Case>([
    ['a key may have capitals, and a value several words', 'SAVE 900 1\n\n# a b', ['1 save=900 1']],
    ['an empty text is a value', `save ""\nsave ''`, ['1 save=', '2 save=']],
    ['# in a word is no comment', 'a b#c', ['1 a=b#c']],
    ['a quotation mark that is never closed is named', 'a "b', ['1 a quotation mark is never closed']],
    [
      'a comment behind a value is named',
      'a b # c',
      ['1 a=b', '1 a has a comment on its line, which stops Redis from starting; give the comment its own line'],
    ],
  ])('%s', (_, text, expected) => {
    expect(read(parseRedis(text))).toEqual(expected);
  });
});

describe('HAProxy', () => {
  test.each<Case>([
    ['a section encloses what follows', 'global\n maxconn 1 # a\nfrontend b\n bind :1', ['2 global { maxconn=1', '4 frontend b { bind=:1']],
    ['quotation marks and backslashes join words', 'global\n a "b \\"c\\" # d" e\\ f', ['2 global { a=b "c" # d e f']],
    ['a line needs a section', 'maxconn 1', ['1 maxconn stands before every section; put it below global, defaults, frontend or backend']],
  ])('%s', (_, text, expected) => {
    expect(read(parseHaproxy(text))).toEqual(expected);
  });
});

describe('variables and images', () => {
  test('a variable may be quoted, and # begins a comment only behind a space', () => {
    expect(read(parseEnvironment("# A=1\nA=b#c # d\nB='e # f'\nC="))).toEqual(['2 A=b#c', '3 B=e # f', '4 C=']);
  });

  test('an instruction is one line, whatever its comments, in its stage', () => {
    expect(read(parseDockerfile('ARG A=1\nFROM b AS c\nRUN d; \\\n  # e\n  f\nUSER 1'))).toEqual([
      '1 ARG=A=1',
      '2 c { FROM=b AS c',
      '3 c { RUN=d; f',
      '6 c { USER=1',
    ]);
  });
});
