import { execFile } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type Daemon, freePort, NOBODY, startDaemon, temporaryFolder, waitForPort } from './daemon';

const DOCKER = join(__dirname, '../../docker');

/** Debian's own extensions, in the place of the image's. */
const EXTENSIONS = '/etc/php/8.2/fpm/conf.d';

/** Everything that differs from a pod: the ports, the folder of the application and the writable folder. */
export interface Place {
  readonly http: number;
  readonly live: number;
  readonly pool: number;
  readonly status: number;
  /** What /var/www/html is in a pod. */
  readonly application: string;
  /** What /tmp is in a pod. */
  readonly writable: string;
}

export async function makePlace(): Promise<Place> {
  const application = temporaryFolder();
  const writable = temporaryFolder();
  if (NOBODY !== undefined) chownSync(writable, NOBODY, NOBODY);
  mkdirSync(join(application, 'public'));
  return { http: await freePort(), live: await freePort(), pool: await freePort(), status: await freePort(), application, writable };
}

/** Puts files below public/, by path. */
export function publish(place: Place, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(place.application, 'public', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
}

export type Site = 'default.conf' | 'default.prod.conf';

/**
 * A copy of docker/nginx as an image or a mount has it, with one of the two sites; its nginx.conf is returned.
 *
 * @param trustedProxies the file that an environment makes @default - Compose's
 * @param change makes mutants of the files
 */
export function nginxConfiguration(place: Place, site: Site, trustedProxies?: string, change = (text: string) => text): string {
  const folder = temporaryFolder();
  for (const name of readdirSync(join(DOCKER, 'nginx'))) {
    // Debian has no module of JavaScript that can read metrics.js.
    if ((name.startsWith('default') && name !== site) || name.startsWith('metrics')) continue;
    const text = readFileSync(join(DOCKER, 'nginx', name), 'utf8')
      .replaceAll('listen 8080', `listen ${place.http}`)
      .replaceAll('listen 8081', `listen ${place.live}`)
      .replaceAll('php:9000', `127.0.0.1:${place.pool}`)
      // Before the application's folder, whose own path may begin with /tmp.
      .replaceAll('/tmp/', `${place.writable}/`)
      .replaceAll('/var/www/html', place.application);
    writeFileSync(join(folder, name), name === 'trusted-proxies.conf' ? (trustedProxies ?? text) : change(text));
  }
  return join(folder, 'nginx.conf');
}

/** docker/php/www.conf on this place's ports; `change` makes a mutant of it. */
export function poolConfiguration(place: Place, change: (text: string) => string = (text) => text): string {
  const file = join(temporaryFolder(), 'www.conf');
  const text = readFileSync(join(DOCKER, 'php/www.conf'), 'utf8')
    .replace('listen = 9000', `listen = ${place.pool}`)
    .replace('pm.status_listen = 9001', `pm.status_listen = ${place.status}`);
  writeFileSync(file, change(text));
  return file;
}

/** PHP_INI_SCAN_DIR as the images set it: production has php.ini alone, development php.dev.ini after it. */
export function scanFolders(...files: ('php.ini' | 'php.dev.ini')[]): string {
  const folders = files.map((file) => {
    const folder = temporaryFolder();
    cpSync(join(DOCKER, 'php', file), join(folder, file));
    return folder;
  });
  return [EXTENSIONS, ...folders].join(':');
}

export const PHP_FPM = 'php-fpm8.2';

/** PHP-FPM with two children, so that a test can keep all of them busy. */
export async function startPhp(place: Place, pool = poolConfiguration(place), scan = scanFolders('php.ini')): Promise<Daemon> {
  const php = startDaemon([PHP_FPM, '-y', pool], { env: { PHP_FPM_MAX_CHILDREN: '2', PHP_INI_SCAN_DIR: scan }, unprivileged: true });
  await portOf(php, place.pool);
  await portOf(php, place.status);
  return php;
}

export async function startNginx(
  place: Place,
  site: Site = 'default.prod.conf',
  ...more: [trusted?: string, change?: (text: string) => string]
): Promise<Daemon> {
  const configuration = nginxConfiguration(place, site, ...more);
  const nginx = startDaemon(['nginx', '-c', configuration, '-g', 'daemon off;'], { unprivileged: true });
  await portOf(nginx, place.http);
  return nginx;
}

/** A daemon that does not start has said why. */
async function portOf(daemon: Daemon, port: number): Promise<void> {
  try {
    await waitForPort(port, 10);
  } catch {
    throw new Error(`Port ${port} does not answer:\n${daemon.output()}`);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

/** One request on a connection of its own. */
export async function ask(port: number, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, headers = {}, method = 'GET' } = options;
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    // As much as the gateway may let through; Node's own limit is 16 KiB of headers.
    const target = { host: '127.0.0.1', port, path, method, agent: false, maxHeaderSize: 64 * 1024 };
    const request = httpRequest({ ...target, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    // A server that refuses a body may close the connection while it is still sent; an answer that came first counts.
    request.on('error', reject);
    request.end(body);
  });
}

/** A form with one file of so many bytes. */
export function upload(bytes: number): RequestOptions {
  const boundary = 'fintrack-boundary';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="receipt.pdf"\r\nContent-Type: application/pdf\r\n\r\n`;
  return {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, 'x'), Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

export interface Result {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end, or for `seconds` at most: then the code is null. */
export async function run(argv: readonly string[], env: Record<string, string> = {}, seconds = 20): Promise<Result> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = execFile(program, args, { env: { ...process.env, ...env }, timeout: seconds * 1000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

/** What a script of public/ says to FastCGI directly, without nginx: its headers, an empty line and its body. */
export async function askPool(place: Place, script: string, seconds = 10): Promise<Result> {
  return run(
    ['cgi-fcgi', '-bind', '-connect', `127.0.0.1:${place.pool}`],
    { REQUEST_METHOD: 'GET', SCRIPT_NAME: `/${script}`, SCRIPT_FILENAME: join(place.application, 'public', script) },
    seconds,
  );
}
