import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireDaemon, waitUntil } from './daemon';
import { emptyPod, FILES, inside, leftIn, PASSWORD, processOf, startPod, type Pod } from './redis-pod';

function start(folder: string, config: string, ...options: string[]): Pod {
  return startPod(folder, ['sh', `${FILES}/start.sh`, `${FILES}/${config}`, ...options]);
}

const ready = (pod: Pod, ...args: string[]) => inside(pod, ['sh', `${FILES}/ready.sh`, ...args]);

/** What redis-cli answers to commands, one a line. */
function redis(pod: Pod, commands: string, password = PASSWORD): string {
  return inside(pod, ['env', `REDISCLI_AUTH=${password}`, 'redis-cli'], commands).text;
}

/** Sends a signal to process 1 and waits for the pod's end. */
async function end(pod: Pod, signal: NodeJS.Signals): Promise<number | null> {
  const { child } = pod.daemon;
  process.kill(Number(processOf(pod)), signal);
  await waitUntil('Redis ends', 20, () => child.exitCode !== null || child.signalCode !== null);
  return child.exitCode;
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
      expect(readFileSync(`/proc/${processOf(pod)}/comm`, 'utf8').trim()).toBe('redis-server');
      expect(await end(pod, 'SIGTERM')).toBe(0);
    },
  );

  it('requires the password, with its quotes, backslashes and dollar signs', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(redis(pod, 'ping')).toBe('PONG');
    expect(redis(pod, 'ping', '')).toContain('NOAUTH');
    expect(redis(pod, 'ping', PASSWORD.replaceAll('\\', ''))).toContain('WRONGPASS');
  });

  it('shows the password neither in the arguments nor in the environment of Redis', async () => {
    const pod = await started(emptyPod('only-in-the-file'), 'redis.conf', '--maxmemory', '64mb');
    expect(readFileSync(`/proc/${processOf(pod)}/cmdline`, 'utf8')).not.toContain('only-in-the-file');
    expect(readFileSync(`/proc/${processOf(pod)}/environ`, 'utf8')).not.toContain('only-in-the-file');
  });

  it('hands its further options on to Redis', async () => {
    const pod = await started(emptyPod(), 'redis.conf', '--maxmemory', '64mb');
    expect(redis(pod, 'config get maxmemory')).toBe('maxmemory\n67108864');
  });

  it('refuses an empty password file with one line', async () => {
    const { daemon } = start(emptyPod('\n'), 'redis.conf');
    await waitUntil('start.sh ends', 10, () => daemon.child.exitCode !== null);
    expect(daemon.child.exitCode).toBe(1);
    expect(daemon.output()).toBe('start: /run/secrets/redis/password is empty; the Secret it comes from needs a value\n');
  });
});

describe('ready.sh under BusyBox', () => {
  it('fails and says why when the password is not the one Redis has', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    expect(ready(pod)).toEqual({ code: 0, text: '' });
    writeFileSync(join(pod.folder, 'secrets/password'), 'another');
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringContaining('NOAUTH') as string });
    expect(ready(pod, 'loading').code).toBe(1);
  });

  it('fails when nothing listens', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    redis(pod, 'config set port 6380');
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringContaining('Connection refused') as string });
  });

  it('succeeds while Redis loads its data only when called with "loading"', async () => {
    const before = await started(emptyPod(), 'redis.conf');
    redis(before, `eval "for i = 1, 9000 do redis.call('set', i, i) end" 0`);
    await end(before, 'SIGKILL');
    // A third of a millisecond for each key: three seconds of loading.
    const pod = start(before.folder, 'redis.conf', '--key-load-delay', '330');
    await waitUntil('Redis loads', 20, () => ready(pod).text.startsWith('LOADING'));
    expect(ready(pod, 'loading')).toEqual({ code: 0, text: '' });
    expect(ready(pod)).toEqual({ code: 1, text: expect.stringMatching(/^LOADING/) as string });
  });

  it('leaves no process behind, which Redis as process 1 would never collect', async () => {
    const pod = await started(emptyPod(), 'redis.conf');
    for (let probe = 0; probe < 20; probe += 1) ready(pod);
    expect(leftIn(pod)).toBe('');
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
    await end(before, 'SIGKILL');
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
    await end(pod, 'SIGTERM');
    expect(readdirSync(join(pod.folder, 'data'))).toEqual([]);
  });
});
