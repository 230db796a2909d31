import type { ComposeFile, DockerFile, DockerFiles } from '../../docker/docker-files';
import type { Block, Setting } from '../../docker/setting';
import { largeBodiesIn } from '../../components/nginx';
import { secondsOf, settingIn, settingsIn } from '../../docker/settings';

const FILES = ['nginx/nginx.conf', 'nginx/default.prod.conf', 'nginx/fastcgi.conf', 'nginx/security-headers.conf'] as const;

/** Directives of nginx.conf that count in one block only; '' is the file itself. */
const PLACES: Readonly<Record<string, string>> = {
  pid: '',
  worker_processes: '',
  worker_shutdown_timeout: '',
  worker_connections: 'events',
  client_max_body_size: 'http',
};

const OUTSIDE = 'outside of every block';

/** What nginx writes; the rest of its file system is read-only. */
const WRITTEN = ['pid', 'client_body_temp_path', 'fastcgi_temp_path', 'proxy_temp_path', 'scgi_temp_path', 'uwsgi_temp_path'];

/** Directives that are wrong, or are wrong with a value: why, and what is right. */
const REFUSED: readonly (readonly [key: RegExp, value: RegExp, why: string])[] = [
  [/^fastcgi_cache/, /^/, "hands one user's page to another; remove it, Laravel caches what may be shared"],
  [/^fastcgi_next_upstream$/, /\bnon_idempotent\b/, 'repeats a POST that PHP may have carried out; remove non_idempotent'],
  [/^listen$/, /\bhttp2\b/, 'names http2, which listen no longer takes; write "http2 on;" beside it'],
  [/^add_header$/, /^X-XSS-Protection\b/i, 'sets X-XSS-Protection, which browsers have removed; remove it'],
  [
    /^add_header$/,
    /^Content-Security-Policy\b/i,
    'sets the Content-Security-Policy, which needs a nonce for each response; remove it, Laravel sends it',
  ],
  [/^try_files$/, /(^| )\$uri\/( |$)/, 'tries $uri/, which answers "/" with 403 where no index.php lies; remove that word'],
  [/^error_log$/, /^(?!\/dev\/stderr\b|stderr\b)/, 'names a file in a container, read by nobody and gone with it; write /dev/stderr'],
  [/^access_log$/, /^(?!\/dev\/stdout\b|off\b)/, 'names a file in a container, read by nobody and gone with it; write /dev/stdout'],
];

/** What is wrong in the files of nginx: one line each, with file and line. */
export function nginxFindings(files: DockerFiles): string[] {
  return [
    ...FILES.flatMap((file) => settingsIn(files, file).flatMap((directive) => directiveFindings(file, directive))),
    ...placeFindings(files),
    ...headerFindings(files),
    ...pageFindings(files),
    ...serverFindings(files),
    ...amountFindings(files),
  ];
}

/** What is wrong with one directive, in whatever file of nginx it stands. */
export function directiveFindings(file: DockerFile | ComposeFile, { key, value, line, within }: Setting): string[] {
  const location = within.findLast(({ name }) => name.startsWith('location '))?.name;
  const refused = REFUSED.filter(([keys, values]) => keys.test(key) && values.test(value)).map(([, , why]) => `${key} ${why}`);
  const executes = key === 'fastcgi_pass' && location !== 'location = /index.php';
  const forever =
    (key === 'expires' && !/^(off|epoch|0|-)/.test(value)) ||
    (key === 'add_header' && /^Cache-Control\b.*(immutable|max-age=[1-9])/i.test(value));
  return [
    ...refused,
    ...(executes
      ? [`fastcgi_pass in ${location ?? 'no location'} runs files that are not meant to run; pass location = /index.php only`]
      : []),
    ...(forever && location !== 'location ^~ /build/assets/'
      ? [
          `${key} in ${location ?? 'no location'} pins files that change under the same name; only location ^~ /build/assets/ has names with a hash`,
        ]
      : []),
  ].map((finding) => `docker/${file}:${line}: ${finding}`);
}

/** Settings of fastcgi.conf that something is computed from, and what they look like. */
const AMOUNTS: Readonly<Record<string, readonly [unit: (value: string) => number | undefined, computed: string, like: string]>> = {
  limit_conn: [largeBodiesIn, "the disk of nginx' pods", 'limit_conn large_bodies 16'],
  fastcgi_connect_timeout: [secondsOf, 'how long a Gateway waits', 'fastcgi_connect_timeout 2s'],
  fastcgi_next_upstream_tries: [Number, 'how long a Gateway waits', 'fastcgi_next_upstream_tries 3'],
};

function amountFindings(files: DockerFiles): string[] {
  return Object.entries(AMOUNTS).flatMap(([key, [unit, computed, like]]) => {
    const setting = settingIn(files, 'nginx/fastcgi.conf', key);
    return unit(setting?.value ?? '')
      ? []
      : [
          `docker/nginx/fastcgi.conf:${setting?.line ?? 1}: ${key} ${setting?.value ?? 'is missing'}, and ${computed} is computed from it; write it like ${like};`,
        ];
  });
}

function placeFindings(files: DockerFiles): string[] {
  const settings = settingsIn(files, 'nginx/nginx.conf');
  const misplaced = settings.flatMap(({ key, line, within }) => {
    const [wanted, actual] = [PLACES[key], within.map(({ name }) => name).join(' { ')];
    return wanted === undefined || wanted === actual
      ? []
      : [
          `docker/nginx/nginx.conf:${line}: ${key} stands ${actual ? `in ${actual} {` : OUTSIDE}; ` +
            `it belongs ${wanted ? `into ${wanted} {` : OUTSIDE}`,
        ];
  });
  const unwritable = WRITTEN.flatMap((key) => {
    const path = settingIn(files, 'nginx/nginx.conf', key);
    return path?.value.startsWith('/tmp/')
      ? []
      : [
          `docker/nginx/nginx.conf:${path?.line ?? 1}: ${key} is ${path?.value ?? 'missing'}; it must be in /tmp, the one folder that nginx may write`,
        ];
  });
  return [...misplaced, ...unwritable];
}

/** A block with a header of its own inherits none. */
function headerFindings(files: DockerFiles): string[] {
  return FILES.filter((file) => file !== 'nginx/security-headers.conf').flatMap((file) => {
    const settings = settingsIn(files, file);
    const included = new Set<Block | undefined>(
      settings.filter(({ key, value }) => key === 'include' && value === 'security-headers.conf').map(({ within }) => within.at(-1)),
    );
    return settings
      .filter(({ key, within }) => key === 'add_header' && !included.has(within.at(-1)))
      .map(
        ({ line, value, within }) =>
          `docker/${file}:${line}: add_header ${value.split(' ', 1)[0]} takes every other header from ${within.at(-1)?.name ?? 'this file'}; ` +
          'include security-headers.conf beside it',
      );
  });
}

/** What PHP answers has the headers of its server. */
function pageFindings(files: DockerFiles): string[] {
  const settings = settingsIn(files, 'nginx/default.prod.conf');
  const including = settings
    .filter(({ key, value }) => key === 'include' && value === 'security-headers.conf')
    .map(({ within }) => within.at(-1));
  return settings
    .filter(({ key, within }) => key === 'fastcgi_pass' && !within.some((block) => including.includes(block)))
    .map(
      ({ line }) =>
        `docker/nginx/default.prod.conf:${line}: what PHP answers goes out without security headers; include security-headers.conf in its server`,
    );
}

/** nginx starts without any server, and then answers nobody. */
function serverFindings(files: DockerFiles): string[] {
  const http = settingsIn(files, 'nginx/nginx.conf').filter(({ within }) => within.length === 1 && within[0]?.name === 'http');
  const served = http.some(({ key, value }) => key === 'include' && value === 'default*.conf');
  return served
    ? []
    : [
        `docker/nginx/nginx.conf:${http[0]?.within[0]?.line ?? 1}: http includes no server, so that nginx starts and answers nobody; add "include default*.conf;"`,
      ];
}
