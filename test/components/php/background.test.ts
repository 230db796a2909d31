import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import type { PhpSettings, QueueWorkerSettings } from '../../../lib/components/php';
import { externalEndpoint } from '../../../lib/components/redis/external';
import { CREDENTIALS } from '../../../lib/components/secrets';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { sampleFiles } from '../../support/render';
import { every, minimal, php, worker } from './sample';

afterAll(removeFolders);

describe('the queue worker', () => {
  const smallest: QueueWorkerSettings = { scale: { replicas: 1 } };
  const manifestsFor = (workers: PhpSettings['workers']) => php({ ...minimal, workers }).manifests;
  const pod = (settings = smallest) => podOf(manifestsFor({ default: settings }), 'Deployment', 'queue-worker-default').spec;
  const valueOf = (option: string, spec: ReturnType<typeof pod>): string =>
    spec.containers[0].command.find((argument: string) => argument.startsWith(`${option}=`)).slice(option.length + 1);
  const retryAfterIn = (manifests: ReturnType<typeof manifestsFor>) =>
    Number(/REDIS_QUEUE_RETRY_AFTER='(\d+)'/.exec(find(manifests, 'ConfigMap', 'laravel')['data']['laravel.env'])?.[1]);
  const retryAfter = (settings = smallest) => retryAfterIn(manifestsFor({ default: settings }));

  test.each([
    ['90 seconds by default', smallest, 90],
    ['five minutes where an environment says so', { ...smallest, jobTimeout: Duration.minutes(5) }, 300],
  ])('lets a job run %s; retry and grace period follow', (_, settings, seconds) => {
    expect(Number(valueOf('--timeout', pod(settings)))).toBe(seconds);
    // A job that is retried while it still runs is run twice.
    expect(retryAfter(settings)).toBeGreaterThan(seconds);
    expect(pod(settings).terminationGracePeriodSeconds).toBeGreaterThan(retryAfter(settings));
  });

  test('ends between two jobs before PHP does, and PHP before the kernel does', () => {
    const spec = pod({ ...smallest, memory: Size.mebibytes(512) });
    const worker = Number(valueOf('--memory', spec));
    const process = Number(valueOf('memory_limit', spec).replace('M', ''));
    expect(worker).toBeLessThan(process);
    expect(process).toBeLessThan(512);
  });

  test('may always use the processor time that it is guaranteed', () => {
    const [{ resources }] = pod({ ...smallest, cpu: Cpu.units(2) }).containers;
    expect(resources).toMatchObject({ requests: { cpu: '2' }, limits: { cpu: expect.stringMatching(/^(2|[2-9]\d{3}m)$/) } });
  });

  test('takes the most urgent queue first', () => {
    expect(valueOf('--queue', pod())).toBe('default');
    expect(valueOf('--queue', pod(worker))).toBe('high,default');
  });

  test('is restarted when it slept for longer than a job may last', () => {
    const { exec, failureThreshold } = pod({ ...smallest, jobTimeout: Duration.minutes(5) }).containers[0].livenessProbe;
    expect(exec.command).toEqual(['worker-alive', '330']);
    expect(failureThreshold).toBe(3);
  });

  test('is a Deployment for each list of queues, and no job of any of them is given away while it runs', () => {
    const manifests = manifestsFor({
      default: smallest,
      imports: { scale: { replicas: 2 }, queues: ['imports'], jobTimeout: Duration.minutes(10) },
    });
    const names = manifests.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name.startsWith('queue-worker'))).toEqual(['queue-worker-default', 'queue-worker-imports']);
    expect(retryAfterIn(manifests)).toBe(630);
    for (const name of ['queue-worker-default', 'queue-worker-imports']) {
      expect(podOf(manifests, 'Deployment', name).spec.terminationGracePeriodSeconds).toBeGreaterThan(630);
    }
  });

  describe('that is scaled by the jobs that wait', () => {
    const { manifests } = php(every);
    const { spec } = find(manifests, 'ScaledObject', 'queue-worker-default');

    test('leaves replicas to KEDA, which makes the only autoscaler', () => {
      expect(find(manifests, 'Deployment', 'queue-worker-default')['spec']).not.toHaveProperty('replicas');
      expect(manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')).toEqual([]);
      expect(spec).toMatchObject({ scaleTargetRef: { name: 'queue-worker-default' }, minReplicaCount: 2, maxReplicaCount: 5 });
    });

    test('is measured by the list of each queue, by its whole key', () => {
      expect(spec.triggers.map(({ metadata }: { metadata: object }) => metadata)).toEqual(
        ['high', 'default'].map((queue) => ({
          address: 'redis.fintrack-test.svc:6379',
          username: 'exporter',
          listName: `fintrack_queues:${queue}`,
          listLength: '20',
        })),
      );
    });

    test('is measured by a user that sees lengths only, whose password is read from its Secret', () => {
      expect(find(manifests, 'TriggerAuthentication', 'queue-worker-default')['spec']).toEqual({
        secretTargetRef: [{ parameter: 'password', name: 'fintrack-redis', key: 'exporter-password' }],
      });
    });

    test('is measured over TLS by who is given the authority, where the servers have one of their own', () => {
      const authority = { secret: 'redis-tls', key: 'ca.crt', file: 'redis.crt' };
      const observer = { user: 'exporter', credential: CREDENTIALS.redisExporter };
      const redis = { host: 'redis', port: 6379, observer, tls: { certificateAuthorities: '/run/authorities/redis.crt', authority } };
      const encrypted = php(every, { redis }).manifests;
      expect(find(encrypted, 'ScaledObject', 'queue-worker-default')['spec'].triggers[0].metadata).toMatchObject({
        address: 'redis.fintrack-test.svc:6379',
        enableTLS: 'true',
      });
      expect(find(encrypted, 'TriggerAuthentication', 'queue-worker-default')['spec'].secretTargetRef).toEqual([
        { parameter: 'password', name: 'fintrack-redis', key: 'exporter-password' },
        { parameter: 'ca', name: 'redis-tls', key: 'ca.crt' },
      ]);
    });

    test('has as many workers as it may while nobody can measure', () => {
      expect(spec.fallback.replicas).toBe(5);
    });

    test('is measured at a Redis outside the cluster over TLS, as the application', () => {
      const redis = externalEndpoint({ availability: 'external', host: 'redis.example.com', cidrs: [] });
      const outside = find(php(every, { redis }).manifests, 'ScaledObject', 'queue-worker-default')['spec'];
      expect(outside.triggers[0].metadata).toEqual({
        address: 'redis.example.com:6379',
        enableTLS: 'true',
        listName: 'fintrack_queues:high',
        listLength: '20',
      });
    });
  });
});

describe('the scheduler', () => {
  test('is never there twice, not even while it rolls', () => {
    const { spec } = find(php(every).manifests, 'Deployment', 'scheduler');
    expect(spec.replicas).toBe(1);
    expect(spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('lets a task of a minute end', () => {
    expect(podOf(php(minimal).manifests, 'Deployment', 'scheduler').spec.terminationGracePeriodSeconds).toBeGreaterThan(60);
  });
});

describe('the migration', () => {
  const nameOf = (...args: Parameters<typeof php>) => find(php(...args).manifests, 'Job', 'migration').metadata.name;

  test('keeps its name while its pods stay the same', () => {
    expect(nameOf(minimal)).toMatch(/^migration-[0-9a-f]{8}$/);
    expect(nameOf(minimal)).toBe(nameOf(minimal));
    // Other parts of the application are none of its business, and neither is a label.
    expect(nameOf({ ...minimal, scale: { replicas: 9 }, childrenPerPod: 9 })).toBe(nameOf(minimal));
    expect(nameOf(minimal, { version: '2' })).toBe(nameOf(minimal));
  });

  test.each([
    ['image', { image: 'fintrack-php:2' }],
    ['setting', { url: 'https://other.test' }],
    ['file', { files: sampleFiles({ 'php/php.ini': 'opcache.memory_consumption = 192\npost_max_size = 24M\n; changed\n' }) }],
  ])('has another name with another %s, because a Job cannot change', (_, change) => {
    expect(nameOf(minimal, change)).not.toBe(nameOf(minimal));
  });

  test('runs once, without asking', () => {
    const { spec } = find(php(minimal).manifests, 'Job', 'migration');
    expect(spec).toMatchObject({ completions: 1, parallelism: 1 });
    // All that it waits for counts, and no ALTER is to be cut.
    expect(spec.activeDeadlineSeconds).toBe(86_400);
    expect(spec.template.spec.restartPolicy).toBe('Never');
    expect(spec.template.spec.containers[0].command).toEqual(['entrypoint', 'migrate']);
  });
});
