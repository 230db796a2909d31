import type { ComposeFile, DockerFile, DockerFiles } from './docker-files';
import { parseDockerfile } from './dockerfile';
import { parseNginx } from './nginx';
import { parseEnvironment, parseMyCnf, parsePhpIni } from './sections';
import type { Mistake, Parsed, Setting } from './setting';
import { parseHaproxy, parseRedis } from './words';

type File = DockerFile | ComposeFile;

/** Files that are no scripts and no lists of users, and how each is read. Compose's own are in compose.ts, for YAML takes its time. */
const PARSERS: Partial<Record<File, (text: string) => Parsed>> = {
  'php/php.ini': parsePhpIni,
  'php/www.conf': parsePhpIni,
  'mysql/my.cnf': parseMyCnf,
  'redis/redis.conf': parseRedis,
  'redis/redis-cache.conf': parseRedis,
  'redis/sentinel.conf': parseRedis,
  'redis/haproxy.cfg': parseHaproxy,
  'nginx/nginx.conf': parseNginx,
  'nginx/fastcgi.conf': parseNginx,
  'nginx/security-headers.conf': parseNginx,
  'nginx/default.prod.conf': parseNginx,
  'php/php.dev.ini': parsePhpIni,
  'nginx/default.conf': parseNginx,
  'nginx/trusted-proxies.conf': parseNginx,
  '.env.docker.example': parseEnvironment,
  '.env.production.example': parseEnvironment,
  'php/Dockerfile': parseDockerfile,
  'php/Dockerfile.prod': parseDockerfile,
  'backup/Dockerfile': parseDockerfile,
  'node/Dockerfile': parseDockerfile,
};

/** Every setting of a file, in its order; none where its settings are not read. */
export function settingsIn(files: DockerFiles, file: File): readonly Setting[] {
  return parsed(files, file).settings;
}

/** What a file's own daemon refuses or misunderstands. */
export function mistakesIn(files: DockerFiles, file: File): readonly Mistake[] {
  return parsed(files, file).mistakes;
}

/** The setting of this key that counts, the last one. */
export function settingIn(files: DockerFiles, file: File, key: string): Setting | undefined {
  return settingsIn(files, file).findLast((setting) => setting.key === key);
}

/**
 * An amount that a component computes with.
 *
 * @throws when it is missing or none; rules have said so before, with file and line
 */
export function amountIn(files: DockerFiles, file: File, key: string, unit: (value: string) => number | undefined): number {
  const value = settingIn(files, file, key)?.value;
  const amount = value === undefined ? undefined : unit(value);
  if (amount === undefined || Number.isNaN(amount)) {
    throw new Error(`docker/${file}: ${key} is no amount`);
  }
  return amount;
}

// Rules and components ask for one setting after another.
const known = new WeakMap<DockerFiles, Map<File, Parsed>>();

function parsed(files: DockerFiles, file: File): Parsed {
  const byFile = known.get(files) ?? new Map<File, Parsed>();
  known.set(files, byFile);
  const result = byFile.get(file) ?? PARSERS[file]?.(files.content(file)) ?? { settings: [], mistakes: [] };
  byFile.set(file, result);
  return result;
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
