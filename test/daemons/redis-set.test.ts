import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireDaemon, startDaemon, temporaryFolder, waitUntil, type Daemon } from './daemon';
import { emptyPod, FILES, inside, passwordOf, processOf, startPod, type Membership, type Pod } from './redis-pod';

// The set that Sentinels watch, on one machine: every pod has mounts and processes of its own and an address of one network.

const SERVERS = ['redis-0', 'redis-1', 'redis-2'];
const SENTINELS = ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2'];
const NAMES = [...SERVERS, ...SENTINELS, 'redis-proxy'];
type Options = readonly string[];

const folder = temporaryFolder();
const pods = new Map<string, Pod>();
let keeper: Daemon;

const addressOf = (name: string): string => `127.0.1.${NAMES.indexOf(name) + 1}`;

const commandOf = (name: string): Options => {
  if (name === 'redis-proxy') return ['sh', `${FILES}/proxy.sh`, `${FILES}/haproxy.cfg`];
  return SERVERS.includes(name)
    ? ['sh', `${FILES}/join.sh`, `${FILES}/redis.conf`, '--min-replicas-to-write', '1', '--min-replicas-max-lag', '3']
    : ['sh', `${FILES}/sentinel.sh`, `${FILES}/sentinel.conf`];
};

function start(...names: string[]): void {
  for (const name of names) {
    const membership: Membership = {
      network: keeper.child.pid ?? 0,
      address: addressOf(name),
      env: {
        HOSTNAME: name,
        SERVERS: SERVERS.join(' '),
        SENTINELS: SENTINELS.join(' '),
        QUORUM: '2',
        DOWN_AFTER_MILLISECONDS: '2000',
        FAILOVER_TIMEOUT_MILLISECONDS: '8000',
      },
    };
    pods.set(name, startPod(emptyPod(join(folder, name)), commandOf(name), membership));
  }
}

/** Kills everything in pods, without a goodbye. @param options `volume`: their volumes are lost too */
async function kill(names: readonly string[], { volume = false } = {}): Promise<void> {
  for (const name of names) {
    const pod = pods.get(name) as Pod;
    // The end of process 1 is the end of everything in the pod.
    process.kill(Number(processOf(pod)), 'SIGKILL');
    await waitUntil(`${name} ends`, 10, () => pod.daemon.child.exitCode !== null || pod.daemon.child.signalCode !== null);
    if (volume) rmSync(join(folder, name, 'data'), { recursive: true });
  }
}

/** What redis-cli hears from a pod, asked from nowhere in particular. */
const redis = (name: string, command: string, port = 6379): string => {
  const network = [`--target=${keeper.child.pid ?? 0}`, '--net'];
  const login = ['--user', 'operator', '--no-auth-warning'];
  const argv = [...network, 'timeout', '2', 'redis-cli', ...login, '-h', addressOf(name), '-p', String(port)];
  const env = { ...process.env, REDISCLI_AUTH: passwordOf('operator') };
  return spawnSync('nsenter', argv, { encoding: 'utf8', input: command, env }).stdout.trim();
};
const roleOf = (server: string): string => /role:(\w+)/.exec(redis(server, 'info replication'))?.[1] ?? 'none';
const primaries = (): string[] => SERVERS.filter((server) => roleOf(server) === 'master');
/** What each Sentinel knows: the primary, how many replicas, how many other Sentinels. It learns of replicas every ten seconds. */
const known = (): string[] =>
  SENTINELS.map((name) => {
    const lines = redis(name, 'sentinel master fintrack', 26379).split('\n');
    return ['ip', 'num-slaves', 'num-other-sentinels'].map((key) => lines[lines.indexOf(key) + 1]).join();
  });
const complete = (): boolean => {
  const [primary = '', ...more] = primaries();
  return more.length === 0 && redis(primary, 'info replication').includes('min_slaves_good_slaves:2');
};

/** Waits until there is one primary that two follow and all Sentinels name. @returns it */
async function settled(): Promise<string> {
  await waitUntil('one primary, two replicas and three Sentinels that know them', 90, () => {
    const [primary] = primaries();
    return primary !== undefined && complete() && known().every((knowledge) => knowledge === `${addressOf(primary)},2,2`);
  });
  return primaries()[0] ?? '';
}

const write = (command: string) => redis('redis-proxy', command);
const jobs = (): string => write('llen jobs');
/** How many jobs there are, as soon as the proxy has found the primary. */
async function jobsLeft(): Promise<string> {
  await waitUntil('the proxy answers', 60, () => jobs() !== '');
  return jobs();
}

beforeAll(async () => {
  for (const [program, source] of [
    ['redis-server', 'redis-server'],
    ['busybox', 'busybox'],
    ['haproxy', 'haproxy'],
    ['dnsmasq', 'dnsmasq-base'],
  ] as const) {
    requireDaemon(program, source);
  }
  writeFileSync(join(folder, 'hosts'), ['127.0.0.1 localhost', ...NAMES.map((name) => `${addressOf(name)} ${name}`), ''].join('\n'));
  // The network of all pods, and its name service.
  const names = ['dnsmasq', '--keep-in-foreground', '--user=root', '--no-resolv', '--no-hosts', `--addn-hosts=${folder}/hosts`];
  const dns = [...names, '--domain=test', '--expand-hosts', '--listen-address=127.0.0.1', '--bind-interfaces'].join(' ');
  keeper = startDaemon(['unshare', '--net', 'bash', '-c', `busybox ip link set lo up; echo up; exec ${dns}`]);
  await waitUntil('a network is there', 10, () => keeper.output().includes('up'));
  start(...NAMES);
  expect(await settled()).toBe('redis-0');
  await waitUntil('the proxy takes writes', 60, () => write('rpush jobs first') === '1');
  for (let job = 1; job < 200; job += 1) write(`rpush jobs job-${job}`);
}, 180_000);

jest.setTimeout(300_000);

describe('a set of Redis that Sentinels watch', () => {
  test('elects its first server when it is new, and is reached through the proxy', async () => {
    expect(await jobsLeft()).toBe('200');
  });

  test('is copied by the backup from a replica, which the Sentinels take for no server', async () => {
    const primary = await settled();
    const command = ['env', `SERVERS=${SERVERS.join(' ')}`, 'sh', `${FILES}/snapshot.sh`, '/data/copy.rdb'];
    const { code, text } = inside(pods.get('redis-0') as Pod, command);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(/copying (\S+)/.exec(text)?.[1]).not.toBe(primary);
    // They look at a primary's replicas every ten seconds.
    await sleep(11_000);
    expect(new Set(known())).toEqual(new Set([`${addressOf(primary)},2,2`]));
  });

  test('promotes a replica when the primary is gone, which returns as a replica', async () => {
    const before = await settled();
    await kill([before]);
    await waitUntil('writes', 60, () => write('set written after') === 'OK');
    start(before);
    expect(await settled()).not.toBe(before);
    expect(await jobsLeft()).toBe('200');
  });

  test('has no second primary when the first returns while the Sentinels replace it', async () => {
    const before = await settled();
    await kill([before]);
    // Too late to answer before they miss it.
    await sleep(1500);
    start(before);
    await waitUntil(`${before} waits`, 10, () =>
      (pods.get(before)?.daemon.output() ?? '').includes('join: waiting: the Sentinels will promote another server'),
    );
    expect(await settled()).not.toBe(before);
    expect(pods.get(before)?.daemon.output()).not.toContain('starting as primary');
    expect(await jobsLeft()).toBe('200');
  });

  test('never takes the emptiness of a primary that lost its volume and is back at once for the truth', async () => {
    const before = await settled();
    await kill([before], { volume: true });
    start(before);
    expect(await settled()).not.toBe(before);
    expect(pods.get(before)?.daemon.output()).toContain('join: waiting: this server is named primary and its volume is empty');
    expect(await jobsLeft()).toBe('200');
  });

  test('knows its primary when all Sentinels start anew, with their volumes and without', async () => {
    const before = await settled();
    for (const volume of [false, true]) {
      await kill(SENTINELS, { volume });
      start(...SENTINELS);
      expect(await settled()).toBe(before);
    }
  });

  test.each([1, 2, 3])('has one primary and all its data when everything starts anew, in an order of chance (%i)', async (seed) => {
    const order = NAMES.map((name, index) => ({ name, weight: Math.sin(seed * 1000 + index * 7.3) })).sort((a, b) => a.weight - b.weight);
    await kill(NAMES);
    for (const { name } of order) {
      start(name);
      await sleep(300);
    }
    await settled();
    await waitUntil('the proxy answers', 60, () => jobs() === '200');
  });

  test('waits and says so when nobody knows who is primary, rather than begin anew', async () => {
    await settled();
    await kill([...SERVERS, ...SENTINELS]);
    start('redis-1');
    await waitUntil('redis-1 says what it waits for', 60, () =>
      (pods.get('redis-1')?.daemon.output() ?? '').includes('join: waiting: neither two Sentinels nor another server say who is primary'),
    );
    start('redis-0', 'redis-2', ...SENTINELS);
    await settled();
    await waitUntil('the proxy answers', 60, () => jobs() === '200');
  });

  test('makes a server follow that takes itself for primary, though the Sentinels have forgotten everything', async () => {
    const primary = await settled();
    await kill(SENTINELS, { volume: true });
    const stray = SERVERS.find((server) => server !== primary) ?? '';
    redis(stray, 'replicaof no one');
    expect(primaries()).toHaveLength(2);
    start(...SENTINELS);
    await settled();
    await waitUntil('the proxy answers', 60, () => jobs() === '200');
  });

  test('follows a primary that runs when no Sentinel does', async () => {
    const primary = await settled();
    const replica = SERVERS.find((server) => server !== primary) ?? '';
    await kill([...SENTINELS, replica]);
    start(replica);
    await waitUntil('the replica follows', 60, () => redis(replica, 'info replication').includes('master_link_status:up'));
    expect(primaries()).toEqual([primary]);
    start(...SENTINELS);
    await settled();
  });

  test('refuses writes without a replica, and the proxy then leads to nobody', async () => {
    const primary = await settled();
    await kill([...SENTINELS, ...SERVERS.filter((server) => server !== primary)]);
    await waitUntil('writes are refused', 60, () => redis(primary, 'set a b').includes('NOREPLICAS'));
    await waitUntil('the proxy answers nothing', 60, () => write('get written') === '');
    start(...SENTINELS, ...SERVERS.filter((server) => server !== primary));
    await settled();
  });

  test('shows its passwords in no argument and no environment that a process was started with', () => {
    for (const name of NAMES) {
      const pod = pods.get(name) as Pod;
      const { text } = inside(pod, ['sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ']);
      expect([name, text.includes('quoted')]).toEqual([name, false]);
    }
  });
});
