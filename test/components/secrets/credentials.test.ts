import { Size } from 'cdk8s';
import { Backup } from '../../../lib/components/backup';
import { Certificates } from '../../../lib/components/certificates';
import { OfficialMysql as Mysql } from '../../../lib/components/mysql';
import { Redis, RedisCache } from '../../../lib/components/redis';
import { CREDENTIALS, fileOf } from '../../../lib/components/secrets';
import { secretFiles } from '../../../lib/kubernetes/volumes';
import { removeFolders } from '../../support/folders';
import { ownersOf } from '../../support/manifests';
import { render, sampleFiles } from '../../support/render';
import { minimal, php } from '../php/sample';

afterAll(removeFolders);

/** Keys that each workload mounts, as `Secret/key`. */
function mountedKeys(): Record<string, string[]> {
  const files = sampleFiles();
  const data = render((chart) => {
    const memory = Size.gibibytes(1);
    const storage = Size.gibibytes(4);
    const servers = { version: '8.0', primary: 'mysql-primary-0', replicas: 1, semiSync: 'off', tls: 'off' } as const;
    const wiring = { files, certificates: new Certificates(chart, 'certificates') };
    new Mysql(chart, 'mysql', { ...servers, memory, storage, ...wiring, maxConnections: 50 });
    new Redis(chart, 'redis', { availability: 'sentinel', memory, storage, tls: 'off', ...wiring });
    new RedisCache(chart, 'redis-cache', { memory, tls: 'off', ...wiring });
    new Backup(chart, 'backup', {
      image: 'registry.example.com/fintrack-backup:1',
      bucket: { endpoint: 'https://s3.example.com', name: 'backups', cidrs: ['203.0.113.0/24'] },
      files,
      environment: 'test',
      namespace: 'fintrack-test',
      version: '1',
      database: { host: 'mysql', database: 'financial_tracker' },
      mysql: { ...servers, storage },
      redis: { availability: 'sentinel', memory, storage, tls: 'off' },
    });
  });
  return Object.fromEntries(
    ownersOf([...data.manifests, ...php(minimal, { files }).manifests]).map(({ labels, spec }) => [
      labels['app.kubernetes.io/instance'],
      spec.volumes
        .flatMap(
          (volume: { projected?: { sources: { secret: { name: string; items: { key: string }[] } }[] } }) =>
            volume.projected?.sources ?? [],
        )
        .flatMap(({ secret }: { secret: { name: string; items: { key: string }[] } }) =>
          secret.items.map(({ key }) => `${secret.name}/${key}`),
        ),
    ]),
  );
}

describe('the credentials', () => {
  test('mount a password that two components need from one key', () => {
    const keys = mountedKeys();
    const application = [
      'fintrack-app/app-key',
      'fintrack-app/app-previous-keys',
      'fintrack-mysql/app-password',
      'fintrack-redis/app-password',
    ];
    // The same for every server, as each may become primary.
    const server = [
      'fintrack-mysql/root-password',
      'fintrack-mysql/app-password',
      'fintrack-mysql/replication-password',
      'fintrack-mysql/clone-password',
      'fintrack-mysql/backup-password',
      'fintrack-mysql/exporter-password',
      'fintrack-mysql/probe-password',
    ];
    const backups = ['fintrack-backup/access-key-id', 'fintrack-backup/secret-access-key', 'fintrack-backup/repository-password'];
    const dumps = [...backups, 'fintrack-mysql/backup-password'];
    const redisUsers = (...users: string[]) => users.map((user) => `fintrack-redis/${user}-password`);
    expect(keys).toEqual({
      'mysql-primary': server,
      'mysql-replica': server,
      redis: redisUsers('operator', 'app', 'replication', 'sentinel', 'exporter', 'probe'),
      'redis-cache': redisUsers('operator', 'app', 'exporter', 'probe'),
      'redis-sentinel': redisUsers('operator', 'sentinel', 'probe'),
      'redis-proxy': redisUsers('probe'),
      php: application,
      'queue-worker-default': application,
      scheduler: application,
      migration: application,
      backup: dumps,
      'backup-logs': dumps,
      'backup-prune': backups,
      'backup-redis': [...redisUsers('replication', 'probe'), ...backups],
      'restore-test': backups,
    });
  });

  test('are all mounted by somebody, each under one key', () => {
    const keys = Object.values(CREDENTIALS).map(({ secret, key }) => `${secret}/${key}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...new Set(Object.values(mountedKeys()).flat())].sort()).toEqual([...keys].sort());
  });

  test('say what they are for', () => {
    for (const { purpose } of Object.values(CREDENTIALS)) {
      expect(purpose).toMatch(/^\S.{10,}$/);
    }
  });
});

describe('a credential as a file', () => {
  test('is named as its key, or as its reader wants it', () => {
    expect(fileOf(CREDENTIALS.redisApp)).toEqual({ secret: 'fintrack-redis', key: 'app-password' });
    expect(fileOf(CREDENTIALS.redisApp, 'REDIS_PASSWORD')).toEqual({
      secret: 'fintrack-redis',
      key: 'app-password',
      file: 'REDIS_PASSWORD',
    });
  });

  test('is readable by the group of the pod only, and several of one Secret are one source', () => {
    const { volume, path, readOnly } = secretFiles('/run/secrets/mysql', [fileOf(CREDENTIALS.mysqlRoot), fileOf(CREDENTIALS.mysqlApp)]);
    expect({ path, readOnly }).toEqual({ path: '/run/secrets/mysql', readOnly: undefined });
    expect(volume.projected).toEqual({
      defaultMode: 0o440,
      sources: [
        {
          secret: {
            name: 'fintrack-mysql',
            items: [
              { key: 'root-password', path: 'root-password' },
              { key: 'app-password', path: 'app-password' },
            ],
          },
        },
      ],
    });
  });
});
