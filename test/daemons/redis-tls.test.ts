import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './certificates';
import { processOf, requireDaemon, waitUntil } from './daemon';
import { FILES, inside, passwordOf, type Pod } from './redis-pod';
import { NAMES, RedisSet, SENTINELS, SERVED, SERVERS } from './redis-set';

const authority = new Authority();
const set = new RedisSet(authority);
const secretsOf = (name: string) => join(set.folder, name, 'secrets');
const portOf = (name: string) => (SENTINELS.includes(name) ? 26379 : 6379);

/** Serial number of the certificate that a pod shows. */
const shownBy = (name: string): string => {
  const connect = `openssl s_client -connect ${set.addressOf(name)}:${portOf(name)} </dev/null 2>/dev/null | openssl x509 -noout -serial`;
  return set.run(['bash', '-c', connect]).answer.replace('serial=', '');
};
/** Has a server show what lies in a folder of its pod. */
const show = (name: string, folder: string): string =>
  inside(set.pods.get(name) as Pod, [
    ...['env', 'TLS=verified', 'sh', `${FILES}/operator.sh`],
    ...['config', 'set', 'tls-cert-file', `${folder}/tls.crt`, 'tls-key-file', `${folder}/tls.key`],
  ]).text;
/** What phpredis, as the application has it, says to the proxy. */
const php = (context: string): string =>
  set.run(
    ['php', '-d', 'display_errors=0', '-r'].concat(`
    set_error_handler(function ($kind, $text) { echo $text, ' '; return true; });
    try {
      $redis = new Redis();
      $redis->connect('tls://${set.addressOf('redis-proxy')}', 6379, 1, null, 0, 5, ['stream' => [${context}]]);
      $redis->auth(['app', file_get_contents('${secretsOf('redis-0')}/app-password')]);
      echo $redis->ping() ? 'connected' : 'no answer';
    } catch (RedisException $e) { echo $e->getMessage(); }
  `),
  ).answer;

beforeAll(async () => {
  requireDaemon('openssl', 'openssl');
  requireDaemon('php', 'php-cli php-redis');
  await set.create();
  for (let job = 1; job < 200; job += 1) set.write(`rpush jobs job-${job}`);
}, 180_000);

jest.setTimeout(300_000);

describe('a set of Redis with TLS', () => {
  test('is written to through the proxy by whoever encrypts and trusts its authority', async () => {
    expect(await set.jobsLeft()).toBe('200');
  });

  test.each([...SERVERS, ...SENTINELS])('is asked by its liveness probe without a word in its log (%s)', (name) => {
    const probe = ['env', 'TLS=verified', `PORT=${portOf(name)}`, 'sh', `${FILES}/ready.sh`, 'alive'];
    expect(inside(set.pods.get(name) as Pod, probe)).toEqual({ code: 0, text: '' });
    expect(set.said(name)).not.toContain('Error accepting a client connection');
  });

  test.each(NAMES)('answers nothing without TLS (%s)', (name) => {
    expect(set.hear(name, 'ping', portOf(name), '').answer).toBe('');
  });

  test('is refused by who trusts another authority', () => {
    const another = new Authority();
    for (const name of NAMES) expect(set.hear(name, 'ping', portOf(name), another.certificate).all).toContain('certificate verify failed');
  });

  test('is taken by phpredis under its name alone, and by its authority', () => {
    const cafile = `'cafile' => '${authority.certificate}'`;
    expect(php(`${cafile}, 'peer_name' => 'redis'`)).toBe('connected');
    expect(php(`${cafile}, 'peer_name' => 'redis-cache'`)).toContain('did not match expected');
    expect(php(cafile)).toContain('did not match expected');
    expect(php(`'peer_name' => 'redis'`)).not.toBe('connected');
  });

  test('copies and watches encrypted: no port of a server is plain', () => {
    for (const name of SERVERS) expect(set.redis(name, 'config get port')).toBe('port\n0');
    for (const name of SERVERS) expect(set.redis(name, 'config get tls-replication')).toBe('tls-replication\nyes');
  });

  test('promotes a replica when the primary is gone, and the proxy finds it', async () => {
    const [before, after] = await set.replacePrimary();
    expect(after).not.toBe(before);
    expect(await set.jobsLeft()).toBe('200');
  });

  test.each([
    ['of another authority', () => new Authority(), SERVED, 'certificate verify failed'],
    ['of the authority and of another name', () => authority, ['mysql'], ''],
  ] as const)('is not led to a server that shows a certificate %s', async (_, signer, names, complaint) => {
    const primary = await set.settled();
    const impostor = join(set.folder, primary, 'data');
    signer().issue(impostor, names);
    const replica = SERVERS.find((server) => server !== primary) ?? '';
    expect(show(primary, '/data')).toBe('OK');
    await waitUntil('the proxy leads to nobody', 10, () => set.write('ping') === '');
    set.redis(replica, 'client kill type master');
    if (complaint !== '') await waitUntil('the replica complains', 10, () => set.said(replica).includes(complaint));
    // Servers look at the authority alone.
    else await waitUntil('the replica follows', 10, () => set.redis(replica, 'info replication').includes('master_link_status:up'));
    show(primary, '/run/secrets/redis');
    await set.settled();
    expect(await set.jobsLeft()).toBe('200');
  });

  /** A client that keeps its connection. */
  function openClient(name: string) {
    const namespaces = [`--target=${processOf((set.pods.get(name) as Pod).daemon) ?? ''}`, '--net', '--mount', '--root', '--wd=/'];
    const cli = ['/usr/bin/redis-cli', '--tls', '--cacert', '/run/secrets/redis/ca.crt', '--user', 'operator', '--no-auth-warning'];
    const client = spawn('nsenter', [...namespaces, ...cli, '-h', set.addressOf(name)], { env: { REDISCLI_AUTH: passwordOf('operator') } });
    let heard = '';
    client.stdout.on('data', (part: Buffer) => (heard += part.toString()));
    return {
      /** Number of its connection. */
      connection: async () => {
        heard = '';
        client.stdin.write('client id\n');
        await waitUntil('an answer', 5, () => heard.endsWith('\n'));
        return heard;
      },
      close: () => client.kill(),
    };
  }

  /** Starts Sentinels that end, as the kubelet does. */
  async function restartSentinels(): Promise<void> {
    for (const name of SENTINELS) {
      const { child } = (set.pods.get(name) as Pod).daemon;
      await waitUntil(`${name} ends`, 60, () => child.exitCode !== null);
      expect(set.said(name)).toContain('certificate: a renewed certificate is there: this Sentinel is started again');
      expect(child.exitCode).toBe(0);
      set.start(name);
    }
  }

  test('shows a renewed certificate without a restart of its servers, and connections that are open go on', async () => {
    await set.settled();
    const processes = SERVERS.map((name) => processOf((set.pods.get(name) as Pod).daemon));
    const open = openClient(await set.settled());
    const connection = await open.connection();
    const renewed = NAMES.filter((name) => name !== 'redis-proxy').map((name) => [name, authority.issue(secretsOf(name), SERVED)] as const);
    await restartSentinels();
    for (const [name, serial] of renewed) await waitUntil(`${name} shows it`, 20, () => shownBy(name) === serial);
    expect(SERVERS.map((name) => processOf((set.pods.get(name) as Pod).daemon))).toEqual(processes);
    expect(await open.connection()).toBe(connection);
    open.close();
    await set.settled();
    expect(await set.jobsLeft()).toBe('200');
  });

  test('with a certificate that is over takes no new connection, copies on, and recovers with the next one by itself', async () => {
    const primary = await set.settled();
    for (const name of SERVERS) authority.issue(secretsOf(name), SERVED, -1);
    await waitUntil('the proxy leads to nobody', 20, () => set.write('ping') === '');
    expect(set.hear(primary, 'ping').all).toContain('certificate verify failed');
    const replicas = inside(set.pods.get(primary) as Pod, [
      ...['env', 'TLS=verified', 'sh', `${FILES}/operator.sh`, 'info', 'replication'],
    ]).text;
    expect(replicas).toContain('min_slaves_good_slaves:2');
    for (const name of SERVERS) authority.issue(secretsOf(name), SERVED);
    await set.settled();
    expect(await set.jobsLeft()).toBe('200');
  });

  test('shows no key in an argument, an environment or its log', () => {
    for (const name of NAMES) {
      const { text } = inside(set.pods.get(name) as Pod, ['sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ']);
      const key = readFileSync(join(secretsOf(name), 'tls.key'), 'utf8').split('\n')[1] ?? '';
      expect([name, `${text}${set.said(name)}`.includes(key)]).toEqual([name, false]);
    }
  });
});
