import { COMPOSE_FILES, type ComposeFile, type DockerFile, type DockerFiles } from '../docker/docker-files';
import { parseCompose } from '../docker/compose';
import type { Setting } from '../docker/setting';
import { mebibytesIn, mistakesIn, settingIn, settingsIn } from '../docker/settings';
import { mistakesFirst } from './files/mistakes';
import { directiveFindings } from './files/nginx';

const [DEVELOPMENT, PRODUCTION] = ['docker-compose.yml', 'docker-compose.prod.yml'] as const;

/** Something that is wrong in a file: where it stands, as names joined by dots, its value, and why with what is right. */
type Refusal = readonly [path: RegExp, value: RegExp, why: string];

const PINNED = /^\S+:[\w.-]+@sha256:[0-9a-f]{64}$/;
/** The exceptions, with their reasons in the Dockerfiles. */
const UNPINNED = ['docker.io/library/php:8.2-fpm-alpine', 'docker.io/library/oraclelinux:9'];
const NOT_PINNED = 'names another build from one day to the next; write tag and digest, name:tag@sha256:…';

const IN_COMPOSE: readonly Refusal[] = [
  [/^version$/, /^/, 'is obsolete, and Compose warns of it; remove it'],
  [/\.container_name$/, /^/, 'allows the service one container only; remove it'],
  [/\.ports$/, /^(?!127\.0\.0\.1:|\$\{\w+:-127\.0\.0\.1\}:)/, 'is open to the network; begin it with 127.0.0.1:'],
  [/\.ports\.published$/, /^/, 'may be open to the network; write the port as one text that begins with 127.0.0.1:'],
  [
    /healthcheck\.test$/,
    /redis-cli(?!.*= PONG)/,
    'is content with every answer, also with NOAUTH and MASTERDOWN; compare it: [ "$$(redis-cli ping)" = PONG ]',
  ],
  [
    /healthcheck\.test$/,
    /mysqladmin(?!.*--host=127\.0\.0\.1)/,
    'asks through the socket, where the server answers before it is initialised; add --host=127.0.0.1',
  ],
  [
    /healthcheck\.test$/,
    /mysqladmin.* (-p|--password)/,
    'shows the password in every list of processes; leave it out, "access denied" is alive too',
  ],
  [/PASSWORD$/, /\$\{\w+:-/, 'falls back to a password that everybody knows; write ${…:?says what is missing}'],
  [/\.PMA_(USER|PASSWORD)$/, /^/, 'logs in whoever opens the page; remove it'],
  [/\.MYSQL_(REPLICATION|MASTER|SLAVE)_\w+$/, /^/, 'is no variable of this image; remove it, Kubernetes runs replicas (mysql.replicas)'],
  [
    /\.(command|entrypoint)$/,
    /--cluster-enabled/,
    "makes no cluster by itself, and scripts of Laravel's queues fail on one; remove it, Kubernetes runs a set (redis.availability)",
  ],
  [
    /\.(command|entrypoint)$/,
    /redis-sentinel|--sentinel/,
    'is one Sentinel, which is no majority; remove it, Kubernetes runs three (redis.availability)',
  ],
  [/\.CHOKIDAR_USEPOLLING$/, /^true$/, 'reads every file all the time; write "${VITE_POLLING:-false}"'],
];

const IN_PRODUCTION: readonly Refusal[] = [
  [/\.image$/, /phpmyadmin/, 'opens the database to a browser; it is for development only'],
  [/\.environment\.\w*PASSWORD$/, /^/, 'is in the environment, where every process sees it; mount a file of docker/secrets'],
  [/^(services\.[\w-]+|x-\w+)\.networks$/, /^(?!frontend$|backend$)/, 'lets everyone reach everyone; write frontend or backend'],
  [/^services\.nginx\.networks$/, /^backend$/, 'lets nginx reach MySQL and Redis; write frontend'],
];

const IN_ENVIRONMENT: readonly Refusal[] = [
  [/^CACHE_DRIVER$/, /^/, 'is not read by Laravel 11; write CACHE_STORE'],
  [/^LOG_CHANNEL$/, /^(?!stderr$)/, 'writes to a file in a container, read by nobody and gone with it; write stderr'],
];

const IN_PRODUCTION_ENVIRONMENT: readonly Refusal[] = [
  [/(APP_KEY|PASSWORD|SECRET|TOKEN)/, /^/, 'is a secret, no setting; it belongs into a file of docker/secrets'],
];

const IN_DOCKERFILE: readonly Refusal[] = [
  [
    /\.RUN$/,
    /artisan config:cache/,
    'runs config:cache, which keeps the settings of this build; remove it, entrypoint.sh does it at each start',
  ],
  [/\.RUN$/, /composer require newrelic\//, 'asks for a package that does not exist; remove it, the agent is an extension of PHP'],
];

const REFUSALS: Partial<Record<ComposeFile, readonly Refusal[]>> = {
  [DEVELOPMENT]: IN_COMPOSE,
  [PRODUCTION]: [...IN_COMPOSE, ...IN_PRODUCTION],
  '.env.docker.example': IN_ENVIRONMENT,
  '.env.production.example': [...IN_ENVIRONMENT, ...IN_PRODUCTION_ENVIRONMENT],
  'php/Dockerfile': IN_DOCKERFILE,
  'php/Dockerfile.prod': IN_DOCKERFILE,
  'node/Dockerfile': IN_DOCKERFILE,
};

/**
 * What is wrong in the files that only Compose and the builds of images read: one line each, with file and line.
 *
 * @param files those of ConfigMaps and those of Compose
 */
export function composeFindings(files: DockerFiles): string[] {
  const parsed = (file: ComposeFile) =>
    file === DEVELOPMENT || file === PRODUCTION
      ? parseCompose(files, file)
      : { settings: settingsIn(files, file), mistakes: mistakesIn(files, file) };
  const all = new Map(COMPOSE_FILES.map((file) => [file, parsed(file)]));
  const of = (file: ComposeFile): readonly Setting[] => all.get(file)?.settings ?? [];

  const findings = [
    ...COMPOSE_FILES.flatMap((file) => of(file).flatMap((setting) => refusedIn(file, setting))),
    ...COMPOSE_FILES.flatMap((file) => imageFindings(file, of(file))),
    ...of('nginx/default.conf').flatMap((directive) => directiveFindings('nginx/default.conf', directive)),
    ...accountFindings(of(DEVELOPMENT), files),
    ...memoryFindings(of(PRODUCTION), files),
    ...scriptFindings(of(PRODUCTION), files),
    ...(['php/Dockerfile', 'php/Dockerfile.prod'] as const).flatMap((file) => extensionFindings(file, of(file), files)),
  ];
  return mistakesFirst(
    [...all].map(([file, { mistakes }]) => [file, mistakes]),
    findings,
  );
}

function refusedIn(file: ComposeFile, setting: Setting): string[] {
  const path = pathOf(setting);
  return (REFUSALS[file] ?? [])
    .filter(([paths, values]) => paths.test(path) && values.test(setting.value))
    .map(([, , why]) => `docker/${file}:${setting.line}: ${named(setting)} ${why}`);
}

/** Images of others; what is built here has a name of its own, and a stage is none. */
function imageFindings(file: ComposeFile, settings: readonly Setting[]): string[] {
  const stages = ['scratch', ...settings.flatMap(({ key, within }) => (key === 'FROM' ? [within.at(-1)?.name] : []))];
  const defaults = new Map(settings.filter(({ key }) => key === 'ARG').map(({ value }) => splitAt(value, '=')));
  return settings
    .filter(({ key }) => key === 'FROM' || key === 'image')
    .map(({ key, value, line }) => {
      const [name = ''] = key === 'FROM' ? value.split(' ', 1) : [value];
      return { key, line, name: defaults.get(name.replace(/^\$\{(\w+)\}$/, '$1')) ?? name };
    })
    .filter(
      ({ name }) =>
        !(PINNED.test(name) || UNPINNED.includes(name) || stages.includes(name) || /^(\$\{IMAGE_PREFIX:-\})?fintrack-/.test(name)),
    )
    .map(({ key, name, line }) => `docker/${file}:${line}: ${key} ${name} ${NOT_PINNED}`);
}

function splitAt(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)];
}

/** The database's account is made by its image, or it does not exist. */
function accountFindings(compose: readonly Setting[], files: DockerFiles): string[] {
  const user = settingIn(files, '.env.docker.example', 'DB_USERNAME');
  const database = compose.find((setting) => pathOf(setting) === 'services.mysql.environment.MYSQL_DATABASE');
  const made = compose.some((setting) => pathOf(setting) === 'services.mysql.environment.MYSQL_USER');
  return user === undefined || made
    ? []
    : [
        `docker/${DEVELOPMENT}:${database?.line ?? 1}: mysql makes a database and no account, and DB_USERNAME is ${user.value} ` +
          `(docker/.env.docker.example:${user.line}); add MYSQL_USER and MYSQL_PASSWORD`,
      ];
}

/** MiB of PHP-FPM's master process. */
const MASTER = 40;

/** Every child at its limit, what they share, and the folders in memory must fit into the container. */
function memoryFindings(compose: readonly Setting[], files: DockerFiles): string[] {
  const at = (path: string) => compose.filter((setting) => pathOf(setting) === `services.php.${path}`);
  const [children] = at('environment.PHP_FPM_MAX_CHILDREN');
  const [limit] = at('deploy.resources.limits.memory');
  const [each, opcache] = [settingIn(files, 'php/php.ini', 'memory_limit'), settingIn(files, 'php/php.ini', 'opcache.memory_consumption')];
  if (!children || !limit) {
    return [`docker/${PRODUCTION}: php must have PHP_FPM_MAX_CHILDREN and deploy.resources.limits.memory, or nobody counts its memory`];
  }
  const most = mebibytesIn(each?.value ?? '');
  if (!each || most === undefined) {
    return [
      `docker/php/php.ini:${each?.line ?? 1}: memory_limit is ${each?.value ?? 'missing'}; it must be an amount like 128M, what a child takes at most`,
    ];
  }
  if (Number.isNaN(Number(opcache?.value))) {
    return []; // values.ts says so
  }
  const folders = at('tmpfs').reduce((sum, { value }) => sum + (mebibytesIn(/size=(\w+)/.exec(value)?.[1] ?? '') ?? 0), 0);
  const needed = Number(children.value) * most + Number(opcache?.value) + MASTER + folders;
  const available = mebibytesIn(limit.value) ?? 0;
  return needed <= available
    ? []
    : [
        `docker/${PRODUCTION}:${limit.line}: php has memory ${limit.value}; PHP_FPM_MAX_CHILDREN ${children.value} × memory_limit ${each.value} ` +
          `(docker/php/php.ini:${each.line}) + opcache ${opcache?.value} MiB + ${MASTER} MiB + tmpfs ${folders} MiB = ${needed} MiB. ` +
          `Lower PHP_FPM_MAX_CHILDREN or raise the limit to ${needed}M`,
      ];
}

function extensionFindings(file: ComposeFile, dockerfile: readonly Setting[], files: DockerFiles): string[] {
  const client = settingIn(files, '.env.docker.example', 'REDIS_CLIENT');
  const install = dockerfile.find(({ key, value }) => key === 'RUN' && value.includes('docker-php-ext-install'));
  return client?.value !== 'phpredis' || /pecl install redis-\d/.test(install?.value ?? '')
    ? []
    : [
        `docker/${file}:${install?.line ?? 1}: RUN installs no redis, and REDIS_CLIENT is phpredis (docker/.env.docker.example:${client.line}); ` +
          'add "pecl install redis-…" and enable it',
      ];
}

/** A script that reads another beside it ends where that one is not mounted. */
function scriptFindings(compose: readonly Setting[], files: DockerFiles): string[] {
  const mounts = compose.flatMap((setting) => {
    const [, source, target] = /^\.\/(\w+\/[\w-]+\.sh):(\/[^:]+)/.exec(setting.value) ?? [];
    return setting.key === 'volumes' && source && target ? [{ ...setting, source: source as DockerFile, target }] : [];
  });
  const into = ({ within, target }: (typeof mounts)[number]) => `${within.map(({ name }) => name).join('.')}:${target}`;
  const targets = new Set(mounts.map(into));
  return mounts.flatMap((mount) =>
    [...files.content(mount.source).matchAll(/^\. "\$\(dirname [^)]*\)\/([\w-]+\.sh)"/gm)]
      .map(([, script = '']) => ({ script, target: mount.target.replace(/[^/]+$/, script) }))
      .filter(({ target }) => !targets.has(into({ ...mount, target })))
      .map(
        ({ script, target }) =>
          `docker/${PRODUCTION}:${mount.line}: ${mount.source} reads ${script}, which is not mounted beside it; add ./${mount.source.replace(/[^/]+$/, script)}:${target}:ro`,
      ),
  );
}

function pathOf({ key, within }: Setting): string {
  return [...within.map(({ name }) => name), key].join('.');
}

/** Key and value; what a RUN runs is too long to show. */
function named({ key, value }: Setting): string {
  return value === '' || key === 'RUN' ? key : `${key} ${value}`;
}
