import { Duration } from 'cdk8s';
import type { PhpSettings, QueueScale } from '../../lib/components/php';
import type { Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { maximumOf, minimumOf, type Scale } from '../../lib/kubernetes/scale';

describe('a scale', () => {
  test('is a number', () => {
    const fixed: Scale = { replicas: 2 };
    expect([minimumOf(fixed), maximumOf(fixed)]).toEqual([2, 2]);
  });

  test('or a range', () => {
    const automatic: Scale = { minReplicas: 2, maxReplicas: 5, targetCpuPercent: 70 };
    expect([minimumOf(automatic), maximumOf(automatic)]).toEqual([2, 5]);
  });

  // The type check proves these: a line that compiles after all is an unused expectation, and that is an error.
  test('is never both, and never half of one', () => {
    const settings: Scale[] = [
      // @ts-expect-error -- a number and a range at once
      { replicas: 2, minReplicas: 2, maxReplicas: 5, targetCpuPercent: 70 },
      // @ts-expect-error -- a number and a part of a range
      { replicas: 2, maxReplicas: 5 },
      // @ts-expect-error -- a range without its aim
      { minReplicas: 2, maxReplicas: 5 },
      // @ts-expect-error -- a number and the aim of a range
      { replicas: 2, targetCpuPercent: 70 },
      // @ts-expect-error -- nothing at all
      {},
    ];
    const workers: QueueScale[] = [
      // @ts-expect-error -- two aims at once
      { minReplicas: 2, maxReplicas: 5, jobsPerWorker: 20, targetCpuPercent: 70 },
    ];
    const web: PhpSettings['scale'][] = [
      // @ts-expect-error -- a number and children that are busy
      { replicas: 2, targetBusyPercent: 60 },
      // @ts-expect-error -- how long requests take alone, which says little
      { minReplicas: 2, maxReplicas: 5, targetResponseTime: Duration.seconds(1) },
    ];
    expect([settings, workers, web].map(({ length }) => length)).toEqual([5, 1, 2]);
  });
});

describe('an environment', () => {
  test('with a setting that does not exist does not compile', () => {
    const environments: Environment[] = [
      // @ts-expect-error -- an unknown component
      { ...local, memcached: {} },
      // @ts-expect-error -- an unknown setting of a component
      { ...local, redisCache: { memory: local.redisCache.memory, maxmemory: '1gb' } },
      // @ts-expect-error -- a string where a size belongs
      { ...local, redisCache: { memory: '512Mi' } },
      // @ts-expect-error -- a series of MySQL that nobody tested
      { ...local, mysql: { ...local.mysql, version: '5.7' } },
    ];
    expect(environments).toHaveLength(4);
  });

  test('without a setting that it must decide does not compile', () => {
    const { url, ...rest } = local;
    // @ts-expect-error -- url is missing
    const environment: Environment = rest;
    expect({ ...environment, url }).toEqual(local);
  });
});
