import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from './certificates';
import { waitUntil } from './daemon';
import { FILES, inside, type Pod } from './redis-pod';
import { NAMES, RedisSet, SENTINELS, SERVERS } from './redis-set';

const set = new RedisSet();

beforeAll(async () => {
  await set.create();
  expect(await set.settled()).toBe('redis-0');
  for (let job = 1; job < 200; job += 1) set.write(`rpush jobs job-${job}`);
}, 180_000);

jest.setTimeout(300_000);

describe('a set of Redis that Sentinels watch', () => {
  test('elects its first server when it is new, and is reached through the proxy', async () => {
    expect(await set.jobsLeft()).toBe('200');
  });

  test('is copied by the backup from a replica, which the Sentinels take for no server', async () => {
    const primary = await set.settled();
    const command = ['env', `SERVERS=${SERVERS.join(' ')}`, 'sh', `${FILES}/snapshot.sh`, '/data/copy.rdb'];
    const { code, text } = inside(set.pods.get('redis-0') as Pod, command);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(/copying (\S+)/.exec(text)?.[1]).not.toBe(primary);
    // They look at a primary's replicas every ten seconds.
    await sleep(11_000);
    expect(await set.settled()).toBe(primary);
  });

  test('promotes a replica when the primary is gone, which returns as a replica', async () => {
    const [before, after] = await set.replacePrimary();
    expect(after).not.toBe(before);
    expect(await set.jobsLeft()).toBe('200');
  });

  test('has no second primary when the first returns while the Sentinels replace it', async () => {
    const before = await set.settled();
    await set.kill([before]);
    // Too late to answer before they miss it.
    await sleep(1500);
    set.start(before);
    // On a slow machine they have replaced it before it asks.
    const joins = /join: (waiting: the Sentinels will promote another server|starting as replica of)/;
    await waitUntil(`${before} waits`, 30, () => joins.test(set.said(before)));
    expect(await set.settled()).not.toBe(before);
    expect(set.said(before)).not.toContain('starting as primary');
    expect(await set.jobsLeft()).toBe('200');
  });

  test('never takes the emptiness of a primary that lost its volume and is back at once for the truth', async () => {
    const before = await set.settled();
    await set.kill([before], { volume: true });
    set.start(before);
    expect(await set.settled()).not.toBe(before);
    expect(set.said(before)).toContain('join: waiting: this server is named primary and its volume is empty');
    expect(await set.jobsLeft()).toBe('200');
  });

  test('knows its primary when all Sentinels start anew, with their volumes and without', async () => {
    const before = await set.settled();
    for (const volume of [false, true]) {
      await set.kill(SENTINELS, { volume });
      set.start(...SENTINELS);
      expect(await set.settled()).toBe(before);
    }
  });

  test('is reached through the proxy as soon as DNS is back, though the proxy started before it was', async () => {
    await set.kill(['redis-proxy']);
    set.resolve(['redis-0']);
    set.start('redis-proxy');
    const waits = () => set.said('redis-proxy').includes('proxy: waiting: could not resolve address');
    await waitUntil('it says that it waits', 30, waits);
    // The signal by which its image is stopped: a pod that waits must not wait for its whole grace period too.
    await set.kill(['redis-proxy'], { signal: 'SIGUSR1' });
    set.start('redis-proxy');
    await waitUntil('it waits anew', 30, waits);
    set.resolve(NAMES);
    expect(await set.jobsLeft()).toBe('200');
  });

  test.each([1, 2, 3])('has one primary and all its data when everything starts anew, in an order of chance (%i)', async (seed) => {
    const order = NAMES.map((name, index) => ({ name, weight: Math.sin(seed * 1000 + index * 7.3) })).sort((a, b) => a.weight - b.weight);
    await set.kill(NAMES);
    for (const { name } of order) {
      set.start(name);
      await sleep(300);
    }
    await set.settled();
    await waitUntil('the proxy answers', 60, () => set.jobs() === '200');
  });

  test('waits and says so when nobody knows who is primary, rather than begin anew', async () => {
    await set.settled();
    await set.kill([...SERVERS, ...SENTINELS]);
    set.start('redis-1');
    await waitUntil('redis-1 says what it waits for', 60, () =>
      set.said('redis-1').includes('join: waiting: neither two Sentinels nor another server say who is primary'),
    );
    set.start('redis-0', 'redis-2', ...SENTINELS);
    await set.settled();
    await waitUntil('the proxy answers', 60, () => set.jobs() === '200');
  });

  test('makes a server follow that takes itself for primary, though the Sentinels have forgotten everything', async () => {
    const primary = await set.settled();
    await set.kill(SENTINELS, { volume: true });
    const stray = SERVERS.find((server) => server !== primary) ?? '';
    set.redis(stray, 'replicaof no one');
    expect(set.primaries()).toHaveLength(2);
    set.start(...SENTINELS);
    await set.settled();
    await waitUntil('the proxy answers', 60, () => set.jobs() === '200');
  });

  test('follows a primary that runs when no Sentinel does', async () => {
    const primary = await set.settled();
    const replica = SERVERS.find((server) => server !== primary) ?? '';
    await set.kill([...SENTINELS, replica]);
    set.start(replica);
    await waitUntil('the replica follows', 60, () => set.redis(replica, 'info replication').includes('master_link_status:up'));
    expect(set.primaries()).toEqual([primary]);
    set.start(...SENTINELS);
    await set.settled();
  });

  test('refuses writes without a replica, and the proxy then leads to nobody', async () => {
    const primary = await set.settled();
    await set.kill([...SENTINELS, ...SERVERS.filter((server) => server !== primary)]);
    await waitUntil('writes are refused', 60, () => set.redis(primary, 'set a b').includes('NOREPLICAS'));
    await waitUntil('the proxy answers nothing', 60, () => set.write('get written') === '');
    set.start(...SENTINELS, ...SERVERS.filter((server) => server !== primary));
    await set.settled();
  });

  test('goes over to TLS with all its data when everything starts anew, and not one by one', async () => {
    const authority = new Authority();
    const primary = await set.settled();
    const first = SERVERS.find((server) => server !== primary) ?? '';
    await set.kill([first], { signal: 'SIGTERM' });
    set.encrypt(authority);
    set.start(first);
    await waitUntil('it waits for others', 60, () => set.said(first).includes('waiting: neither two Sentinels nor another server'));
    set.encrypt(undefined);
    // The others still take writes, which it lacks: were it promoted they would be lost.
    expect(set.write('rpush jobs last')).toBe('201');
    await set.kill([first], { signal: 'SIGTERM' });
    set.start(first);
    await set.settled();
    // Without proxies nobody writes, and all servers hold the same.
    await set.kill(['redis-proxy']);
    await set.kill(SENTINELS, { signal: 'SIGTERM' });
    await set.kill(SERVERS, { signal: 'SIGTERM' });
    set.encrypt(authority);
    set.start(...NAMES);
    await waitUntil('writes', 30, () => set.write('set written encrypted') === 'OK');
    await set.settled();
    expect(await set.jobsLeft()).toBe('201');
  });

  test('shows its passwords in no argument and no environment that a process was started with', () => {
    for (const name of NAMES) {
      const pod = set.pods.get(name) as Pod;
      const { text } = inside(pod, ['sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ']);
      expect([name, text.includes('quoted')]).toEqual([name, false]);
    }
  });
});
