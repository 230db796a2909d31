import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Certificates } from '../../../lib/components/certificates';
import { Redis, RedisCache, type RedisCacheSettings, type RedisEndpoint, type RedisServerSettings } from '../../../lib/components/redis';
import { DockerFiles } from '../../../lib/docker/docker-files';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

const files = sampleFiles();
afterAll(removeFolders);

const maxmemoryIn = (command: string[]) => command[command.indexOf('--maxmemory') + 1];

describe('redis', () => {
  const minimal: RedisServerSettings = { availability: 'single', memory: Size.mebibytes(512), storage: Size.gibibytes(2), tls: 'off' };
  const every: Required<RedisServerSettings> = {
    availability: 'sentinel',
    failoverAfter: Duration.seconds(6),
    memory: Size.gibibytes(2),
    cpu: Cpu.millis(500),
    storage: Size.gibibytes(10),
    storageClass: 'fast',
    tls: 'verified',
  };
  const redis = (settings: RedisServerSettings, docker = files) =>
    render((chart) => new Redis(chart, 'redis', { ...settings, files: docker, certificates: new Certificates(chart, 'certificates') }));
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
  const settings: RedisServerSettings = { availability: 'sentinel', memory: Size.mebibytes(512), storage: Size.gibibytes(2), tls: 'off' };
  const redis = (changes: Partial<RedisServerSettings> = {}, docker = files) =>
    render(
      (chart) =>
        new Redis(chart, 'redis', { ...settings, ...changes, files: docker, certificates: new Certificates(chart, 'certificates') }),
    ).manifests;
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
  const minimal: RedisCacheSettings = { memory: Size.mebibytes(256), tls: 'off' };
  const every: Required<RedisCacheSettings> = { memory: Size.gibibytes(1), cpu: Cpu.millis(250), tls: 'verified' };
  const cache = (settings: RedisCacheSettings) =>
    render((chart) => new RedisCache(chart, 'redis-cache', { ...settings, files, certificates: new Certificates(chart, 'certificates') }));
  const server = (settings: RedisCacheSettings) => podOf(cache(settings).manifests, 'Deployment', 'redis-cache').spec;

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

  test('keeps nothing on disk, so that another pod takes its place when its node is lost', () => {
    const unreachable = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 };
    expect(server(minimal).tolerations).toContainEqual(unreachable);
    expect(server(minimal).volumes.filter((volume: object) => 'persistentVolumeClaim' in volume)).toEqual([]);
    expect(server(minimal).containers[0].command).toContain('/etc/fintrack/redis/redis-cache.conf');
  });

  test('is another server than redis, with a name of its own', () => {
    const endpoints: RedisEndpoint[] = [];
    render((chart) => {
      const wiring = { files, certificates: new Certificates(chart, 'certificates') };
      endpoints.push(new Redis(chart, 'redis', { ...minimal, availability: 'single', storage: Size.gibibytes(1), ...wiring }).endpoint);
      endpoints.push(new RedisCache(chart, 'redis-cache', { ...minimal, ...wiring }).endpoint);
    });
    expect(endpoints).toEqual([
      expect.objectContaining({ host: 'redis', port: 6379, user: 'app' }),
      expect.objectContaining({ host: 'redis-cache', port: 6379, user: 'app' }),
    ]);
  });
});

describe('Redis with TLS', () => {
  const servers = { availability: 'sentinel', memory: Size.mebibytes(512), storage: Size.gibibytes(2), tls: 'verified' } as const;
  const endpoints: RedisEndpoint[] = [];
  const { manifests } = render((chart) => {
    const wiring = { files, monitored: true, certificates: new Certificates(chart, 'certificates') };
    endpoints.push(new Redis(chart, 'redis', { ...servers, ...wiring }).endpoint);
    endpoints.push(new RedisCache(chart, 'redis-cache', { memory: servers.memory, tls: 'verified', ...wiring }).endpoint);
  });
  const instances = { StatefulSet: ['redis', 'redis-sentinel'], Deployment: ['redis-cache', 'redis-proxy'] };
  const pods = Object.entries(instances).flatMap(([kind, names]) =>
    names.map((name) => ({ name, spec: podOf(manifests, kind, name).spec })),
  );

  test('has a certificate of every name by which a server or a Sentinel is called, and one of its own for the cache', () => {
    const namesOf = (certificate: string): string[] => find(manifests, 'Certificate', certificate)['spec'].dnsNames;
    const services = manifests
      .filter(({ kind, spec }) => kind === 'Service' && spec.clusterIP !== 'None')
      .map(({ metadata }) => metadata.name);
    const short = (certificate: string) => namesOf(certificate).filter((name) => !name.includes('.') && name !== 'localhost');
    expect([...short('redis'), ...short('redis-cache')].sort()).toEqual(services.sort());
    expect(short('redis-cache')).toEqual(['redis-cache']);
  });

  test('gives its key to servers and Sentinels, and to proxies the authority alone', () => {
    const keys = pods.map(({ name, spec }) => {
      const sources = spec.volumes.find(({ name }: { name: string }) => name === 'secrets').projected.sources;
      const { secret } = sources.find(({ secret }: { secret: { name: string } }) => secret.name.endsWith('-tls'));
      return [name, secret.name, ...secret.items.map(({ key }: { key: string }) => key)].join(' ');
    });
    expect(keys).toEqual([
      'redis redis-tls tls.crt tls.key ca.crt',
      'redis-sentinel redis-tls tls.crt tls.key ca.crt',
      'redis-cache redis-cache-tls tls.crt tls.key ca.crt',
      'redis-proxy redis-tls ca.crt',
    ]);
  });

  test('tells the scripts of every pod, and gives those that show a certificate what loads it', () => {
    for (const { name, spec } of pods) {
      expect([name, spec.containers[0].env]).toEqual([name, expect.arrayContaining([{ name: 'TLS', value: 'verified' }])]);
      const config = spec.volumes.find(({ configMap }: { configMap?: object }) => configMap).configMap.name;
      const has = Object.keys(find(manifests, 'ConfigMap', name)['data']);
      expect([name, config.startsWith(name), has.includes('tls.conf'), has.includes('certificate.sh')]).toEqual([
        name,
        true,
        name !== 'redis-proxy',
        name !== 'redis-proxy',
      ]);
    }
  });

  test('is asked encrypted by the exporter of each server', () => {
    for (const name of ['redis', 'redis-cache']) {
      const { spec } = pods.find((pod) => pod.name === name) as (typeof pods)[number];
      expect(spec.containers[1].command).toEqual(
        expect.arrayContaining(['--redis.addr=rediss://127.0.0.1:6379', '--skip-tls-verification']),
      );
    }
  });

  test('tells clients whom to trust', () => {
    expect(endpoints.map(({ host, tls }) => [host, tls])).toEqual(
      ['redis', 'redis-cache'].map((host) => [
        host,
        {
          certificateAuthorities: `/run/authorities/${host}.crt`,
          authority: { secret: `${host}-tls`, key: 'ca.crt', file: `${host}.crt` },
        },
      ]),
    );
  });
});

describe('the users of Redis', () => {
  const usersIn = (file: 'redis' | 'redis-cache' | 'sentinel') =>
    [...new DockerFiles().content(`redis/${file}.acl`).matchAll(/^user (\S+)/gm)].map(([, user]) => user);

  test.each([
    ['redis', 'StatefulSet', 'redis'],
    ['redis-cache', 'Deployment', 'redis-cache'],
    ['sentinel', 'StatefulSet', 'redis-sentinel'],
  ] as const)('in %s.acl have a password each in the pods that read it', (file, kind, instance) => {
    const memory = Size.mebibytes(512);
    const { manifests } = render((chart) => {
      const shared = { memory, tls: 'off', files, certificates: new Certificates(chart, 'certificates') } as const;
      new Redis(chart, 'redis', { availability: 'sentinel', storage: Size.gibibytes(2), ...shared });
      new RedisCache(chart, 'redis-cache', shared);
    });
    const { volumes } = podOf(manifests, kind, instance).spec;
    const [{ projected }] = volumes.filter(({ name }: { name: string }) => name === 'secrets');
    const keys: string[] = projected.sources[0].secret.items.map(({ key }: { key: string }) => key);
    expect(keys.sort()).toEqual(
      usersIn(file)
        .map((user) => `${user}-password`)
        .sort(),
    );
  });
});
