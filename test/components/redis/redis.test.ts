import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Redis, RedisCache, type RedisCacheSettings, type RedisEndpoint, type RedisServerSettings } from '../../../lib/components/redis';
import { DockerFiles } from '../../../lib/docker/docker-files';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

const files = sampleFiles();
afterAll(removeFolders);

const maxmemoryIn = (command: string[]) => command[command.indexOf('--maxmemory') + 1];

describe('redis', () => {
  const minimal: RedisServerSettings = { availability: 'single', memory: Size.mebibytes(512), storage: Size.gibibytes(2) };
  const every: Required<RedisServerSettings> = {
    availability: 'sentinel',
    failoverAfter: Duration.seconds(6),
    memory: Size.gibibytes(2),
    cpu: Cpu.millis(500),
    storage: Size.gibibytes(10),
    storageClass: 'fast',
  };
  const redis = (settings: RedisServerSettings, docker = files) =>
    render((chart) => new Redis(chart, 'redis', { ...settings, files: docker }));
  const server = (settings: RedisServerSettings) => podOf(redis(settings).manifests, 'StatefulSet', 'redis').spec;

  test('with the smallest settings', () => {
    expect(redis(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(redis(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests', () => {
    expect(idleSettings({ ...minimal, availability: 'sentinel' }, { ...every, availability: 'single' }, redis)).toEqual([]);
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

describe('redis with Sentinels', () => {
  const settings: RedisServerSettings = { availability: 'sentinel', memory: Size.mebibytes(512), storage: Size.gibibytes(2) };
  const redis = (changes: Partial<RedisServerSettings> = {}, docker = files) =>
    render((chart) => new Redis(chart, 'redis', { ...settings, ...changes, files: docker })).manifests;
  const servers = (changes: Partial<RedisServerSettings> = {}) => podOf(redis(changes), 'StatefulSet', 'redis').spec;
  const sentinels = (changes: Partial<RedisServerSettings> = {}) => podOf(redis(changes), 'StatefulSet', 'redis-sentinel').spec;
  const variablesOf = ({ env }: { env: { name: string; value: string }[] }) =>
    Object.fromEntries(env.map(({ name, value }) => [name, value]));

  test('has three servers and three Sentinels, each on a node of its own among its like', () => {
    for (const name of ['redis', 'redis-sentinel']) {
      const { spec } = find(redis(), 'StatefulSet', name);
      expect(spec.replicas).toBe(3);
      expect(spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: spec.selector.matchLabels } },
      ]);
    }
  });

  test('is reached through the proxy under the same name and port', () => {
    const { spec } = find(redis(), 'Service', 'redis');
    expect(spec.selector['app.kubernetes.io/instance']).toBe('redis-proxy');
    expect(spec.ports).toMatchObject([{ port: 6379, targetPort: 'redis' }]);
    expect(find(redis(), 'Deployment', 'redis-proxy')['spec'].replicas).toBe(2);
  });

  test('gives every server and every Sentinel an address that its pod keeps when it is made anew', () => {
    const names = [servers(), sentinels()].flatMap(({ containers: [container] }) => {
      const variables = variablesOf(container);
      return [variables['SERVERS'], variables['SENTINELS']];
    });
    const [members, watchers] = ['redis-0 redis-1 redis-2', 'redis-sentinel-0 redis-sentinel-1 redis-sentinel-2'];
    expect(names).toEqual([members, watchers, members, watchers]);
    for (const pod of `${members} ${watchers}`.split(' ')) {
      const { spec } = find(redis(), 'Service', pod);
      expect(spec.selector['statefulset.kubernetes.io/pod-name']).toBe(pod);
      expect(spec).toMatchObject({ publishNotReadyAddresses: true });
    }
  });

  test('names the same servers in the file of the proxy', () => {
    const servers = [...new DockerFiles().content('redis/haproxy.cfg').matchAll(/^ *server (\S+) (\S+)$/gm)];
    expect(servers.map(([, name, address]) => [name, address])).toEqual(
      ['redis-0', 'redis-1', 'redis-2'].map((name) => [name, `${name}:6379`]),
    );
  });

  test.each([
    [4, '3'],
    [10, '9'],
  ])('promotes after %i s of silence, when the old primary has refused writes for a second', (seconds, lag) => {
    const changes = { failoverAfter: Duration.seconds(seconds) };
    const variables = variablesOf(sentinels(changes).containers[0]);
    expect(variables).toMatchObject({ DOWN_AFTER_MILLISECONDS: `${seconds}000`, QUORUM: '2' });
    const { command } = servers(changes).containers[0];
    expect(command.slice(command.indexOf('--min-replicas-to-write'))).toEqual([
      '--min-replicas-to-write',
      '1',
      '--min-replicas-max-lag',
      lag,
    ]);
  });

  test('asks who is primary before a server starts', () => {
    expect(servers().containers[0].command.slice(0, 3)).toEqual(['sh', '/etc/fintrack/redis/join.sh', '/etc/fintrack/redis/redis.conf']);
  });

  test('keeps on volumes what servers hold and what Sentinels have learned', () => {
    for (const name of ['redis', 'redis-sentinel']) {
      const { spec } = find(redis({ storageClass: 'fast' }), 'StatefulSet', name);
      expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
      expect(spec.volumeClaimTemplates).toMatchObject([{ spec: { storageClassName: 'fast' } }]);
    }
  });

  test('can follow a single server with its data: nothing differs that the API refuses to change', () => {
    const fixed = (availability: RedisServerSettings['availability']) => {
      const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = find(redis({ availability }), 'StatefulSet', 'redis')[
        'spec'
      ];
      return { selector, serviceName, podManagementPolicy, volumeClaimTemplates };
    };
    expect(fixed('sentinel')).toEqual(fixed('single'));
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
      endpoints.push(new Redis(chart, 'redis', { ...minimal, availability: 'single', storage: Size.gibibytes(1), files }).endpoint);
      endpoints.push(new RedisCache(chart, 'redis-cache', { ...minimal, files }).endpoint);
    });
    expect(endpoints).toEqual([
      { host: 'redis', port: 6379, user: 'app' },
      { host: 'redis-cache', port: 6379, user: 'app' },
    ]);
  });
});

describe('the users of Redis', () => {
  const usersIn = (file: 'redis' | 'redis-cache' | 'sentinel') =>
    [...new DockerFiles().content(`redis/${file}.acl`).matchAll(/^user (\S+)/gm)].map(([, user]) => user);

  test.each([
    ['redis', 'redis'],
    ['redis-cache', 'redis-cache'],
    ['sentinel', 'redis-sentinel'],
  ] as const)('in %s.acl have a password each in the pods that read it', (file, instance) => {
    const memory = Size.mebibytes(512);
    const { manifests } = render((chart) => {
      new Redis(chart, 'redis', { availability: 'sentinel', memory, storage: Size.gibibytes(2), files });
      new RedisCache(chart, 'redis-cache', { memory, files });
    });
    const { volumes } = podOf(manifests, 'StatefulSet', instance).spec;
    const [{ projected }] = volumes.filter(({ name }: { name: string }) => name === 'secrets');
    const keys: string[] = projected.sources[0].secret.items.map(({ key }: { key: string }) => key);
    expect(keys.sort()).toEqual(
      usersIn(file)
        .map((user) => `${user}-password`)
        .sort(),
    );
  });
});
