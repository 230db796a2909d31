/** A setting in a configuration file. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Line number, from 1. */
  readonly line: number;
}

/**
 * Settings of a file whose lines read `key = value` (php.ini, PHP-FPM, my.cnf).
 *
 * @param comment the characters that start a comment line
 */
export function equalsSettings(text: string, comment: string): Setting[] {
  return settingsOf(text, comment, /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/);
}

/** Settings of a file whose lines read `key value` (redis.conf). */
export function spaceSettings(text: string): Setting[] {
  return settingsOf(text, '#', /^\s*(\S+)\s+(.*?)\s*$/);
}

/** Settings of an nginx file, in whatever block they stand: `key value;`. */
export function nginxSettings(text: string): Setting[] {
  return settingsOf(text, '#', /^\s*(\S+)\s+(.*?)\s*;/);
}

function settingsOf(text: string, comment: string, pattern: RegExp): Setting[] {
  return text.split('\n').flatMap((content, index) => {
    const match = pattern.exec(content);
    return match?.[1] === undefined || match[2] === undefined || comment.includes(match[1].charAt(0))
      ? []
      : [{ key: match[1], value: match[2], line: index + 1 }];
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
