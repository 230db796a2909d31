import { mountsOf, runsOn, servicesOf, stageOf } from './compose';
import type { Compose } from './compose';
import { CODE, each, iniValue, same, when, type Rule } from './finding';

const publishes = (compose: Compose, name: string, ports: string[]): string[] =>
  same(`ports of ${name}`, compose.services[name]?.ports ?? [], ports);

// The table "Configuration Comparison" of the original notes, row by row.

export const appDebug: Rule = ({ devEnv, prodEnv }) => [
  ...same('development', devEnv.APP_DEBUG, 'true'),
  ...same('production', prodEnv.APP_DEBUG, 'false'),
];

export const appEnv: Rule = ({ devEnv, prodEnv }) => [
  ...same('development', devEnv.APP_ENV, 'local'),
  ...same('production', prodEnv.APP_ENV, 'production'),
];

export const codeMount: Rule = ({ dev, prod, files }) => [
  ...['php', 'worker', 'scheduler', 'nginx', 'node'].flatMap((name) =>
    when(!mountsOf(dev.services[name] ?? { image: '' }).some(([, target]) => target === CODE), `${name} does not mount the code`),
  ),
  ...when(!files['docker-compose.yml']?.includes('"${APP_PATH:-app}:/var/www/html"'), 'the code does not come from APP_PATH'),
  ...each(prod, (service, name) =>
    when(
      mountsOf(service).some(([, target]) => target === CODE),
      `${name} mounts code over its image`,
    ),
  ),
  ...['php', 'nginx'].flatMap((name) =>
    same(`target of ${name}`, prod.services[name]?.build, {
      ...prod.services[name]?.build,
      dockerfile: 'php/Dockerfile.prod',
      target: name,
    }),
  ),
];

export const phpMyAdmin: Rule = ({ dev, prod }) => {
  const has = (compose: Compose): boolean => servicesOf(compose).some(([, { image }]) => image.includes('phpmyadmin'));
  return [...same('in development', has(dev), true), ...same('in production', has(prod), false)];
};

export const vite: Rule = ({ dev, prod, files }) => [
  ...same('dockerfile of node', dev.services.node?.build?.dockerfile, 'node/Dockerfile'),
  ...when(!stageOf(files['node/Dockerfile'] ?? '', '').includes('npm run dev'), 'node does not start Vite'),
  ...when(!stageOf(files['php/Dockerfile.prod'] ?? '', 'assets').includes('npm run build'), 'the production image does not build assets'),
  ...each(prod, ({ image, build }, name) =>
    when(/node/.test(image) || /node/.test(build?.dockerfile ?? ''), `${name} runs Node in production`),
  ),
];

export const mysqlPort: Rule = ({ dev, prod }) => [...publishes(dev, 'mysql', ['127.0.0.1:3306:3306']), ...publishes(prod, 'mysql', [])];

export const redisPort: Rule = ({ dev, prod }) => [
  ...publishes(dev, 'redis', ['127.0.0.1:6379:6379']),
  ...publishes(prod, 'redis', []),
  ...publishes(prod, 'redis-cache', []),
];

export const resourceLimits: Rule = ({ dev, prod }) => [
  ...each(dev, (service, name) => when(service.deploy !== undefined, `${name} is limited in development`)),
  ...each(prod, ({ deploy }, name) => {
    const { cpus, memory, pids } = deploy?.resources.limits ?? {};
    return when(!cpus || !memory || !pids, `${name} lacks a limit`);
  }),
];

export const healthChecks: Rule = ({ dev, prod }) => [
  ...['php', 'nginx', 'mysql', 'redis', 'redis-cache'].flatMap((name) =>
    when(!dev.services[name]?.healthcheck, `${name} has none in development`),
  ),
  ...each(prod, (service, name) => when(runsOn(service) && !service.healthcheck, `${name} has none in production`)),
];

export const logging: Rule = ({ dev, prod, devEnv, prodEnv }) => [
  ...same('development', devEnv.LOG_LEVEL, 'debug'),
  ...same('production', prodEnv.LOG_LEVEL, 'error'),
  ...each(dev, (service, name) => when(service.logging !== undefined, `${name} cuts its log in development`)),
  ...each(prod, (service, name) =>
    when(
      service.logging?.driver !== 'json-file' || !service.logging.options['max-size'] || !service.logging.options['max-file'],
      `${name} logs without end`,
    ),
  ),
];

export const opcache: Rule = ({ dev, prod, files }) => [
  ...when(!files['docker-compose.yml']?.includes('opcache.enable=${OPCACHE_ENABLE:-1}'), 'no switch in development'),
  ...same('development checks files', iniValue(files['php/php.dev.ini'], 'opcache.validate_timestamps'), '1'),
  // The last folder that PHP reads: in the folder of php.ini the name php.dev.ini would come first and not count.
  ...when(
    !mountsOf(dev.services.php ?? { image: '' }).some(([, target]) => target === '/usr/local/etc/php/development/php.dev.ini'),
    'php.dev.ini is not read last',
  ),
  ...when(!/PHP_INI_SCAN_DIR=\S*\/fintrack:\S*\/development\b/.test(files['php/Dockerfile'] ?? ''), 'php.dev.ini is not read last'),
  ...same('production', iniValue(files['php/php.ini'], 'opcache.enable'), '1'),
  ...same('production checks files', iniValue(files['php/php.ini'], 'opcache.validate_timestamps'), '0'),
  ...each(prod, (service, name) =>
    when(
      mountsOf(service).some(([source]) => source.includes('php.dev.ini')),
      `${name} runs with development's settings`,
    ),
  ),
];

export const xdebug: Rule = ({ dev, files }) => [
  ...when(!/pecl install .*\bxdebug-\d/.test(files['php/Dockerfile'] ?? ''), 'not installed in development'),
  ...same('mode unless asked for', dev.services.php?.environment?.XDEBUG_MODE, 'off'),
  ...when(!files['docker-compose.yml']?.includes('${XDEBUG_MODE:-off}'), 'no switch'),
  ...when(/xdebug/i.test(files['php/Dockerfile.prod'] ?? ''), 'is in the production image'),
];
