import type { DockerFile, DockerFiles } from './docker-files';

/** A setting in a configuration file. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Line number, from 1. */
  readonly line: number;
}

/** How a file's settings are written: what starts a comment line, a line with a setting, and how its daemon spells the same key. */
interface Syntax {
  readonly comment: string;
  readonly line: RegExp;
  /** @default - as it stands */
  readonly spell?: (key: string) => string;
}

const KEY_EQUALS_VALUE = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/;
const KEY_VALUE = /^\s*(\S+)\s+(.*?)\s*$/;
/** In whatever block it stands. */
const KEY_VALUE_SEMICOLON = /^\s*(\S+)\s+(.*?)\s*;/;

/** The files whose settings are read. MySQL takes `max-connections` for `max_connections`, Redis `MAXMEMORY` for `maxmemory`. */
const SYNTAXES: Partial<Record<DockerFile, Syntax>> = {
  'php/php.ini': { comment: ';', line: KEY_EQUALS_VALUE },
  'php/www.conf': { comment: ';', line: KEY_EQUALS_VALUE },
  'mysql/my.cnf': { comment: '#;', line: KEY_EQUALS_VALUE, spell: (key) => key.replaceAll('-', '_') },
  'redis/redis.conf': { comment: '#', line: KEY_VALUE, spell: (key) => key.toLowerCase() },
  'redis/haproxy.cfg': { comment: '#', line: KEY_VALUE },
  'redis/redis-cache.conf': { comment: '#', line: KEY_VALUE, spell: (key) => key.toLowerCase() },
  'nginx/nginx.conf': { comment: '#', line: KEY_VALUE_SEMICOLON },
  'nginx/default.prod.conf': { comment: '#', line: KEY_VALUE_SEMICOLON },
};

/** Every setting of a file, in its order; none where its settings are not read. */
export function settingsIn(files: DockerFiles, file: DockerFile): Setting[] {
  const syntax = SYNTAXES[file];
  return syntax ? settingsOf(files.content(file), syntax) : [];
}

/** The setting of this key that counts, the last one. */
export function settingIn(files: DockerFiles, file: DockerFile, key: string): Setting | undefined {
  return settingsIn(files, file).findLast((setting) => setting.key === key);
}

/**
 * An amount that a component computes with.
 *
 * @throws when it is missing or none; rules have said so before, with file and line
 */
export function amountIn(files: DockerFiles, file: DockerFile, key: string, unit: (value: string) => number | undefined): number {
  const value = settingIn(files, file, key)?.value;
  const amount = value === undefined ? undefined : unit(value);
  if (amount === undefined || Number.isNaN(amount)) {
    throw new Error(`docker/${file}: ${key} is no amount`);
  }
  return amount;
}

function settingsOf(text: string, { comment, line, spell = (key) => key }: Syntax): Setting[] {
  return text.split('\n').flatMap((content, index) => {
    const match = line.exec(content);
    return match?.[1] === undefined || match[2] === undefined || comment.includes(match[1].charAt(0))
      ? []
      : [{ key: spell(match[1]), value: match[2], line: index + 1 }];
  });
}

/** Seconds of `60`, `60s`, `2m`; undefined when it is none of these. */
export function secondsOf(value: string): number | undefined {
  return scaled(value, { '': 1, s: 1, m: 60, h: 3600 });
}

/** Mebibytes of `24M`, `24m`, `1G`; undefined when it is none of these. */
export function mebibytesIn(value: string): number | undefined {
  return scaled(value.toLowerCase(), { m: 1, g: 1024 });
}

function scaled(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = /^(\d+)([a-z]*)$/.exec(value) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
