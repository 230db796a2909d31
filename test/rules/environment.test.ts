import { Duration, Size } from 'cdk8s';
import type { OfficialSettings } from '../../lib/components/mysql';
import type { QueueWorkerSettings } from '../../lib/components/php';
import { environments, type Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { environmentFindings } from '../../lib/rules';

test.each(Object.values<Environment>(environments).map((environment) => [environment.name, environment] as const))(
  'the numbers of %s add up',
  (_, environment) => {
    expect(environmentFindings(environment)).toEqual([]);
  },
);

const web = (scale: Environment['php']['scale']): Environment => ({ ...local, php: { ...local.php, scale } });
const worker = (settings: Partial<QueueWorkerSettings>): Environment => ({
  ...local,
  php: { ...local.php, workers: { default: { ...local.php.workers.default, ...settings } } },
});
const mysql = (settings: Partial<OfficialSettings>): Environment => ({ ...local, mysql: { ...local.mysql, ...settings } });

describe('refused, in one line, is', () => {
  test.each<[string, Environment, string]>([
    [
      'a name that is no folder',
      { ...local, name: 'My Laptop' },
      'My Laptop: name "My Laptop" must be lower-case letters, digits and hyphens; it names a folder and APP_ENV',
    ],
    [
      'a namespace that Kubernetes would refuse',
      { ...local, namespace: 'fintrack_local' },
      'local: namespace "fintrack_local" must be lower-case letters, digits and hyphens, 63 at most',
    ],
    [
      'a namespace of Kubernetes itself',
      { ...local, namespace: 'kube-system' },
      'local: namespace kube-system belongs to Kubernetes; give FinTrack one of its own, for instance fintrack-local',
    ],
    [
      'an address with a path',
      { ...local, url: 'https://example.com/fintrack' },
      'local: url "https://example.com/fintrack" must be scheme and host without a path, for instance https://fintrack.example',
    ],
    [
      'an image without tag',
      { ...local, release: { ...local.release, php: 'registry.example.com:5000/fintrack-php' } },
      'local: release.php registry.example.com:5000/fintrack-php has neither tag nor digest; ' +
        'name the build, for instance registry.example.com:5000/fintrack-php:demo',
    ],
    [
      'an image that is another one every day',
      { ...local, release: { ...local.release, nginx: 'fintrack-nginx:latest' } },
      'local: release.nginx fintrack-nginx:latest names another build every day; name the build, for instance fintrack-nginx:demo',
    ],
    ['no pod', web({ replicas: 0 }), 'local: php.scale.replicas 0 must be a whole number of at least 1'],
    [
      'half a pod',
      worker({ scale: { replicas: 1.5 } }),
      'local: php.workers.default.scale.replicas 1.5 must be a whole number of at least 1',
    ],
    [
      'a range upside down',
      web({ minReplicas: 3, maxReplicas: 2, targetCpuPercent: 70 }),
      'local: php.scale.maxReplicas 2 must be a whole number of at least minReplicas 3',
    ],
    [
      'a range from nothing',
      web({ minReplicas: 0, maxReplicas: 2, targetCpuPercent: 70 }),
      'local: php.scale.minReplicas 0 must be a whole number of at least 1',
    ],
    [
      'an aim that no pod can reach',
      { ...local, nginx: { scale: { minReplicas: 1, maxReplicas: 2, targetCpuPercent: 120 } } },
      'local: nginx.scale.targetCpuPercent 120 must be between 10 and 95',
    ],
    [
      'a pod without children',
      { ...local, php: { ...local.php, childrenPerPod: 0 } },
      'local: php.childrenPerPod 0 must be a whole number of at least 1',
    ],
    [
      'a primary that is no pod',
      mysql({ primary: 'mysql-1' }),
      'local: mysql.primary mysql-1 does not exist; with mysql.replicas 1 there is mysql-primary-0, mysql-replica-0',
    ],
    [
      'a primary beyond the last replica',
      { ...production, mysql: { ...production.mysql, primary: 'mysql-replica-2' } },
      'production: mysql.primary mysql-replica-2 does not exist; ' +
        'with mysql.replicas 2 there is mysql-primary-0, mysql-replica-0, mysql-replica-1',
    ],
    [
      'a primary that goes with the replicas',
      mysql({ primary: 'mysql-replica-0', replicas: 0 }),
      'local: mysql.primary mysql-replica-0 does not exist; with mysql.replicas 0 there is mysql-primary-0',
    ],
    ['less than no replica', mysql({ replicas: -1 }), 'local: mysql.replicas -1 must be a whole number from 0 to 9'],
    ['half a replica', mysql({ replicas: 1.5 }), 'local: mysql.replicas 1.5 must be a whole number from 0 to 9'],
    ['a count that is none', mysql({ replicas: Number.NaN }), 'local: mysql.replicas NaN must be a whole number from 0 to 9'],
    [
      'endless replicas',
      mysql({ replicas: Number.POSITIVE_INFINITY }),
      'local: mysql.replicas Infinity must be a whole number from 0 to 9',
    ],
    ['a lag that none can keep', mysql({ maxLagSeconds: -1 }), 'local: mysql.maxLagSeconds -1 must be a whole number of at least 1'],
    ['a tenth replica', mysql({ replicas: 10 }), 'local: mysql.replicas 10 must be a whole number from 0 to 9'],
    [
      'a commit that waits a second for a replica where there is none',
      mysql({ replicas: 0, semiSync: 'availability' }),
      'local: mysql.semiSync availability waits for a replica and mysql.replicas is 0; set it to off or add a replica',
    ],
    [
      'a commit that waits for ever for a replica where there is none',
      mysql({ replicas: 0, semiSync: 'durability' }),
      'local: mysql.semiSync durability waits for a replica and mysql.replicas is 0; set it to off or add a replica',
    ],
    [
      'a volume too small for a rewrite of the append-only file',
      { ...local, redis: { ...local.redis, memory: Size.gibibytes(1) } },
      'local: redis.storage 1Gi is less than three times the data that redis.memory 1Gi may hold (409Mi); ' +
        'a rewrite of the append-only file keeps old and new. Raise redis.storage to 1227Mi',
    ],
    ...[0.5, 1, 2.5].map((seconds): [string, Environment, string] => [
      `a failover after ${seconds} s`,
      { ...production, redis: { ...production.redis, failoverAfter: Duration.millis(seconds * 1000) } },
      `production: redis.failoverAfter ${seconds} s must be whole seconds, 2 at least: ` +
        'a replica reports each second, and the old primary must have stopped before',
    ]),
    [
      'a Redis without room for itself',
      { ...local, redis: { ...local.redis, memory: Size.mebibytes(32) } },
      'local: redis.memory 32Mi is too small for a server; give it at least 64Mi',
    ],
    [
      'a cache without room for itself',
      { ...local, redisCache: { memory: Size.mebibytes(32) } },
      'local: redisCache.memory 32Mi is too small for a server; give it at least 64Mi',
    ],
  ])('%s', (_, environment, finding) => {
    expect(environmentFindings(environment)).toEqual([finding]);
  });
});

describe('accepted is', () => {
  test.each<[string, Environment]>([
    ['a promoted replica', mysql({ primary: 'mysql-replica-0' })],
    ['a promoted last replica', mysql({ replicas: 9, primary: 'mysql-replica-8' })],
    ['MySQL without a replica, for which no commit waits', mysql({ replicas: 0 })],
    ['one replica for which every commit waits', mysql({ replicas: 1, semiSync: 'durability' })],
  ])('%s', (_, environment) => {
    expect(environmentFindings(environment)).toEqual([]);
  });
});

describe('the connections to MySQL', () => {
  test('must fit beside the buffer pool; the finding shows the sum and what would fit', () => {
    const environment: Environment = { ...production, mysql: { ...production.mysql, memory: Size.gibibytes(2) } };
    expect(environmentFindings(environment)).toEqual([
      'production: web 264 + worker 26 + scheduler 10 + migration 10 + operators 10 = 320 connections × 4 MiB + buffer pool 1Gi + 384 MiB = 2688 MiB; ' +
        'mysql.memory is 2Gi. Lower php.scale.maxReplicas to 3 or raise mysql.memory to 3Gi',
    ]);
  });

  test('of fifty children in each of eight pods do not fit into a server of 1 GiB, whatever the number of pods', () => {
    const environment: Environment = { ...web({ replicas: 8 }), mysql: { ...local.mysql, memory: Size.gibibytes(1) } };
    expect(environmentFindings({ ...environment, php: { ...environment.php, childrenPerPod: 50 } })).toEqual([
      'local: web 900 + worker 4 + scheduler 10 + migration 10 + operators 10 = 934 connections × 4 MiB + buffer pool 512Mi + 384 MiB = 4632 MiB; ' +
        'mysql.memory is 1Gi. Raise mysql.memory to 7680Mi',
    ]);
  });

  test('fit after either piece of advice was taken', () => {
    const tight: Environment = { ...production, mysql: { ...production.mysql, memory: Size.gibibytes(2) } };
    const [finding = ''] = environmentFindings(tight);
    const [, pods = '', size = ''] = /Lower php\.scale\.maxReplicas to (\d+) or raise mysql\.memory to (\d+)Gi/.exec(finding) ?? [];
    const scale = { minReplicas: 3, maxReplicas: Number(pods), targetCpuPercent: 70 };
    expect(environmentFindings({ ...tight, php: { ...tight.php, scale } })).toEqual([]);
    expect(environmentFindings({ ...tight, mysql: { ...production.mysql, memory: Size.gibibytes(Number(size)) } })).toEqual([]);
  });

  test('are never advised below the fewest pods of the range', () => {
    const scale = { minReplicas: 8, maxReplicas: 10, targetCpuPercent: 70 };
    const tight: Environment = {
      ...production,
      php: { ...production.php, scale },
      mysql: { ...production.mysql, memory: Size.gibibytes(2) },
    };
    expect(environmentFindings(tight)).toEqual([expect.stringMatching(/mysql\.memory is 2Gi\. Raise mysql\.memory to 3Gi$/)]);
  });
});

describe('settings that the API server or PHP would refuse', () => {
  test('a worker whose memory is all bounds', () => {
    expect(environmentFindings(worker({ memory: Size.mebibytes(128) }))).toEqual([
      expect.stringMatching(/^local: php\.workers\.default\.memory 128Mi /),
    ]);
  });

  test('a job that may run for no time at all', () => {
    expect(environmentFindings(worker({ jobTimeout: Duration.seconds(0) }))).toEqual([
      expect.stringMatching(/^local: php\.workers\.default\.jobTimeout 0/),
    ]);
  });

  test('an address that would end its line in a file', () => {
    expect(environmentFindings({ ...local, url: "https://o'brien.example" })).toEqual([
      expect.stringMatching(/^local: url "https:\/\/o'brien/),
    ]);
  });
});

test('a number that is none is one finding, and no endless sum', () => {
  expect(environmentFindings({ ...local, php: { ...local.php, childrenPerPod: Number.NaN } })).toEqual([
    'local: php.childrenPerPod NaN must be a whole number of at least 1',
  ]);
});

describe('names that end up in labels, files and arguments', () => {
  test.each<[string, Environment, RegExp]>([
    ['a version that is no label', { ...local, release: { ...local.release, version: '1.0.0+7' } }, /^local: release\.version 1\.0\.0\+7 /],
    ['a database that needs quotes', mysql({ database: "o'brien" }), /^local: mysql\.database "o'brien" /],
    ['no queue at all', worker({ queues: [] }), /^local: php\.workers\.default\.queues /],
    ['no workers', { ...local, php: { ...local.php, workers: {} } }, /^local: php\.workers is empty/],
    [
      'a worker that names no object',
      { ...local, php: { ...local.php, workers: { Mail: { scale: { replicas: 1 } } } } },
      /^local: php\.workers\.Mail must/,
    ],
    [
      'a worker for no job',
      worker({ scale: { minReplicas: 1, maxReplicas: 2, jobsPerWorker: 0 } }),
      /^local: php\.workers\.default\.scale\.jobsPerWorker 0 must/,
    ],
    [
      'an address for assets with a slash at its end',
      { ...local, assetUrl: 'https://cdn.example/' },
      /^local: assetUrl "https:\/\/cdn.example\/" must/,
    ],
    [
      'a namespace of KEDA that is none',
      { ...local, php: { ...local.php, kedaNamespace: 'Keda' } },
      /^local: php\.kedaNamespace "Keda" must/,
    ],
    ['a queue that is two', worker({ queues: ['high,default'] }), /^local: php\.workers\.default\.queues .*high,default/],
    ['a folder of dist/ that belongs to somebody else', { ...local, name: 'argocd' }, /^argocd: name argocd /],
  ])('refuse %s', (_, environment, finding) => {
    expect(environmentFindings(environment)).toEqual([expect.stringMatching(finding)]);
  });
});

test('every fault of an environment is found at once', () => {
  const environment: Environment = { ...web({ replicas: 0 }), namespace: 'default', redisCache: { memory: Size.mebibytes(1) } };
  expect(environmentFindings(environment)).toHaveLength(3);
});
