import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engines } from '../../package.json';
import { COMPOSE_FILES, DOCKER_FOLDER, DockerFiles } from '../docker/docker-files';
import { environments, type Environment } from '../environments';
import { IMAGES, type Image } from '../kubernetes/images';

/** Days before its end in which a release is spoken of. */
const NOTICE_DAYS = 90;

/** What `npm run synth` writes. */
const DIST = join(__dirname, '..', '..', 'dist');

/** Names of images, as their makers write them. */
const PRODUCTS: Readonly<Record<string, string>> = {
  composer: 'Composer',
  grafana: 'Grafana',
  haproxy: 'HAProxy',
  mysql: 'MySQL',
  nginx: 'nginx',
  node: 'Node',
  oraclelinux: 'Oracle Linux',
  php: 'PHP',
  phpmyadmin: 'phpMyAdmin',
  redis: 'Redis',
};

/**
 * Last day with security fixes of what is not an image of images.ts; undefined where none is announced.
 * From endoflife-date/endoflife.date of 2026-08-22; Laravel from laravel/docs 13.x releases.md.
 */
const ENDS: Readonly<Record<string, string | undefined>> = {
  'Composer 2.10': undefined,
  'Grafana 13.2': '2027-05-18', // its file of 2026-09-15
  'Laravel 11': '2026-03-12',
  'Laravel 12': '2027-02-24',
  'Laravel 13': '2028-03-17',
  'Node 20': '2026-04-30',
  'Node 22': '2027-04-30',
  'Node 24': '2028-04-30',
  'Oracle Linux 9': '2032-06-30',
  'PHP 8.2': '2026-12-31',
  'PHP 8.3': '2027-12-31',
  'PHP 8.4': '2028-12-31',
  'PHP 8.5': '2029-12-31',
  'nginx 1.30': undefined,
  'phpMyAdmin 5.2': undefined,
  'restic 0.19': undefined,
};

/** A release of something that others make, and where it is used. */
export interface Use {
  /** `MySQL 8.0`. */
  readonly release: string;
  readonly where: string;
}

/**
 * Everything that others make: in the manifests of environments, in Compose and in the builds of images.
 *
 * @param outdir what synth wrote: a folder for each environment
 * @throws when it wrote none for one of them
 */
export function usesOf(all: readonly Environment[], outdir = DIST, folder = DOCKER_FOLDER): Use[] {
  const inEnvironments = all.flatMap((environment) => {
    const manifests = join(outdir, environment.name);
    if (!existsSync(manifests)) {
      throw new Error(`${environment.name} has no manifests yet; run npm run synth`);
    }
    const text = readdirSync(manifests).map((file) => readFileSync(join(manifests, file), 'utf8'));
    const own: readonly (string | undefined)[] = [environment.release.php, environment.release.nginx, environment.backup?.image];
    const images = new Set([...text.join('').matchAll(/^[ -]*image: "?([^\s"]+)/gm)].map(([, image = '']) => image));
    return [...images].filter((image) => !own.includes(image)).map((image) => ({ release: releaseOf(image), where: environment.name }));
  });

  const files = new DockerFiles(folder, COMPOSE_FILES);
  // What cannot be read `npm run compose` tells.
  const readable = COMPOSE_FILES.filter((file) => !files.findings.some((finding) => finding.startsWith(`docker/${file}: `)));
  // Line by line: synth asks too, and to parse them would take it 65 ms longer.
  const inFiles = readable.flatMap((file) =>
    files
      .content(file)
      .split('\n')
      .flatMap((line, index) => {
        const images = /^\s*(image:|FROM |ARG )/.test(line)
          ? [...line.matchAll(/[\w.-]+\/[\w./-]+:\d[\w.-]*/g)].map(([image]) => releaseOf(image))
          : [];
        const laravel = /^\s*#/.test(line)
          ? []
          : [...line.matchAll(/laravel\/laravel:\^(\d+)/g)].map(([, version]) => `Laravel ${version}`);
        return [...images, ...laravel].map((release) => ({ release, where: `docker/${file}:${index + 1}` }));
      }),
  );

  return [...inEnvironments, ...inFiles, { release: `Node ${/\d+/.exec(engines.node)?.[0]}`, where: 'package.json, engines' }];
}

/** What has no fixes any more, and what soon has none: one line for each release, the oldest first. */
export interface SupportFindings {
  readonly over: readonly string[];
  readonly soon: readonly string[];
}

/** @param today ISO date @default - that of the clock */
export function supportFindings(uses: readonly Use[], today = new Date().toISOString().slice(0, 10)): SupportFindings {
  const releases = [...new Set(uses.map(({ release }) => release))].map((release) => {
    const places = uses.filter((use) => use.release === release).map(({ where }) => where);
    return { release, known: release in known(), end: known()[release], where: [...new Set(places)].join(', ') };
  });
  const dated = releases
    .flatMap(({ end, ...rest }) => (end === undefined ? [] : [{ ...rest, end, days: (Date.parse(end) - Date.parse(today)) / 86_400_000 }]))
    .sort((one, other) => one.days - other.days);
  return {
    over: [
      ...dated
        .filter(({ days }) => days < 0)
        .map(({ release, end, where }) => `${release}: no fixes since ${end}; go to a newer one (${where})`),
      ...releases
        .filter(({ known }) => !known)
        .map(({ release, where }) => `${release}: nobody knows until when it gets fixes; say it in lib/commands/support.ts (${where})`),
    ],
    soon: dated
      .filter(({ days }) => days >= 0 && days <= NOTICE_DAYS)
      .map(({ release, end, days, where }) => `${release}: no fixes after ${end}, in ${days} days; plan for a newer one (${where})`),
  };
}

/** End of support by release, images.ts included. */
function known(): Readonly<Record<string, string | undefined>> {
  const images: readonly Image[] = Object.values(IMAGES);
  return { ...ENDS, ...Object.fromEntries(images.map(({ reference, endOfSupport }) => [releaseOf(reference), endOfSupport])) };
}

/** `MySQL 8.0` of `docker.io/library/mysql:8.0.46@sha256:…`; Node counts by its first number. */
function releaseOf(image: string): string {
  const [, name = image, major = '', minor = ''] = /([\w-]+):v?(\d+)(\.\d+)?/.exec(image) ?? [];
  return `${PRODUCTS[name] ?? name} ${name === 'node' ? major : major + minor}`.trim();
}

/** `npm run support`: says what has no fixes any more or soon has none. @returns the exit code, 1 when something has none */
export function main(today?: string, all: readonly Environment[] = Object.values(environments)): number {
  try {
    const { over, soon } = supportFindings(usesOf(all), today);
    [...over, ...soon].forEach((finding) => console.error(finding));
    return over.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(`support: ${(error as Error).message}`);
    return 1;
  }
}

if (require.main === module) {
  process.exitCode = main();
}
