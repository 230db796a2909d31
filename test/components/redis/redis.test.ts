import { Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Redis, RedisCache, type RedisCacheSettings, type RedisEndpoint, type RedisSettings } from '../../../lib/components/redis';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

const files = sampleFiles();
afterAll(removeFolders);

const maxmemoryIn = (command: string[]) => command[command.indexOf('--maxmemory') + 1];

describe('redis', () => {
  const minimal: RedisSettings = { memory: Size.mebibytes(512), storage: Size.gibibytes(2) };
  const every: Required<RedisSettings> = {
    memory: Size.gibibytes(2),
    cpu: Cpu.millis(500),
    storage: Size.gibibytes(10),
    storageClass: 'fast',
  };
  const redis = (settings: RedisSettings, docker = files) => render((chart) => new Redis(chart, 'redis', { ...settings, files: docker }));
  const server = (settings: RedisSettings) => podOf(redis(settings).manifests, 'StatefulSet', 'redis').spec;

  test('with the smallest settings', () => {
    expect(redis(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(redis(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests', () => {
    expect(idleSettings(minimal, every, redis)).toEqual([]);
  });

  test('computes maxmemory from its memory and leaves room for the copy that a write to disk makes', () => {
    expect(maxmemoryIn(server(minimal).containers[0].command)).toBe('204mb');
    expect(maxmemoryIn(server(every).containers[0].command)).toBe('819mb');
  });

  test('keeps its data on a volume that outlives it', () => {
    const { spec } = find(redis(minimal).manifests, 'StatefulSet', 'redis');
    expect(spec.persistentVolumeClaimRetentionPolicy.whenDeleted).toBe('Retain');
    expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('2Gi');
  });

  test('does not pass through the entrypoint of the image, and its password through no argument', () => {
    expect(server(minimal).containers[0].command.slice(0, 3)).toEqual([
      'sh',
      '/etc/fintrack/redis/start.sh',
      '/etc/fintrack/redis/redis.conf',
    ]);
    expect(server(minimal).containers[0]).not.toHaveProperty('env');
  });

  test('is not killed while it loads its data', () => {
    const { periodSeconds, failureThreshold, exec } = server(minimal).containers[0].startupProbe;
    expect(exec.command.at(-1)).toBe('loading');
    expect(periodSeconds * failureThreshold).toBe(300);
  });

  test('rolls when its own file changes and stays when the file of the cache does', () => {
    const pod = (changes: Record<string, string>) => podOf(redis(minimal, sampleFiles(changes)).manifests, 'StatefulSet', 'redis').spec;
    expect(pod({ 'redis/redis.conf': '# changed\n' })).not.toEqual(server(minimal));
    expect(pod({ 'redis/redis-cache.conf': '# changed\n' })).toEqual(server(minimal));
  });
});

describe('redis-cache', () => {
  const minimal: RedisCacheSettings = { memory: Size.mebibytes(256) };
  const every: Required<RedisCacheSettings> = { memory: Size.gibibytes(1), cpu: Cpu.millis(250) };
  const cache = (settings: RedisCacheSettings) => render((chart) => new RedisCache(chart, 'redis-cache', { ...settings, files }));
  const server = (settings: RedisCacheSettings) => podOf(cache(settings).manifests, 'StatefulSet', 'redis-cache').spec;

  test('with the smallest settings', () => {
    expect(cache(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(cache(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests', () => {
    expect(idleSettings(minimal, every, cache)).toEqual([]);
  });

  test('may fill three quarters of its memory, as it never forks', () => {
    expect(maxmemoryIn(server(minimal).containers[0].command)).toBe('192mb');
  });

  test('keeps nothing on disk', () => {
    expect(find(cache(minimal).manifests, 'StatefulSet', 'redis-cache')['spec']).not.toHaveProperty('volumeClaimTemplates');
    expect(server(minimal).containers[0].command).toContain('/etc/fintrack/redis/redis-cache.conf');
  });

  test('is another server than redis, with a name of its own', () => {
    const endpoints: RedisEndpoint[] = [];
    render((chart) => {
      endpoints.push(new Redis(chart, 'redis', { ...minimal, storage: Size.gibibytes(1), files }).endpoint);
      endpoints.push(new RedisCache(chart, 'redis-cache', { ...minimal, files }).endpoint);
    });
    expect(endpoints).toEqual([
      { host: 'redis', port: 6379 },
      { host: 'redis-cache', port: 6379 },
    ]);
  });
});
