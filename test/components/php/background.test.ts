import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { sampleFiles } from '../../support/render';
import { every, minimal, php } from './sample';

afterAll(removeFolders);

describe('the queue worker', () => {
  const pod = (worker = minimal.worker) => podOf(php({ ...minimal, worker }).manifests, 'Deployment', 'queue-worker').spec;
  const valueOf = (option: string, spec: ReturnType<typeof pod>): string =>
    spec.containers[0].command.find((argument: string) => argument.startsWith(`${option}=`)).slice(option.length + 1);
  const retryAfter = (worker = minimal.worker) =>
    Number(
      /REDIS_QUEUE_RETRY_AFTER='(\d+)'/.exec(
        find(php({ ...minimal, worker }).manifests, 'ConfigMap', 'laravel')['data']['laravel.env'],
      )?.[1],
    );

  test.each([
    ['90 seconds by default', minimal.worker, 90],
    ['five minutes where an environment says so', { ...minimal.worker, jobTimeout: Duration.minutes(5) }, 300],
  ])('lets a job run %s; retry and grace period follow', (_, worker, seconds) => {
    expect(Number(valueOf('--timeout', pod(worker)))).toBe(seconds);
    // A job that is retried while it still runs is run twice.
    expect(retryAfter(worker)).toBeGreaterThan(seconds);
    expect(pod(worker).terminationGracePeriodSeconds).toBeGreaterThan(retryAfter(worker));
  });

  test('ends between two jobs before PHP does, and PHP before the kernel does', () => {
    const spec = pod({ ...minimal.worker, memory: Size.mebibytes(512) });
    const worker = Number(valueOf('--memory', spec));
    const process = Number(valueOf('memory_limit', spec).replace('M', ''));
    expect(worker).toBeLessThan(process);
    expect(process).toBeLessThan(512);
  });

  test('may always use the processor time that it is guaranteed', () => {
    const [{ resources }] = pod({ ...minimal.worker, cpu: Cpu.units(2) }).containers;
    expect(resources).toMatchObject({ requests: { cpu: '2' }, limits: { cpu: expect.stringMatching(/^(2|[2-9]\d{3}m)$/) } });
  });

  test('takes the most urgent queue first', () => {
    expect(valueOf('--queue', pod())).toBe('default');
    expect(valueOf('--queue', pod(every.worker))).toBe('high,default');
  });

  test('leaves replicas to the autoscaler', () => {
    expect(find(php(every).manifests, 'Deployment', 'queue-worker')['spec']).not.toHaveProperty('replicas');
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
    expect(spec.template.spec.restartPolicy).toBe('Never');
    expect(spec.template.spec.containers[0].command).toEqual(expect.arrayContaining(['artisan', 'migrate', '--force']));
  });
});
