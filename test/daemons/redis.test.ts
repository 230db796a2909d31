import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { end, processOf, requireDaemon, startDaemon, waitUntil } from './daemon';
import { changePassword, emptyPod, FILES, inside, leftIn, passwordOf, startPod, type Pod, type User } from './redis-pod';

function start(folder: string, config: string, ...options: string[]): Pod {
  return startPod(folder, ['sh', `${FILES}/start.sh`, `${FILES}/${config}`, ...options]);
}

const ready = (pod: Pod, ...args: string[]) => inside(pod, ['sh', `${FILES}/ready.sh`, ...args]);

/** What a user is answered to commands, one a line. */
function redis(pod: Pod, commands: string, user: User = 'operator', password = passwordOf(user)): string {
  return inside(pod, ['env', `REDISCLI_AUTH=${password}`, 'redis-cli', '--user', user, '--no-auth-warning'], commands).text;
}

async function started(folder: string, config: string, ...options: string[]): Promise<Pod> {
  const pod = start(folder, config, ...options);
  await waitUntil('Redis is ready', 20, () => ready(pod).code === 0);
  return pod;
}

beforeAll(() => {
  requireDaemon('redis-server', 'redis-server');
  requireDaemon('busybox', 'busybox');
});

const JOBS = Array.from({ length: 200 }, (_, number) => `job-${number}`);
const queueJobs = `rpush queues:default ${JOBS.join(' ')}`;
const readJobs = 'lrange queues:default 0 -1';

/** 3 MB of values, which is more than a server with `maxmemory 3mb` has left. */
const fill = Array.from({ length: 30 }, (_, number) => `set filler-${number} ${'x'.repeat(100_000)}`).join('\n');

describe('start.sh under BusyBox', () => {
  it.each(['redis.conf', 'redis-cache.conf'])(
    'starts Redis with %s as process 1, and Redis ends on SIGTERM with code 0',
    async (config) => {
      const pod = await started(emptyPod(), config);
      expect(readFileSync(`/proc/${processOf(pod.daemon) ?? ''}/comm`, 'utf8').trim()).toBe('redis-server');
      expect(await end(pod.daemon, 'SIGTERM')).toBe(0);
    },
  );

  it('requires a name and its password, with its quotes, backslashes and dollar signs', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(redis(pod, 'ping')).toBe('PONG');
    expect(inside(pod, ['redis-cli', 'ping']).text).toContain('NOAUTH');
    expect(redis(pod, 'ping', 'app', passwordOf('probe'))).toContain('WRONGPASS');
    expect(redis(pod, 'ping', 'app', passwordOf('app').replaceAll('\\', ''))).toContain('WRONGPASS');
  });

  it('shows passwords neither in the arguments nor in the environment of Redis, and to its users as hashes', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--maxmemory', '64mb');
    const seen = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${processOf(pod.daemon) ?? ''}/${file}`, 'utf8')).join('');
    expect(seen).toContain('redis-server');
    for (const text of [seen, redis(pod, 'acl list')]) expect(text).not.toContain('quoted');
  });

  it('hands its further options on to Redis', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--maxmemory', '64mb');
    expect(redis(pod, 'config get maxmemory')).toBe('maxmemory\n67108864');
  });

  it('refuses an empty password file with one line', async () => {
    const folder = emptyPod();
    changePassword(folder, 'app', '\n');
    const { daemon } = start(folder, 'redis.conf');
    await waitUntil('start.sh ends', 10, () => daemon.child.exitCode !== null);
    expect(daemon.child.exitCode).toBe(1);
    expect(daemon.output()).toMatch(/^\S+ start: \/run\/secrets\/redis\/app-password is empty; the Secret it comes from needs a value\n$/);
  });
});

describe('join.sh under BusyBox', () => {
  // What the other two servers answer, and after how many of their answers the Sentinels name another primary.
  it.each([
    ['while it asked servers that are gone', '', 1],
    ['and had not said so yet', 'role:master', 3],
  ])('starts as a replica where the Sentinels promoted another %s', async (_, answer, asked) => {
    const folder = emptyPod();
    mkdirSync(join(folder, 'data/appendonlydir'));
    const network = `
      export SERVERS='redis-0 redis-1 redis-2' SENTINELS='sentinel-0 sentinel-1 sentinel-2' HOSTNAME=redis-0
      timeout() {
        case $* in
          *nslookup*redis-?.*) echo Name:; echo "Address: 10.0.0.$(echo "$4" | cut -c 7)" ;;
          *nslookup*) echo Name:; echo Address: 10.0.1.1 ;;
          *get-master-addr-by-name*) if [ "$(wc -l </data/asked)" -ge ${asked} ]; then echo 10.0.0.1; else echo 10.0.0.0; fi ;;
          *info*) echo >>/data/asked; echo ${answer} ;;
        esac
      }
      : >/data/asked
      . "$0"`;
    const pod = startPod(folder, ['sh', '-c', network, `${FILES}/join.sh`, `${FILES}/redis.conf`]);
    await waitUntil('it starts', 20, () => pod.daemon.output().includes('join: starting'));
    expect(pod.daemon.output()).toContain('join: starting as replica of redis-1');
  });
});

describe('ready.sh under BusyBox', () => {
  it('fails and says why when the password is not the one Redis has', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(ready(pod)).toEqual({ code: 0, text: '' });
    changePassword(pod.folder, 'probe', 'another');
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringContaining('WRONGPASS') as string });
    expect(ready(pod, 'loading').code).toBe(1);
    expect(ready(pod, 'alive').code).toBe(0);
  });

  it('fails when nothing listens', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    redis(pod, 'config set port 6380');
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringContaining('Connection refused') as string });
    expect(ready(pod, 'alive').code).toBe(1);
  });

  it('succeeds while Redis loads its data only when called with "loading"', async () => {
    const before = await started(emptyPod(), 'redis.conf');
    redis(before, `eval "for i = 1, 9000 do redis.call('set', i, i) end" 0`);
    await end(before.daemon, 'SIGKILL');
    // A third of a millisecond for each key: three seconds of loading.
    const pod = start(before.folder, 'redis.conf', '--key-load-delay', '330');
    await waitUntil('Redis loads', 20, () => ready(pod).text.startsWith('LOADING'));
    expect(ready(pod, 'loading')).toEqual({ code: 0, text: '' });
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringMatching(/^LOADING/) as string });
  });

  it('leaves no process behind, which Redis as process 1 would never collect', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    for (let probe = 0; probe < 20; probe += 1) ready(pod);
    expect(leftIn(pod)).toEqual([]);
  });
});

describe('operator.sh under BusyBox', () => {
  it('says anything to the server, and shows only its answer', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--maxmemory', '64mb');
    expect(inside(pod, ['sh', `${FILES}/operator.sh`, '--raw', 'config', 'get', 'maxmemory']).text).toBe('maxmemory\n67108864');
  });
});

test.each([
  ['probe', 'ready.sh'],
  ['operator', 'operator.sh'],
] as const)('redis-cli for the %s has the password in no argument and in no environment', async (user, script) => {
  const pod = await started(emptyPod(), 'redis.conf');
  // In its place something that says what whoever lists processes would see of it.
  const install = `mkdir /data/bin && printf '#!/bin/sh\\nenv; echo "$@"; cat >/dev/null\\n' >/data/bin/redis-cli && chmod +x /data/bin/redis-cli`;
  const { text } = inside(pod, ['sh', '-c', `${install} && PATH=/data/bin:$PATH sh ${FILES}/${script} ping`]);
  expect(text).toContain(`--user ${user} --askpass`);
  expect(text).not.toContain(passwordOf(user));
});

describe('password.sh under BusyBox', () => {
  const NEW = 'a "new" password $HOME';
  const script = (pod: Pod, args: readonly string[], input: string) => inside(pod, ['sh', `${FILES}/password.sh`, ...args], input);
  /** Whether a password of user `app` is accepted. */
  const accepted = (pod: Pod, password: string) => redis(pod, 'get fintrack_a', 'app', password) === '';

  it('lets both passwords in, and the new one alone when the old one is discarded', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect([accepted(pod, passwordOf('app')), accepted(pod, NEW)]).toEqual([true, false]);
    expect(script(pod, ['app'], NEW)).toMatchObject({ code: 0, text: expect.stringContaining('app has two valid passwords') as string });
    expect([accepted(pod, passwordOf('app')), accepted(pod, NEW)]).toEqual([true, true]);
    expect(script(pod, ['app', '--discard-old'], NEW)).toMatchObject({
      code: 65,
      text: expect.stringContaining('Secret fintrack-redis has another app-password as this pod sees it') as string,
    });
    changePassword(pod.folder, 'app', NEW);
    expect(script(pod, ['app', '--discard-old'], `${NEW}\n`)).toMatchObject({
      code: 0,
      text: expect.stringContaining('new password only') as string,
    });
    expect([accepted(pod, passwordOf('app')), accepted(pod, NEW)]).toEqual([false, true]);
  });

  it('leaves what the user may do as it was', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    const rules = () => redis(pod, 'acl list').replace(/#\S+ /g, '');
    const before = rules();
    script(pod, ['app'], NEW);
    changePassword(pod.folder, 'app', NEW);
    script(pod, ['app', '--discard-old'], NEW);
    expect(rules()).toBe(before);
  });

  it.each([
    [['nobody'], NEW, 64, "password: this pod has no user 'nobody'; there are app exporter operator probe replication sentinel"],
    [[], NEW, 64, "password: this pod has no user ''; there are app exporter operator probe replication sentinel"],
    [['app'], 'short', 65, 'password: the new password has 5 characters; it must have at least 16'],
    [['app', '--discard'], NEW, 64, 'password: unknown option --discard; there is --discard-old'],
  ])('refuses %j with %j', async (args, input, code, text) => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(script(pod, args, input)).toEqual({ code, text });
    expect([accepted(pod, passwordOf('app')), accepted(pod, input)]).toEqual([true, false]);
  });
});

describe('snapshot.sh under BusyBox', () => {
  const snapshot = (pod: Pod, servers = '127.0.0.1', script = ['sh']) =>
    inside(pod, ['env', `SERVERS=${servers}`, ...script, `${FILES}/snapshot.sh`, '/data/copy.rdb']);

  it('copies what the one server holds, and another Redis reads it', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    redis(pod, queueJobs);
    expect(snapshot(pod)).toEqual({ code: 0, text: expect.stringMatching(/^\S+ snapshot: copying 127\.0\.0\.1\n/) as string });
    await end(pod.daemon, 'SIGTERM');
    const reader = await started(pod.folder, 'redis.conf', '--appendonly', 'no', '--dbfilename', 'copy.rdb');
    expect(redis(reader, readJobs).split('\n')).toEqual(JOBS);
  });

  it('waits for a server that does not answer yet', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(redis(pod, 'client pause 4000 all')).toBe('OK');
    expect(snapshot(pod)).toMatchObject({ code: 0 });
  });

  it('fails, with a line that says why, where nobody answers and where it would have to copy a primary that has replicas', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    for (const servers of ['203.0.113.1', '127.0.0.1 203.0.113.1']) {
      const text = `none of ${servers} can be copied: there is no replica that follows`;
      const impatient = ['sh', '-c', 'sleep() { :; }; . "$0"'];
      expect(snapshot(pod, servers, impatient)).toEqual({ code: 1, text: expect.stringContaining(text) as string });
    }
  });

  it('fails when the copy breaks off', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--rdb-key-save-delay', '100000');
    redis(pod, queueJobs);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) redis(pod, `set ${key} 1`);
    const killer = startDaemon(['bash', '-c', `sleep 0.7; kill -KILL ${processOf(pod.daemon) ?? ''}`]);
    expect(snapshot(pod).code).not.toBe(0);
    await killer.stop();
  });
});

describe('the users of Redis', () => {
  /** What an application needs: the commands of Laravel's queue, locks, cache and sessions, with the prefix of its settings. */
  const NEEDED = [
    'select 0',
    'set fintrack_cache_a 1 ex 60 nx',
    'mget fintrack_cache_a fintrack_cache_b',
    'incrby fintrack_cache_a 1',
    'rpush fintrack_queues:default job',
    'zadd fintrack_queues:default:delayed 1 job',
    `eval "return redis.call('zrangebyscore', KEYS[1], '-inf', 9, 'limit', 0, 1)" 1 fintrack_queues:default:delayed`,
    `eval "return redis.call('lpop', KEYS[1])" 1 fintrack_queues:default`,
    'blpop fintrack_queues:default:notify 1',
    'scan 0 match fintrack_*',
    'publish fintrack_events x',
    'multi',
    'del fintrack_cache_a',
    'exec',
  ].join('\n');
  const REFUSED = /NOPERM|ERR The user executing the script/;
  const refused = (pod: Pod, user: User, commands: readonly string[]) =>
    commands.filter((command) => REFUSED.test(redis(pod, command, user)));
  const DANGEROUS = [
    'flushall',
    'keys *',
    'config get masterauth',
    'acl list',
    'shutdown',
    'replicaof no one',
    'client kill type normal',
    'get another',
    `eval "return redis.call('flushall')" 0`,
  ];

  it('let the application do all that Laravel does, and nothing that empties, lists or stops a server', async () => {
    for (const config of ['redis.conf', 'redis-cache.conf']) {
      const pod = await started(emptyPod(), config);
      expect(redis(pod, NEEDED, 'app')).not.toMatch(/ERR|NOPERM|WRONG/);
      expect(refused(pod, 'app', DANGEROUS)).toEqual(DANGEROUS);
      expect(REFUSED.test(redis(pod, 'flushdb', 'app'))).toBe(config === 'redis.conf');
    }
  });

  it('let the exporter read figures and lengths, and no content', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    redis(pod, 'rpush fintrack_queues:default job', 'app');
    expect(redis(pod, 'llen fintrack_queues:default', 'exporter')).toBe('1');
    expect(redis(pod, 'info all', 'exporter')).toContain('used_memory:');
    const content = ['lrange fintrack_queues:default 0 -1', 'get fintrack_cache_a', 'set fintrack_queues:x 1'];
    expect(refused(pod, 'exporter', [...content, ...DANGEROUS])).toEqual([...content, ...DANGEROUS]);
  });

  it.each(['probe', 'replication', 'sentinel'] as const)('let %s neither read nor write data', async (user) => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(redis(pod, 'ping', user)).toBe('PONG');
    const data = ['get fintrack_cache_a', 'set fintrack_cache_a 1', 'flushall', 'config get masterauth', 'acl list', 'keys *'];
    expect(refused(pod, user, data)).toEqual(data);
  });

  it('are only those with a password file, and nobody without a name', async () => {
    const folder = emptyPod();
    rmSync(join(folder, 'secrets/exporter-password'));
    const pod = await started(folder, 'redis.conf');
    expect(redis(pod, 'acl users').split('\n').sort()).toEqual(['app', 'default', 'operator', 'probe', 'replication', 'sentinel']);
    expect(redis(pod, 'acl list')).toMatch(/user default off/);
  });
});

describe('redis.conf', () => {
  it('refuses writes when memory is full and keeps every job', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--maxmemory', '3mb');
    redis(pod, queueJobs);
    expect(redis(pod, fill)).toContain('OOM command not allowed');
    expect(redis(pod, readJobs).split('\n')).toEqual(JOBS);
  });

  it('keeps every job through a kill -9', async () => {
    const before = await started(emptyPod(), 'redis.conf');
    redis(before, queueJobs);
    await end(before.daemon, 'SIGKILL');
    const after = await started(before.folder, 'redis.conf');
    expect(redis(after, readJobs).split('\n')).toEqual(JOBS);
  });
});

describe('redis-cache.conf', () => {
  it('takes every write when memory is full and evicts', async () => {
    const pod = await started(emptyPod(), 'redis-cache.conf', '--maxmemory', '3mb');
    expect(redis(pod, fill)).toBe(Array(30).fill('OK').join('\n'));
    expect(redis(pod, 'info stats')).toMatch(/evicted_keys:[1-9]/);
  });

  it('writes nothing to disk', async () => {
    const pod = await started(emptyPod(), 'redis-cache.conf');
    redis(pod, 'set key value');
    await end(pod.daemon, 'SIGTERM');
    expect(readdirSync(join(pod.folder, 'data'))).toEqual([]);
  });
});
