import { Size } from 'cdk8s';
import { connectionsOf, memoryOf, totalConnectionsOf, type QueueWorkerSettings } from '../../../lib/components/php';
import { removeFolders } from '../../support/folders';
import { containersOf, find, ownersOf, podOf, titleOf } from '../../support/manifests';
import { idleSettings, sampleFiles } from '../../support/render';
import { every, minimal, php, worker } from './sample';

afterAll(removeFolders);

const files = sampleFiles();
const ini = (text: string) => sampleFiles({ 'php/php.ini': text });

describe('php', () => {
  test('with the smallest settings', () => {
    expect(php(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(php(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests, the worker’s included', () => {
    // These are for the NetworkPolicies.
    expect(idleSettings(minimal, every, (settings) => php(settings))).toEqual(['kedaNamespace', 'egress']);
    const smallest: QueueWorkerSettings = { scale: { replicas: 1 } };
    expect(idleSettings(smallest, worker, (settings) => php({ ...minimal, workers: { default: settings } }))).toEqual([]);
  });

  test('is one image and one entrypoint in every container', () => {
    const containers = ownersOf(php(minimal).manifests).flatMap(containersOf);
    expect(containers.length).toBeGreaterThanOrEqual(8);
    expect(new Set(containers.map(({ image, command }) => `${image} ${command[0]}`))).toEqual(new Set(['fintrack-php:1 entrypoint']));
  });

  test('mounts the password of MySQL from the key that MySQL reads, under the name that Laravel reads', () => {
    for (const { spec } of ownersOf(php(minimal).manifests)) {
      const { projected } = spec.volumes.find((volume: { name: string }) => volume.name === 'secrets');
      expect(projected.sources).toContainEqual({
        secret: { name: 'fintrack-mysql', items: [{ key: 'app-password', path: 'DB_PASSWORD' }] },
      });
    }
  });

  test('sends traces where it is told, but of a migration', () => {
    const sends = (settings: typeof minimal) =>
      ownersOf(php(settings).manifests)
        .filter((owner) => containersOf(owner).some(({ env }) => JSON.stringify(env).includes('http://collector.tracing.svc:4318')))
        .map(({ title }) => title);
    const tracing = { namespace: 'tracing', service: 'collector' };
    expect(sends({ ...minimal, tracing })).toEqual(['Deployment php', 'Deployment queue-worker-default', 'Deployment scheduler']);
    expect(php(minimal).yaml).not.toContain('OTEL');
  });

  test('holds no secret in its settings', () => {
    const settings = find(php(minimal).manifests, 'ConfigMap', 'laravel')['data']['laravel.env'];
    expect(settings).not.toMatch(/PASSWORD|APP_KEY|SECRET|TOKEN/);
  });

  test('makes its configuration cache in memory, because it holds secrets', () => {
    for (const { spec } of ownersOf(php(minimal).manifests)) {
      expect(spec.volumes).toContainEqual({ name: 'cache', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } });
    }
  });

  test.each([
    ['https://fintrack.test', 'true'],
    ['http://localhost:8080', 'false'],
  ])('at %s sends cookies over TLS only: %s', (url, secure) => {
    const settings = find(php(minimal, { url }).manifests, 'ConfigMap', 'laravel')['data']['laravel.env'];
    expect(settings).toContain(`SESSION_SECURE_COOKIE='${secure}'\n`);
  });

  test('refuses a setting that would end its line', () => {
    expect(() => php(minimal, { url: "https://o'brien.test" })).toThrow(
      `APP_URL: "https://o'brien.test" holds a quote or a line break; a setting is one plain line`,
    );
  });

  test('rolls exactly the pods that mount a changed file', () => {
    const pods = (changes: Record<string, string>) =>
      Object.fromEntries(
        ownersOf(php(minimal, { files: sampleFiles(changes) }).manifests).map(({ manifest, spec }) => [
          manifest.metadata.labels?.['app.kubernetes.io/instance'],
          JSON.stringify(spec),
        ]),
      );
    const before = pods({});
    const rolled = (changes: Record<string, string>) =>
      Object.entries(pods(changes)).flatMap(([name, pod]) => (pod === before[name] ? [] : [name]));
    expect(rolled({ 'php/php.ini': 'opcache.memory_consumption = 192\npost_max_size = 24M\nexpose_php = Off\n' }).sort()).toEqual([
      'migration',
      'php',
      'queue-worker-default',
      'scheduler',
    ]);
    expect(rolled({ 'nginx/nginx.conf': '# changed\n' })).toEqual([]);
  });
});

describe('the memory of a web pod', () => {
  test('holds its children, the opcache of php.ini, the master and the configuration cache, and a tenth above', () => {
    // (4 × 64 + 192 + 64 + 64) × 1.1 = 633.6, in steps of 64
    expect(memoryOf(minimal, files).toMebibytes()).toBe(640);
    // (12 × 96 + 192 + 64 + 64) × 1.1 = 1619.2
    expect(memoryOf(every, files).toMebibytes()).toBe(1664);
  });

  test('follows opcache.memory_consumption of php.ini', () => {
    const larger = ini('opcache.memory_consumption = 512\npost_max_size = 24M\n');
    expect(memoryOf(minimal, larger).toMebibytes() - memoryOf(minimal, files).toMebibytes()).toBe(384);
  });

  test('follows what a child was measured to need', () => {
    expect(memoryOf({ ...minimal, memoryPerChild: Size.mebibytes(128) }, files).toMebibytes()).toBe(960);
    expect(memoryOf({ ...minimal, memoryPerChild: Size.kibibytes(50_000) }, files)).toEqual(
      memoryOf({ ...minimal, memoryPerChild: Size.mebibytes(49) }, files),
    );
  });
});

describe('the connections to MySQL', () => {
  test('are counted for the most pods that a rollout may show, to both hosts', () => {
    // (2 pods + 1 while rolling) × 4 children × 2 hosts; (1 worker + 1) × 2; 5 tasks × 2; the migration and those that wait for it
    expect(connectionsOf(minimal)).toEqual({ web: 24, worker: 4, scheduler: 10, migration: 10 });
    expect(totalConnectionsOf(minimal)).toBe(48);
  });

  test('are counted for all pods that the autoscaler may start', () => {
    expect(connectionsOf(every)).toMatchObject({ web: 11 * 12 * 2, worker: 2 * 5 * 2 });
  });
});

describe('every pod of the application', () => {
  test.each(ownersOf(php(minimal).manifests).map((owner) => [titleOf(owner.manifest).replace(/-[0-9a-f]{8}$/, ''), owner] as const))(
    '%s reads settings and secrets from files',
    (_, owner) => {
      for (const container of containersOf(owner)) {
        const names = container.env.map(({ name }: { name: string }) => name);
        expect(names).toEqual(expect.arrayContaining(['SETTINGS_FILE', 'SECRETS_DIR', 'PHP_INI_SCAN_DIR']));
        expect(names.filter((name: string) => /^(APP|DB|REDIS|CACHE|SESSION|QUEUE)_/.test(name))).toEqual([]);
      }
    },
  );

  test('but the migration waits for the migrations', () => {
    const { manifests } = php(minimal);
    const waitsFor = (name: string) =>
      podOf(manifests, 'Deployment', name).spec.initContainers.map(({ command }: { command: string[] }) => command);
    for (const name of ['queue-worker-default', 'scheduler']) {
      expect(waitsFor(name)).toEqual([['entrypoint', 'wait-for', 'migrations']]);
    }
    // And for nginx to have the files that its pages name.
    expect(waitsFor('php')).toEqual([['entrypoint', 'wait-for', 'migrations', 'assets']]);
    expect(podOf(manifests, 'Job', 'migration').spec.initContainers).toMatchObject([{ command: ['entrypoint', 'wait-for', 'database'] }]);
  });

  test('asks the writer, not the reader, before and during a migration', () => {
    const { manifests } = php(minimal);
    const data = find(manifests, 'ConfigMap', 'laravel')['data'];
    const waiting = ownersOf(manifests).flatMap(({ spec }) => spec.initContainers);
    for (const { env } of [...waiting, ...podOf(manifests, 'Job', 'migration').spec.containers]) {
      const { value } = env.find(({ name }: { name: string }) => name === 'SETTINGS_FILE');
      expect(data[value.replace('/run/settings/', '')]).toContain("DB_READ_HOST='mysql'\n");
    }
  });

  test('asks the reader for reads while it serves', () => {
    const { manifests } = php(minimal);
    const [container] = podOf(manifests, 'Deployment', 'php').spec.containers;
    expect(container.env).toContainEqual({ name: 'SETTINGS_FILE', value: '/run/settings/laravel.env' });
    expect(find(manifests, 'ConfigMap', 'laravel')['data']['laravel.env']).toContain("DB_READ_HOST='mysql-read'\n");
  });
});
