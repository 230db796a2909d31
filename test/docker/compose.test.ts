import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { laravelSettings } from '../../lib/components/php/laravel-settings';
import { IMAGES } from '../../lib/kubernetes/images';
import { DOCKER, environmentOf, load, type Service, type World } from './compose';
import * as comparison from './comparison';
import type { Rule } from './finding';
import * as rules from './rules';

/** A sentence, the rule it stands for, and a change that the rule must refuse. */
type Row = readonly [sentence: string, rule: Rule, mutant: (world: World) => void];

const dev = (world: World, name: string): Service => world.dev.services[name] ?? fail(name);
const prod = (world: World, name: string): Service => world.prod.services[name] ?? fail(name);
const edit =
  (path: string, from: string | RegExp, to: string) =>
  (world: World): void => {
    const before = world.files[path] ?? '';
    world.files[path] = before.replace(from, to);
    if (world.files[path] === before) throw new Error(`the mutant changes nothing in ${path}`);
  };
function fail(name: string): never {
  throw new Error(`no service ${name}`);
}

const verify = (rows: readonly Row[]): void => {
  test.each(rows)('%s', (_, rule) => {
    expect(rule(load())).toEqual([]);
  });
  test.each(rows)('%s: a mutant is refused', (_, rule, mutant) => {
    const world = load();
    mutant(world);
    expect(rule(world)).not.toEqual([]);
  });
};

describe('the comparison of development and production in the original notes', () => {
  verify([
    ['APP_DEBUG is true in development and false in production', comparison.appDebug, (w) => (w.prodEnv.APP_DEBUG = 'true')],
    ['APP_ENV is local in development and production in production', comparison.appEnv, (w) => (w.prodEnv.APP_ENV = 'local')],
    [
      'the code is a bind mount in development and a part of the image in production',
      comparison.codeMount,
      (w) => (prod(w, 'php').volumes = ['./:/var/www/html']),
    ],
    ['phpMyAdmin is there in development only', comparison.phpMyAdmin, (w) => (w.prod.services.phpmyadmin = dev(w, 'phpmyadmin'))],
    [
      'Vite runs in development, and production has its assets built',
      comparison.vite,
      edit('php/Dockerfile.prod', 'npm run build', 'true'),
    ],
    ['the port of MySQL is published in development only', comparison.mysqlPort, (w) => (prod(w, 'mysql').ports = ['3306:3306'])],
    ['the port of Redis is published in development only', comparison.redisPort, (w) => (prod(w, 'redis').ports = ['6379:6379'])],
    ['resources are limited in production only', comparison.resourceLimits, (w) => delete prod(w, 'nginx').deploy],
    [
      'health checks are basic in development and complete in production',
      comparison.healthChecks,
      (w) => delete prod(w, 'worker').healthcheck,
    ],
    ['logs are verbose in development, errors only and bounded in production', comparison.logging, (w) => (w.prodEnv.LOG_LEVEL = 'debug')],
    [
      'OPcache is a switch that sees changes in development and always on in production',
      comparison.opcache,
      edit('php/php.ini', 'opcache.enable = 1', 'opcache.enable = 0'),
    ],
    [
      'Xdebug is a switch in development and absent in production',
      comparison.xdebug,
      edit('php/Dockerfile.prod', 'redis-6', 'xdebug redis-6'),
    ],
  ]);
});

describe('both Compose files', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(
    JSON.parse(readFileSync(join(__dirname, '../schemas/compose-spec.json'), 'utf8')),
  );
  const compose = (path: string): Record<string, unknown> => parse(load().files[path] ?? '', { merge: true, maxAliasCount: -1 });

  test.each(['docker-compose.yml', 'docker-compose.prod.yml'])('%s satisfies the Compose schema', (path) => {
    validate(compose(path));
    expect(validate.errors).toBeNull();
  });
  test('the schema refuses an unknown key of a service', () => {
    expect(validate({ services: { php: { image: 'php', restrat: 'always' } } })).toBe(false);
  });

  verify([
    ['every file they mount exists', rules.mountedFilesExist, (w) => dev(w, 'redis').volumes?.push('./redis/missing.conf:/x:ro')],
    [
      'development runs the servers that production runs',
      rules.oneVersionOfEachImage,
      (w) => (dev(w, 'mysql').image = 'docker.io/library/mysql:9.7.2'),
    ],
    [
      'every variable without a default is set in the example',
      rules.variablesDocumented,
      edit('.env.docker.example', 'DB_PASSWORD=secret', 'DB_PASSWORD='),
    ],
    [
      'every variable with a default is described in the example',
      rules.variablesDocumented,
      edit('.env.production.example', '# HTTP_PORT=8080', ''),
    ],
    ['both examples give Laravel the same stores and names', rules.sameSettings, (w) => (w.prodEnv.CACHE_STORE = 'file')],
    ['MySQL and Redis read the same files at the same places', rules.configurationPaths, (w) => (prod(w, 'mysql').volumes = [])],
  ]);
});

describe('development', () => {
  verify([
    [
      'health checks compare the answer',
      rules.checksCompare,
      (w) => (dev(w, 'redis').healthcheck = { test: ['CMD', 'redis-cli', 'ping'] }),
    ],
    ['the volume of the application is filled from the image of php', rules.firstVolumeFromPhp, (w) => delete dev(w, 'node').depends_on],
  ]);
});

describe('production', () => {
  verify([
    ['only nginx has a port', rules.onlyNginxPublishes, (w) => (prod(w, 'php').ports = ['9000:9000'])],
    ['every service is read-only, without capabilities and under its own user', rules.hardened, (w) => (prod(w, 'php').user = '0:0')],
    ['only the service that prepares a volume has a capability', rules.hardened, (w) => (prod(w, 'redis').cap_add = ['CHOWN'])],
    [
      'nginx cannot reach the data, and the data has no way out',
      rules.separatedNetworks,
      (w) => (prod(w, 'nginx').networks = ['frontend', 'backend']),
    ],
    ['secrets are files at the paths of Kubernetes', rules.secretPaths, (w) => prod(w, 'worker').secrets?.pop()],
    [
      'a password that two components need is one file',
      rules.sharedPasswords,
      (w) => (prod(w, 'redis').secrets = [{ source: 'app-key', target: '/run/secrets/redis/app-password' }]),
    ],
    ['settings are a file at the path of Kubernetes', rules.settingsPaths, (w) => (prod(w, 'php').tmpfs = ['/tmp'])],
    ['grace periods are those of Kubernetes', rules.gracePeriods, (w) => (prod(w, 'worker').stop_grace_period = '10s')],
    ['nothing starts before what it needs', rules.startOrder, (w) => delete prod(w, 'worker').depends_on],
    ['memory, children and connections agree', rules.numbersAgree, (w) => (prod(w, 'php').environment = { PHP_FPM_MAX_CHILDREN: '50' })],
    ['bodies that nginx takes at once fit its disk', rules.numbersAgree, edit('nginx/fastcgi.conf', 'large_bodies 16', 'large_bodies 20')],
    ['git and the build context leave secrets out', rules.secretsStayOut, edit('../.gitignore', 'docker/secrets/', '')],
  ]);

  test('the example is read alike by Compose and by the shell of the entrypoint', () => {
    const example = join(DOCKER, '.env.production.example');
    const wanted = environmentOf(readFileSync(example, 'utf8'));
    const output = execFileSync('sh', ['-euc', 'set -a; . "$1"; env', 'sh', example], { env: {}, encoding: 'utf8' });
    expect(environmentOf(output)).toMatchObject(wanted);
  });
});

describe('Kubernetes and Compose', () => {
  test('MySQL and Redis are the same images', () => {
    const world = load();
    expect([prod(world, 'mysql').image, prod(world, 'redis').image]).toEqual([IMAGES['mysql-8.0'].reference, IMAGES.redis.reference]);
  });

  test('Laravel gets the same settings', () => {
    const endpoint = { host: 'x', readHost: 'x', port: 1, database: 'x', user: 'x' };
    const props = { environment: 'x', url: 'https://x', database: endpoint, redis: endpoint, cache: endpoint, workers: { default: {} } };
    const names = Object.keys(laravelSettings(props as unknown as Parameters<typeof laravelSettings>[0]));
    expect(
      Object.keys(load().prodEnv)
        .filter((name) => name !== 'RELEASE')
        .sort(),
    ).toEqual(names.sort());
  });
});

describe('the images', () => {
  verify([
    ['development and production have the same extensions', rules.sameExtensions, edit('php/Dockerfile', 'bcmath exif', 'exif')],
    [
      'the final images have no build tools and a numeric user',
      rules.leanImages,
      edit('php/Dockerfile.prod', 'FROM base AS php', 'FROM base AS php\nRUN apk add --no-cache git'),
    ],
  ]);
});
