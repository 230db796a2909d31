import { Duration, Size } from 'cdk8s';
import type { OfficialSettings } from '../../lib/components/mysql';
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
const mysql = (settings: Partial<OfficialSettings>): Environment => ({ ...local, mysql: { ...local.mysql, ...settings } });

describe('accepted is', () => {
  test.each<[string, Environment]>([
    ['a promoted replica', mysql({ primary: 'mysql-replica-0' })],
    ['a promoted last replica', mysql({ replicas: 9, primary: 'mysql-replica-8' })],
    ['MySQL without a replica, for which no commit waits', mysql({ replicas: 0 })],
    ['one replica for which every commit waits', mysql({ replicas: 1, semiSync: 'durability' })],
    ['an address with a port', { ...local, url: 'https://fintrack.example:8443' }],
    ['an address by its number', { ...local, url: 'http://127.0.0.1:8080' }],
    [
      'a response time that no clock shows',
      {
        ...web({ minReplicas: 2, maxReplicas: 4, targetBusyPercent: 60, targetResponseTime: Duration.seconds(1 / 3) }),
        monitoring: {},
      },
    ],
  ])('%s', (_, environment) => {
    expect(environmentFindings(environment)).toEqual([]);
  });
});

describe('the connections to MySQL', () => {
  test('fit after either piece of advice was taken', () => {
    const tight: Environment = { ...production, mysql: { ...production.mysql, memory: Size.mebibytes(2560) } };
    const [finding = ''] = environmentFindings(tight);
    const [, pods = '', size = ''] = /Lower php\.scale\.maxReplicas to (\d+) or raise mysql\.memory to (\d+)Gi/.exec(finding) ?? [];
    const scale = { minReplicas: 3, maxReplicas: Number(pods), targetCpuPercent: 70 };
    expect(environmentFindings({ ...tight, php: { ...tight.php, scale } })).toEqual([]);
    expect(environmentFindings({ ...tight, mysql: { ...production.mysql, memory: Size.gibibytes(Number(size)) } })).toEqual([]);
  });
});

test('a number that is none is one finding, and no endless sum', () => {
  expect(environmentFindings({ ...local, php: { ...local.php, childrenPerPod: Number.NaN } })).toEqual([
    'local: php.childrenPerPod NaN must be a whole number of at least 1',
  ]);
});

test('every fault of an environment is found at once', () => {
  const environment: Environment = {
    ...web({ replicas: 0 }),
    namespace: 'default',
    redisCache: { ...local.redisCache, memory: Size.mebibytes(1) },
  };
  expect(environmentFindings(environment)).toHaveLength(3);
});
