import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseEnvironment } from '../../lib/docker/sections';

/** The folder of the Compose files, their build context. */
export const DOCKER = join(__dirname, '../../docker');

/** A service as far as the rules read it. */
export interface Service {
  image: string;
  build?: { dockerfile: string; target?: string };
  user?: string;
  hostname?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: (string | { source: string; target: string })[];
  tmpfs?: string | string[];
  secrets?: { source: string; target: string }[];
  configs?: { source: string; target: string }[];
  networks?: string[];
  network_mode?: string;
  healthcheck?: { test: string[] };
  restart?: string;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources: { limits: { cpus?: string; memory?: string; pids?: number } } };
  logging?: { driver: string; options: Record<string, string> };
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
}

/** A Compose file with its merges done and its variables filled in. */
export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets?: Record<string, { file: string }>;
  configs?: Record<string, { content: string }>;
  volumes?: Record<string, { name?: string } | null>;
}

/** Everything the rules look at; each test gets its own and may break it. */
export interface World {
  dev: Compose;
  prod: Compose;
  devEnv: Record<string, string>;
  prodEnv: Record<string, string>;
  /** Content of text files, by path below docker/. */
  files: Record<string, string>;
}

const TEXTS = [
  'docker-compose.yml',
  'docker-compose.prod.yml',
  '.env.docker.example',
  '.env.production.example',
  '.dockerignore',
  '../.gitignore',
  'php/Dockerfile',
  'php/Dockerfile.prod',
  'php/php.ini',
  'nginx/nginx.conf',
  'nginx/fastcgi.conf',
  'php/php.dev.ini',
  'node/Dockerfile',
] as const;

/** Reads the files afresh. @param settings what .env.production says other than its example @default - nothing */
export function load(settings: Readonly<Record<string, string>> = {}): World {
  const files = Object.fromEntries(TEXTS.map((path) => [path, readFileSync(join(DOCKER, path), 'utf8')]));
  const devEnv = environmentOf(files['.env.docker.example'] ?? '');
  const prodEnv = { ...environmentOf(files['.env.production.example'] ?? ''), ...settings };
  return {
    dev: composeOf(files['docker-compose.yml'] ?? '', devEnv),
    prod: composeOf(files['docker-compose.prod.yml'] ?? '', prodEnv),
    devEnv,
    prodEnv,
    files,
  };
}

/** The variables that a file sets. */
export function environmentOf(text: string): Record<string, string> {
  return Object.fromEntries(parseEnvironment(text).settings.map(({ key, value }) => [key, value]));
}

/** A variable that a Compose file uses. */
export interface Variable {
  readonly name: string;
  readonly hasDefault: boolean;
}

/** The variables of a Compose file; a doubled dollar sign is none. */
export function variablesOf(text: string): Variable[] {
  return [...text.replaceAll('$$', '').matchAll(/\$\{(\w+)(:-|:\?)?/g)].map(([, name, operator]) => ({
    name: name ?? '',
    hasDefault: operator === ':-',
  }));
}

function composeOf(text: string, environment: Record<string, string>): Compose {
  const filled = text
    .replaceAll('$$', '\u0000')
    .replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, otherwise?: string) => environment[name] ?? otherwise ?? '')
    .replaceAll('\u0000', '$');
  return parse(filled, { merge: true, maxAliasCount: -1 });
}

/** Mounts of a service as [source, target]. */
export function mountsOf(service: Service): [string, string][] {
  return (service.volumes ?? []).map((volume) => {
    if (typeof volume !== 'string') return [volume.source, volume.target];
    const [source = '', target = ''] = volume.split(':');
    return [source, target];
  });
}

/** Files of the host that a Compose file mounts; a named volume is none. */
export function hostFilesOf(compose: Compose): string[] {
  return Object.values(compose.services)
    .flatMap(mountsOf)
    .map(([source]) => source)
    .filter((source) => source.startsWith('.'));
}

/** Does this path below docker/ exist? */
export const exists = (path: string): boolean => existsSync(join(DOCKER, path));

/** Services with a name, sorted as in the file. */
export const servicesOf = (compose: Compose): [string, Service][] => Object.entries(compose.services);

/** A service that runs on, not one that ends after its work. */
export const runsOn = (service: Service): boolean => service.restart !== 'no';

/** The instructions of a Dockerfile's stage, without comments; the stage without a name is ''. */
export function stageOf(dockerfile: string, name: string): string {
  const stages = dockerfile.replace(/^\s*#.*$/gm, '').split(/^(?=FROM )/m);
  const stage = stages.find((text) => text.startsWith('FROM ') && (/^FROM \S+ AS (\S+)/.exec(text)?.[1] ?? '') === name);
  if (stage === undefined) throw new Error(`no stage "${name}"`);
  return stage;
}

/** `128M`, `256mb` or `1G` in mebibytes. */
export function mebibytes(size: string | undefined): number {
  const match = /^(\d+)([mg])b?$/i.exec(size ?? '');
  if (!match) throw new Error(`${size} is no size`);
  return Number(match[1]) * (match[2]?.toLowerCase() === 'g' ? 1024 : 1);
}
