import { App, Size } from 'cdk8s';
import { RestoreChart, type Manifest } from '../../../lib/charts';
import { restoreOf } from '../../../lib/commands/restore';
import { Backup, greatestAgesOf, Restore, type BackupProps, type BackupSettings } from '../../../lib/components/backup';
import { local } from '../../../lib/environments/local';
import { production } from '../../../lib/environments/production';
import { removeFolders } from '../../support/folders';
import { find, manifestsFor, podOf } from '../../support/manifests';
import { restrictedFindings } from '../../support/pod-security';
import { idleSettings, render, sampleFiles } from '../../support/render';
import { schemaFindings } from '../../support/schema';

const files = sampleFiles();
afterAll(removeFolders);

const minimal: BackupSettings = {
  image: 'registry.example.com/fintrack-backup:1',
  bucket: { endpoint: 'https://s3.example.com', name: 'backups', cidrs: ['203.0.113.0/24'] },
};
const every: Required<BackupSettings> = {
  image: 'registry.example.com/fintrack-backup:2',
  bucket: { endpoint: 'http://s3.example.net:7070', name: 'others', folder: 'test-2', cidrs: ['198.51.100.0/24'] },
  schedule: '30 2 * * *',
  redisSchedule: '45 2 * * *',
  pruneSchedule: '30 5 * * *',
  restoreTestSchedule: '30 6 * * 6',
  keep: { daily: 3, weekly: 2, monthly: 1 },
  shipSeconds: 10,
  scratch: Size.gibibytes(7),
};
const propsOf = (settings: BackupSettings): BackupProps => ({
  ...settings,
  files,
  environment: 'test',
  namespace: 'fintrack-test',
  version: '1.0.0',
  database: { host: 'mysql', database: 'financial_tracker' },
  mysql: { storage: Size.gibibytes(20), primary: 'mysql-primary-0', replicas: 2, tls: 'off' },
  redis: { availability: 'sentinel', memory: Size.gibibytes(2), storage: Size.gibibytes(10), tls: 'off' },
});
const backup = (settings: BackupSettings) => render((chart) => new Backup(chart, 'backup', propsOf(settings)));
const restore = (as: 'keep' | 'primary', to?: string) =>
  render((chart) => new Restore(chart, 'restore', { ...propsOf(minimal), as, ...(to !== undefined && { to }) }));

const envOf = (manifests: readonly Manifest[], kind: string, name: string): Record<string, string> =>
  Object.fromEntries(
    podOf(manifests, kind, name).spec.containers[0].env.map((each: { name: string; value: string }) => [each.name, each.value]),
  );
const cronJobs = ['backup', 'backup-prune', 'backup-redis', 'restore-test'];

describe('backups', () => {
  test('with the smallest settings', () => {
    expect(backup(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(backup(every).yaml).toMatchSnapshot();
  });

  test('take every setting into their manifests', () => {
    // The network policies open the way to these, and no other object names them.
    const { cidrs } = minimal.bucket;
    expect(idleSettings<BackupSettings>(minimal, { ...every, bucket: { ...every.bucket, cidrs } }, backup)).toEqual([]);
  });

  test.each(cronJobs)('%s never runs twice at once, ends some time, and keeps what it said', (name) => {
    expect(find(backup(minimal).manifests, 'CronJob', name).spec).toMatchObject({
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: { backoffLimit: 1, activeDeadlineSeconds: expect.any(Number) as number } },
    });
  });

  test('dump a replica, and the primary where no replica can be', () => {
    expect(envOf(backup(minimal).manifests, 'CronJob', 'backup')['SERVERS']).toBe('mysql-replica-0 mysql-replica-1 mysql');
    const promoted = render(
      (chart) =>
        new Backup(chart, 'backup', {
          ...propsOf(minimal),
          mysql: { storage: Size.gibibytes(1), primary: 'mysql-replica-0', replicas: 1, tls: 'off' },
        }),
    );
    expect(envOf(promoted.manifests, 'CronJob', 'backup')['SERVERS']).toBe('mysql-primary-0 mysql');
  });

  test('copy Redis by itself, so that neither it nor MySQL keeps the other from being stored', () => {
    const { spec } = podOf(backup(minimal).manifests, 'CronJob', 'backup-redis');
    const secretsOf = ({ volumeMounts }: { volumeMounts: { name: string }[] }) =>
      volumeMounts.map(({ name }) => name).filter((name) => name.endsWith('secrets'));
    expect(spec.initContainers.map(secretsOf)).toEqual([['redis-secrets']]);
    expect(spec.containers.map(secretsOf)).toEqual([['secrets']]);
    const { redis, ...others } = propsOf(minimal);
    expect(redis).toBeDefined();
    const { manifests } = render((chart) => new Backup(chart, 'backup', others));
    expect(manifests.map(({ metadata }) => metadata.name)).not.toContain('backup-redis');
  });

  test('ask each server of Redis, or the one there is', () => {
    const servers = (availability: 'single' | 'sentinel', tls: 'off' | 'verified' = 'off') => {
      const redis = { availability, memory: Size.gibibytes(2), storage: Size.gibibytes(10), tls };
      const { manifests } = render((chart) => new Backup(chart, 'backup', { ...propsOf(minimal), redis }));
      return podOf(manifests, 'CronJob', 'backup-redis').spec.initContainers[0].env;
    };
    expect(servers('single')).toEqual([{ name: 'SERVERS', value: 'redis' }]);
    expect(servers('sentinel')).toEqual([{ name: 'SERVERS', value: 'redis-0 redis-1 redis-2' }]);
    expect(servers('single', 'verified')).toContainEqual({ name: 'TLS', value: 'verified' });
  });

  test.each(['off', 'encrypted', 'verified'] as const)('make sure of MySQL where its choice of TLS says so: %s', (tls) => {
    const props = propsOf(minimal);
    const { manifests } = render((chart) => new Backup(chart, 'backup', { ...props, mysql: { ...props.mysql, tls } }));
    const workloads = [...cronJobs.map((name) => ['CronJob', name] as const), ['Deployment', 'backup-logs'] as const];
    const told = workloads.filter(([kind, name]) => envOf(manifests, kind, name)['TLS'] === 'verified');
    const given = workloads.filter(([kind, name]) => {
      const volume = podOf(manifests, kind, name).spec.volumes.find((each: { name: string }) => each.name === 'secrets');
      const { secret } = volume.projected.sources.find((each: Manifest) => each['secret'].name === 'mysql-tls') ?? {};
      return secret?.items.length === 1 && secret.items[0].key === 'ca.crt' && secret.items[0].path === 'backup/ca.crt';
    });
    const asking = tls === 'verified' ? ['backup', 'backup-logs'] : [];
    expect([told, given].map((each) => each.map(([, name]) => name))).toEqual([asking, asking]);
  });

  test('call MySQL’s servers by names that are in their certificate', () => {
    const manifests = manifestsFor(production);
    const { HOST = '' } = envOf(manifests, 'Deployment', 'backup-logs');
    const { SERVERS = '' } = envOf(manifests, 'CronJob', 'backup');
    const { dnsNames } = find(manifests, 'Certificate', 'mysql')['spec'];
    expect([HOST, ...SERVERS.split(' ')].filter((name) => !dnsNames.includes(name))).toEqual([]);
  });

  test('read logs from whoever is primary, one reader at a time', () => {
    const { manifests } = backup(minimal);
    expect(find(manifests, 'Deployment', 'backup-logs').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(envOf(manifests, 'Deployment', 'backup-logs')).toMatchObject({ HOST: 'mysql', SHIP_SECONDS: '30' });
  });

  test('are in the folder of their environment unless they are told another', () => {
    expect(envOf(backup(minimal).manifests, 'CronJob', 'backup')['BUCKET']).toBe('s3:https://s3.example.com/backups/test');
    expect(envOf(backup(every).manifests, 'CronJob', 'backup')['BUCKET']).toBe('s3:http://s3.example.net:7070/others/test-2');
  });

  test('give the restore test a volume as large as that of a server, and of the same class, and little of the disk of a node', () => {
    const claimOf = (manifests: readonly Manifest[]) => {
      const { volumes, containers } = podOf(manifests, 'CronJob', 'restore-test').spec;
      expect(containers[0].resources.limits['ephemeral-storage']).toBe('64Mi');
      expect(containers[0].volumeMounts).toContainEqual({ name: 'work', mountPath: '/spool', readOnly: false });
      return volumes.find(({ name }: { name: string }) => name === 'work').ephemeral.volumeClaimTemplate;
    };
    const sizeOf = (settings: BackupSettings) => claimOf(backup(settings).manifests).spec.resources.requests.storage as string;
    expect([sizeOf(minimal), sizeOf(every)]).toEqual(['20Gi', '7Gi']);
    expect(claimOf(backup(minimal).manifests).spec).not.toHaveProperty('storageClassName');
    const props = propsOf(minimal);
    const mysql = { ...props.mysql, storageClass: 'fast' };
    const { manifests } = render((chart) => new Backup(chart, 'backup', { ...props, mysql }));
    expect(claimOf(manifests)).toMatchObject({
      // Where data is protected, nobody could take it away otherwise.
      metadata: { annotations: { 'fintrack/allow-delete': 'with-its-pod' } },
      spec: { storageClassName: 'fast' },
    });
    // A pod that has ended keeps its volume.
    expect(find(manifests, 'CronJob', 'restore-test').spec.jobTemplate.spec.ttlSecondsAfterFinished).toBe(3 * 86400);
  });

  test('have no secret but in files, and MySQL’s password only where it is asked', () => {
    for (const [kind, name] of [...cronJobs.map((each) => ['CronJob', each] as const), ['Deployment', 'backup-logs'] as const]) {
      const { spec } = podOf(backup(minimal).manifests, kind, name);
      const volume = spec.volumes.find((each: { name: string }) => each.name === 'secrets');
      expect(
        volume.projected.sources.flatMap(({ secret }: Manifest) => secret['items'].map(({ path }: { path: string }) => path)).sort(),
      ).toEqual([
        'backup/access-key-id',
        ...(['backup', 'backup-logs'].includes(name) ? ['backup/backup-password'] : []),
        'backup/repository-password',
        'backup/secret-access-key',
      ]);
      expect(spec.containers[0].env.filter((each: { valueFrom?: unknown }) => each.valueFrom !== undefined)).toEqual([]);
    }
  });
});

test.each([
  [{}, { backup: 26, 'backup-redis': 26, 'restore-test': 15 * 24 }],
  [
    { schedule: '0 */6 * * *', restoreTestSchedule: '@monthly' },
    { backup: 8, 'backup-redis': 26, 'restore-test': 63 * 24 },
  ],
])('with %j backups are too old when they are two hours late, and tests when two in a row and a day are missing', (schedules, hours) => {
  const ages = Object.entries(hours).map(([cronjob, each]) => [cronjob, each * 3600]);
  expect(greatestAgesOf({ image: 'image:1', bucket: production.backup.bucket, ...schedules })).toEqual(Object.fromEntries(ages));
});

describe('a restore', () => {
  test('beside running servers, to a moment', () => {
    expect(restore('keep', '2026-11-23T10:15:00Z').yaml).toMatchSnapshot();
  });

  test('for a first server, of all there is', () => {
    expect(restore('primary').yaml).toMatchSnapshot();
  });

  test('fits the API of Kubernetes and Pod Security restricted', () => {
    const { manifests } = restore('primary', '2026-11-23T10:15:00Z');
    expect(manifests.flatMap((manifest) => [...schemaFindings(manifest, '1.27'), ...schemaFindings(manifest, '1.34')])).toEqual([]);
    expect(restrictedFindings(podOf(manifests, 'Job', 'restore'))).toEqual([]);
  });

  test('claims a volume of its own, or that of the declared primary where there is none yet', () => {
    const claims = (manifests: readonly Manifest[]) =>
      manifests.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
    expect(claims(restore('keep').manifests)).toEqual(['restored']);
    expect(claims(restore('primary').manifests)).toEqual(['data-mysql-primary-0']);
  });

  test('has a volume that may be deleted where data is protected, unless it is that of a server', () => {
    const annotationsOf = (as: 'keep' | 'primary', claim: string) =>
      find(restore(as).manifests, 'PersistentVolumeClaim', claim).metadata.annotations;
    expect(annotationsOf('keep', 'restored')).toEqual({ 'fintrack/allow-delete': 'restored' });
    expect(annotationsOf('primary', 'data-mysql-primary-0')).toBeUndefined();
  });

  test('has the account and the network policy of the restore test, and the user of the servers', () => {
    const { spec, labels } = podOf(restore('keep').manifests, 'Job', 'restore');
    expect(labels['app.kubernetes.io/instance']).toBe('restore-test');
    expect([spec.serviceAccountName, spec.securityContext.runAsUser]).toEqual(['restore-test', 10003]);
  });

  test('runs the scripts that the environment has', () => {
    const chart = new RestoreChart(new App(), 'restore', { environment: production, files, as: 'keep' });
    const names = (chart.toJson() as Manifest[]).filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(names).toEqual([find(backup(minimal).manifests, 'ConfigMap', 'backup').metadata.name]);
  });
});

describe('npm run restore', () => {
  test('says what it will do, and that no volume that exists is written to', () => {
    const { manifests, notes } = restoreOf({ environment: production, to: '2026-11-23T10:15:00Z' });
    expect(manifests).toContain('2026-11-23T10:15:00Z');
    expect(notes.join('\n')).toContain('No volume that exists is written to');
  });

  test('leaves the logs out, if that is said', () => {
    const { manifests, notes } = restoreOf({ environment: production, to: '2026-10-01T00:00:00Z', dumpOnly: true });
    expect(manifests).toMatch(/- "2026-10-01T00:00:00Z"\n +- dump\n/);
    expect(notes.join('\n')).toContain('the newest dump before 2026-10-01T00:00:00Z, and nothing that came after it, into a new volume');
    expect(restoreOf({ environment: production }).manifests).not.toMatch(/- dump\n/);
  });

  test.each(['yesterday', '2026-11-23T10:15:00', '2026-13-23T10:15:00Z'])('refuses the moment %s', (to) => {
    expect(() => restoreOf({ environment: production, to })).toThrow(`--to ${to} must be a date, a time and its zone`);
  });

  test('refuses an environment without backups', () => {
    expect(() => restoreOf({ environment: local })).toThrow('environment local has no backups');
  });
});
