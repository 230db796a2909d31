import { exists, hostFilesOf, mebibytes, mountsOf, stageOf, variablesOf } from './compose';
import { CODE, each, iniValue, same, when, type Rule } from './finding';

/** Services with the application's code. */
const APPLICATION = ['php', 'worker', 'scheduler', 'migrate'];

// Both files.

export const mountedFilesExist: Rule = ({ dev, prod }) =>
  [...hostFilesOf(dev), ...hostFilesOf(prod)]
    .filter((path) => path !== './.env.production') // the user's own, made from the example
    .flatMap((path) => when(!exists(path), `${path} is mounted and does not exist`));

export const oneVersionOfEachImage: Rule = ({ dev, prod }) =>
  ['mysql', 'redis', 'redis-cache'].flatMap((name) =>
    same(`image of ${name} in production`, prod.services[name]?.image, dev.services[name]?.image),
  );

export const variablesDocumented: Rule = ({ files }) =>
  (
    [
      ['docker-compose.yml', '.env.docker.example'],
      ['docker-compose.prod.yml', '.env.production.example'],
    ] as const
  ).flatMap(([compose, example]) =>
    variablesOf(files[compose] ?? '').flatMap(({ name, hasDefault }) =>
      when(
        !new RegExp(hasDefault ? `^(# )?${name}=` : `^${name}=.`, 'm').test(files[example] ?? ''),
        `${example} lacks ${name} of ${compose}`,
      ),
    ),
  );

export const sameSettings: Rule = ({ devEnv, prodEnv }) =>
  Object.entries(devEnv)
    .filter(([name]) =>
      /^(REDIS_(?!PASSWORD)|CACHE_|SESSION_DRIVER|QUEUE_|DB_(CONNECTION|HOST|READ_HOST|PORT|DATABASE)|APP_MAINTENANCE_)/.test(name),
    )
    .flatMap(([name, value]) => same(`${name} in production`, prodEnv[name], value));

// Development.

export const checksCompare: Rule = ({ dev }) => [
  ...['redis', 'redis-cache'].flatMap((name) =>
    when(!dev.services[name]?.healthcheck?.test.join(' ').includes('= PONG'), `${name} does not compare the answer`),
  ),
  ...when(!dev.services.mysql?.healthcheck?.test.includes('--host=127.0.0.1'), 'mysql is asked through its socket'),
  ...same('check of php', dev.services.php?.healthcheck?.test, ['CMD', 'fpm-ping', '9001']),
];

export const firstVolumeFromPhp: Rule = ({ dev }) =>
  ['worker', 'scheduler', 'nginx', 'node'].flatMap((name) =>
    when(!dev.services[name]?.depends_on?.php, `${name} may be created before php fills the volume`),
  );

// Production.

export const onlyNginxPublishes: Rule = ({ prod }) =>
  each(prod, ({ ports }, name) => when((ports !== undefined) !== (name === 'nginx'), `${name}: ports ${JSON.stringify(ports ?? [])}`));

const USERS: Record<string, string> = { nginx: '10001', php: '10002', mysql: '10003', redis: '10004', backup: '10006', restore: '10003' };
const userOf = (name: string): string | undefined => USERS[APPLICATION.includes(name) ? 'php' : (name.split('-')[0] ?? name)];

export const hardened: Rule = ({ prod }) =>
  each(prod, (service, name) => {
    const user = name === 'redis-volume' ? '0' : userOf(name);
    return [
      ...same(`user of ${name}`, service.user, `${user}:${user}`),
      ...same(`read_only of ${name}`, service.read_only, true),
      ...same(`cap_drop of ${name}`, service.cap_drop, ['ALL']),
      ...same(`cap_add of ${name}`, service.cap_add, name === 'redis-volume' ? ['CHOWN'] : undefined),
      ...same(`security_opt of ${name}`, service.security_opt, ['no-new-privileges:true']),
    ];
  });

export const separatedNetworks: Rule = ({ prod }) => [
  ...same('backend is internal', prod.networks.backend?.internal, true),
  ...same('networks of nginx', prod.services.nginx?.networks, ['frontend']),
  ...['mysql', 'redis', 'redis-cache', 'migrate'].flatMap((name) =>
    same(`networks of ${name}`, prod.services[name]?.networks, ['backend']),
  ),
  ...['backup', 'backup-logs'].flatMap((name) => same(`networks of ${name}`, prod.services[name]?.networks, ['backend', 'frontend'])),
  ...['backup-prune', 'restore-test', 'restore', 'restore-primary'].flatMap((name) =>
    same(`networks of ${name}`, prod.services[name]?.networks, ['frontend']),
  ),
  ...['mysql-bootstrap', 'redis-volume'].flatMap((name) => same(`network_mode of ${name}`, prod.services[name]?.network_mode, 'none')),
];

/** Keys of the bucket and of the encryption, and the account in MySQL: at the places that they have in pods. */
const BACKUP_SECRETS = ['access-key-id', 'secret-access-key', 'repository-password', 'backup-password'].map(
  (key) => `/run/secrets/backup/${key}`,
);

export const secretPaths: Rule = ({ prod }) => {
  const paths: Record<string, string[]> = {
    php: ['APP_KEY', 'DB_PASSWORD', 'REDIS_PASSWORD'].map((file) => `/run/secrets/app/${file}`),
    mysql: ['root', 'app', 'replication', 'clone', 'backup', 'exporter', 'probe'].map(
      (account) => `/run/secrets/mysql/${account}-password`,
    ),
    redis: ['app', 'probe', 'operator'].map((user) => `/run/secrets/redis/${user}-password`),
    nginx: [],
    backup: BACKUP_SECRETS,
    restore: BACKUP_SECRETS,
  };
  return each(prod, (service, name) => {
    const component = APPLICATION.includes(name) ? 'php' : (name.split('-')[0] ?? name);
    const primary = [...BACKUP_SECRETS.slice(0, 3), ...(paths['mysql'] ?? [])]; // which has its accounts too
    const wanted = name === 'redis-volume' ? [] : name === 'restore-primary' ? primary : paths[component];
    return same(
      `secrets of ${name}`,
      (service.secrets ?? []).map(({ target }) => target),
      wanted,
    );
  });
};

export const sharedPasswords: Rule = ({ prod }) => {
  const fileOf = (service: string, target: string): string | undefined =>
    prod.secrets?.[prod.services[service]?.secrets?.find((secret) => secret.target === target)?.source ?? '']?.file;
  return [
    ...same('password of MySQL', fileOf('mysql', '/run/secrets/mysql/app-password'), fileOf('php', '/run/secrets/app/DB_PASSWORD')),
    ...same('password of Redis', fileOf('redis', '/run/secrets/redis/app-password'), fileOf('php', '/run/secrets/app/REDIS_PASSWORD')),
  ];
};

export const settingsPaths: Rule = ({ prod }) =>
  APPLICATION.flatMap((name) => {
    const service = prod.services[name] ?? { image: '' };
    return [
      ...same(`SETTINGS_FILE of ${name}`, service.environment?.SETTINGS_FILE, '/run/settings/laravel.env'),
      ...same(`SECRETS_DIR of ${name}`, service.environment?.SECRETS_DIR, '/run/secrets/app'),
      ...when(!mountsOf(service).some(([, target]) => target === '/run/settings/laravel.env'), `${name} has no settings`),
      ...when(
        ![service.tmpfs].flat().some((folder) => folder?.startsWith(`${CODE}/bootstrap/cache:`)),
        `${name} cannot write its configuration cache`,
      ),
    ];
  });

export const configurationPaths: Rule = ({ dev, prod }) =>
  [dev, prod].flatMap((compose) => [
    ...when(
      !mountsOf(compose.services.mysql ?? { image: '' }).some(([, target]) => target === '/etc/mysql/conf.d/my.cnf'),
      'mysql runs without my.cnf',
    ),
    ...['redis', 'redis-cache'].flatMap((name) =>
      when(
        !mountsOf(compose.services[name] ?? { image: '' }).some(([, target]) => target === `/etc/fintrack/redis/${name}.conf`),
        `${name} runs without its file`,
      ),
    ),
  ]);

export const gracePeriods: Rule = ({ prod }) =>
  Object.entries({ nginx: '85s', php: '80s', worker: '150s', scheduler: '75s', mysql: '300s', redis: '60s', 'redis-cache': '60s' }).flatMap(
    ([name, period]) => same(`stop_grace_period of ${name}`, prod.services[name]?.stop_grace_period, period),
  );

export const startOrder: Rule = ({ prod }) => {
  const order: [string, string, string][] = [
    ...['php', 'worker', 'scheduler'].map((name): [string, string, string] => [name, 'migrate', 'service_completed_successfully']),
    ['migrate', 'mysql', 'service_healthy'],
    ['mysql', 'mysql-bootstrap', 'service_completed_successfully'],
    ['redis', 'redis-volume', 'service_completed_successfully'],
    ['nginx', 'php', 'service_healthy'],
  ];
  return order.flatMap(([name, on, condition]) =>
    same(`${name} waits for ${on}`, prod.services[name]?.depends_on?.[on]?.condition, condition),
  );
};

export const numbersAgree: Rule = ({ prod, files }) => {
  const limit = (name: string): number => mebibytes(prod.services[name]?.deploy?.resources.limits.memory);
  const argument = (name: string, option: string): string => {
    const words = (prod.services[name]?.command ?? []).flatMap((word) => word.split('='));
    return words[words.indexOf(option) + 1] ?? '';
  };
  const children = Number(prod.services.php?.environment?.PHP_FPM_MAX_CHILDREN);
  const foldersOf = (name: string): number =>
    [prod.services[name]?.tmpfs].flat().reduce((sum, folder) => sum + mebibytes(/size=(\w+)/.exec(folder ?? '')?.[1]), 0);
  const bodies = Number(/^limit_conn large_bodies (\d+);/m.exec(files['nginx/fastcgi.conf'] ?? '')?.[1]);
  const body = mebibytes(/client_max_body_size (\w+);/.exec(files['nginx/nginx.conf'] ?? '')?.[1]);
  const php =
    children * mebibytes(iniValue(files['php/php.ini'], 'memory_limit')) +
    mebibytes(`${iniValue(files['php/php.ini'], 'opcache.memory_consumption')}M`) +
    40 + // the master process
    foldersOf('php');
  const connections = children + 23; // one for each child; worker, scheduler, migration, probe, operators
  const maximum = Number(argument('mysql', '--max-connections'));
  return [
    ...when(php > limit('php'), `php needs ${php} MiB and has ${limit('php')}`),
    ...when(!(bodies * body + 100 < foldersOf('nginx')), `nginx takes ${bodies} bodies of ${body} MiB into ${foldersOf('nginx')} MiB`),
    ...when(foldersOf('nginx') + 64 > limit('nginx'), `nginx has ${limit('nginx')} MiB for itself and ${foldersOf('nginx')} MiB of bodies`),
    ...when(connections > maximum, `${connections} connections and MySQL takes ${maximum}`),
    ...when(mebibytes(argument('mysql', '--innodb-buffer-pool-size')) > 0.6 * limit('mysql'), 'the buffer pool leaves MySQL too little'),
    ...when(mebibytes(argument('redis', '--maxmemory')) > 0.5 * limit('redis'), 'redis has no room to rewrite its file'),
    ...when(mebibytes(argument('redis-cache', '--maxmemory')) > 0.75 * limit('redis-cache'), 'redis-cache has no room beside its data'),
    ...when(!(Number(argument('worker', '--timeout')) < 120), 'a job runs longer than REDIS_QUEUE_RETRY_AFTER'),
  ];
};

export const secretsStayOut: Rule = ({ files }) => [
  ...['docker/.env.docker', 'docker/.env.production', 'docker/secrets/'].flatMap((path) =>
    when(!(files['../.gitignore'] ?? '').split('\n').includes(path), `git would take ${path}`),
  ),
  ...when(!/^\*$/m.test(files['.dockerignore'] ?? ''), 'the build context takes everything'),
  ...when(/^!.*(env|secrets)/m.test(files['.dockerignore'] ?? ''), 'the build context takes secrets'),
];

// Images.

const extensionsOf = (dockerfile: string | undefined): string[] =>
  [
    /docker-php-ext-install -j"\$\(nproc\)" ([\w ]+)/,
    /docker-php-ext-configure gd ([\w -]+)/,
    /pecl install (redis-[\d.]+)/,
    /apk add --no-cache (fcgi [\w -]+)/,
  ].map((pattern) => pattern.exec(dockerfile ?? '')?.[1] ?? 'none');

export const sameExtensions: Rule = ({ files }) => {
  const wanted = extensionsOf(files['php/Dockerfile.prod']);
  return [
    ...same('extensions in development', extensionsOf(files['php/Dockerfile']), wanted),
    ...when(wanted.includes('none'), 'production lacks extensions'),
  ];
};

export const leanImages: Rule = ({ files }) => {
  const dockerfile = files['php/Dockerfile.prod'] ?? '';
  const final = ['base', 'php', 'nginx'].map((name) => stageOf(dockerfile, name)).join('\n');
  const kept = final.replace(/apk add --no-cache --virtual \.build [^;]*;/g, '');
  return [
    ...when(final !== kept && !final.includes('apk del --no-network .build'), 'build packages stay'),
    ...[...kept.matchAll(/\b(git|unzip|composer|npm|[\w-]+-dev)\b/g)].map(([word]) => `${word} is in a final image`),
    ...same('user of php', /^USER (.*)$/m.exec(stageOf(dockerfile, 'php'))?.[1], '10002:10002'),
    ...same('user of nginx', /^USER (.*)$/m.exec(stageOf(dockerfile, 'nginx'))?.[1], '10001:10001'),
    ...when(/artisan config:cache/.test(dockerfile), 'configuration is cached in the image'),
  ];
};
