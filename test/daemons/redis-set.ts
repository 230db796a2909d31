import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from './certificates';
import { end, requireDaemon, startDaemon, temporaryFolder, waitUntil, type Daemon } from './daemon';
import { emptyPod, FILES, passwordOf, startPod, type Membership, type Pod } from './redis-pod';

export const SERVERS = ['redis-0', 'redis-1', 'redis-2'];
export const SENTINELS = ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2'];
export const NAMES = [...SERVERS, ...SENTINELS, 'redis-proxy'];
/** What certificates are for. */
export const SERVED = ['redis', ...SERVERS, ...SENTINELS, 'localhost'];

const commandOf = (name: string): readonly string[] => {
  if (name === 'redis-proxy') return ['sh', `${FILES}/proxy.sh`, `${FILES}/haproxy.cfg`];
  return SERVERS.includes(name)
    ? ['sh', `${FILES}/join.sh`, `${FILES}/redis.conf`, '--min-replicas-to-write', '1', '--min-replicas-max-lag', '3']
    : ['sh', `${FILES}/sentinel.sh`, `${FILES}/sentinel.conf`];
};

/** What a program said: its answer, and that together with its complaints. */
interface Heard {
  readonly answer: string;
  readonly all: string;
}

/** The set that Sentinels watch, on one machine: every pod has mounts and processes of its own and an address of one network. */
export class RedisSet {
  readonly folder = temporaryFolder();
  readonly pods = new Map<string, Pod>();
  private keeper: Daemon | undefined;
  private authority: Authority | undefined;

  /** @param authority who signs the certificates by which all make sure of each other @default - connections are plain */
  constructor(authority?: Authority) {
    this.authority = authority;
  }

  addressOf(name: string): string {
    return `127.0.1.${NAMES.indexOf(name) + 1}`;
  }

  /** Starts the network of all pods, its name service and all pods, and waits until clients can write. */
  async create(): Promise<void> {
    for (const [program, source] of [
      ['redis-server', 'redis-server'],
      ['busybox', 'busybox'],
      ['haproxy', 'haproxy'],
      ['dnsmasq', 'dnsmasq-base'],
    ] as const) {
      requireDaemon(program, source);
    }
    this.resolve(NAMES);
    const names = ['dnsmasq', '--keep-in-foreground', '--user=root', '--no-resolv', '--no-hosts', `--addn-hosts=${this.folder}/hosts`];
    const dns = [...names, '--domain=test', '--expand-hosts', '--listen-address=127.0.0.1', '--bind-interfaces'].join(' ');
    const keeper = startDaemon(['unshare', '--net', 'bash', '-c', `busybox ip link set lo up; echo up; exec ${dns}`]);
    this.keeper = keeper;
    await waitUntil('a network is there', 10, () => keeper.output().includes('up'));
    this.start(...NAMES);
    await this.settled();
    await waitUntil('the proxy takes writes', 60, () => this.write('rpush jobs first') === '1');
  }

  /** Has the name service know these names alone. */
  resolve(names: readonly string[]): void {
    const lines = ['127.0.0.1 localhost', ...names.map((name) => `${this.addressOf(name)} ${name}`)];
    writeFileSync(join(this.folder, 'hosts'), [...lines, `${this.addressOf('redis-proxy')} redis`, ''].join('\n'));
    this.keeper?.child.kill('SIGHUP');
  }

  start(...names: string[]): void {
    for (const name of names) {
      const membership: Membership = {
        network: this.keeper?.child.pid ?? 0,
        address: this.addressOf(name),
        env: {
          HOSTNAME: name,
          SERVERS: SERVERS.join(' '),
          SENTINELS: SENTINELS.join(' '),
          QUORUM: '2',
          DOWN_AFTER_MILLISECONDS: '2000',
          FAILOVER_TIMEOUT_MILLISECONDS: '8000',
          ...(SENTINELS.includes(name) && { PORT: '26379' }),
          ...(this.authority && { TLS: 'verified' }),
        },
      };
      const folder = emptyPod(join(this.folder, name));
      if (this.authority && !existsSync(join(folder, 'secrets/tls.crt'))) this.authority.issue(join(folder, 'secrets'), SERVED);
      this.pods.set(name, startPod(folder, commandOf(name), membership));
    }
  }

  /** Kills everything in pods, without a goodbye. @param options `volume`: their volumes are lost too; `signal`: with a goodbye */
  async kill(
    names: readonly string[],
    { volume = false, signal = 'SIGKILL' }: { volume?: boolean; signal?: NodeJS.Signals } = {},
  ): Promise<void> {
    for (const name of names) {
      const pod = this.pods.get(name) as Pod;
      // The end of process 1 is the end of everything in the pod.
      await end(pod.daemon, signal);
      if (volume) rmSync(join(this.folder, name, 'data'), { recursive: true });
    }
  }

  /** What a pod has said. */
  said = (name: string): string => this.pods.get(name)?.daemon.output() ?? '';

  /** What a program of this machine says in the network of the pods. */
  run(argv: readonly string[], { input = '', env = {} }: { input?: string; env?: Readonly<Record<string, string>> } = {}): Heard {
    const network = [`--target=${this.keeper?.child.pid ?? 0}`, '--net'];
    const { stdout, stderr } = spawnSync('nsenter', [...network, ...argv], { encoding: 'utf8', input, env: { ...process.env, ...env } });
    return { answer: stdout.trim(), all: `${stdout}${stderr}`.trim() };
  }

  /** What redis-cli hears from a pod, asked from nowhere in particular. @param trusts file of the authority; empty without TLS @default - that of the set */
  hear(name: string, command: string, port = 6379, trusts = this.authority?.certificate ?? ''): Heard {
    const tls = trusts === '' ? [] : ['--tls', '--cacert', trusts];
    const argv = ['timeout', '2', 'redis-cli', ...tls, '--user', 'operator', '--no-auth-warning', '-h', this.addressOf(name)];
    return this.run([...argv, '-p', String(port)], { input: command, env: { REDISCLI_AUTH: passwordOf('operator') } });
  }

  /** The answer alone. */
  redis = (name: string, command: string, port = 6379): string => this.hear(name, command, port).answer;

  /** Has every pod that starts from now on encrypt, and clients too. @param authority none: has them be plain */
  encrypt(authority: Authority | undefined): void {
    this.authority = authority;
  }

  roleOf = (server: string): string => /role:(\w+)/.exec(this.redis(server, 'info replication'))?.[1] ?? 'none';
  primaries = (): string[] => SERVERS.filter((server) => this.roleOf(server) === 'master');
  write = (command: string) => this.redis('redis-proxy', command);
  jobs = (): string => this.write('llen jobs');

  /** What each Sentinel knows: the primary, how many replicas, how many other Sentinels. It learns of replicas every ten seconds. */
  private known = (): string[] =>
    SENTINELS.map((name) => {
      const lines = this.redis(name, 'sentinel master fintrack', 26379).split('\n');
      return ['ip', 'num-slaves', 'num-other-sentinels'].map((key) => lines[lines.indexOf(key) + 1]).join();
    });
  private complete = (): boolean => {
    const [primary = '', ...more] = this.primaries();
    return more.length === 0 && this.redis(primary, 'info replication').includes('min_slaves_good_slaves:2');
  };

  /** Whether no server writes its append-only file anew or means to, as after a copy: before its first one is written Redis refuses to end, and forgets that it was told to. */
  private written = (): boolean =>
    SERVERS.every((server) => /aof_rewrite_in_progress:0\s+aof_rewrite_scheduled:0/.test(this.redis(server, 'info persistence')));

  /** Waits until there is one primary that two follow and all Sentinels name, and all is written. @returns it */
  async settled(): Promise<string> {
    await waitUntil('one primary, two replicas and three Sentinels that know them', 90, () => {
      const [primary] = this.primaries();
      const known = `${this.addressOf(primary ?? '')},2,2`;
      return primary !== undefined && this.complete() && this.known().every((each) => each === known) && this.written();
    });
    return this.primaries()[0] ?? '';
  }

  /** Kills the primary, and starts it again when clients can write. @returns who was primary and who is */
  async replacePrimary(): Promise<readonly [before: string, after: string]> {
    const before = await this.settled();
    await this.kill([before]);
    await waitUntil('writes', 60, () => this.write('set written after') === 'OK');
    this.start(before);
    return [before, await this.settled()];
  }

  /** How many jobs there are, as soon as the proxy has found the primary. */
  async jobsLeft(): Promise<string> {
    await waitUntil('the proxy answers', 60, () => /^\d+$/.test(this.jobs()));
    return this.jobs();
  }
}
