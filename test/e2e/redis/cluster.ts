import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cpu } from '../../../imports/k8s';
import { MEMBERS } from '../../../lib/components/redis/set';
import type { Environment } from '../../../lib/environments';
import { BASE } from '../environment';
import { Installation } from '../installation';
import { until } from '../kubectl';
import { fail, type Report } from '../report';
import { Exclusive } from '../watch';
import { Writers } from './writers';

/** The drills' own environment with production's Redis, and one of all else. */
export const DRILL = {
  ...BASE,
  php: { ...BASE.php, scale: { replicas: 1 } },
  nginx: { ...BASE.nginx, scale: { replicas: 1 } },
  mysql: { ...BASE.mysql, replicas: 0 },
  redis: { ...BASE.redis, availability: 'sentinel', cpu: Cpu.millis(300) },
  redisCache: { ...BASE.redisCache, cpu: Cpu.millis(300) },
} satisfies Environment;

interface Summary {
  readonly transactions: number;
  readonly categorized: number;
  readonly ticks: number;
}

/** FinTrack with three Redis servers, three Sentinels and two proxies, and what drills do to them. */
export class RedisCluster extends Installation {
  readonly servers: readonly string[] = MEMBERS.servers;
  readonly sentinels: readonly string[] = MEMBERS.sentinels;
  private writers = 0;

  constructor(report: Report) {
    super(report, DRILL);
  }

  protected override get database(): string {
    return DRILL.mysql.primary;
  }

  /** What a server or Sentinel answers to its operator. */
  async ask(pod: string, ...command: string[]): Promise<string> {
    return this.kubectl.out(['exec', pod, '--', ...operator(...command)]);
  }

  /** Values of a section of a server's INFO. */
  async info(pod: string, section: string): Promise<Map<string, string>> {
    const lines = (await this.ask(pod, 'info', section)).split('\n').map((line) => line.trim());
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  }

  /** Waits until every pod of Redis is ready, one server is primary, two replicas have all it has, and all Sentinels agree. @returns the primary */
  async settled(): Promise<string> {
    // Workers that met a fault may be made to wait before they start again, which is no matter of Redis.
    await this.ready(600, 'app.kubernetes.io/name=redis');
    // They know each other by the addresses of their Services.
    const services = await this.kubectl.list('services');
    const addressOf = (pod: string): unknown => services.find(({ metadata }) => metadata.name === pod)?.['spec'].clusterIP;
    return until('one primary, two replicas in sync and three Sentinels that know them', 120, async () => {
      const servers = await Promise.all(this.servers.map(async (pod) => ({ pod, info: await this.info(pod, 'replication') })));
      const primaries = servers.filter(({ info }) => info.get('role') === 'master');
      const [primary] = primaries;
      if (primary === undefined || primaries.length > 1) {
        fail(`primaries: ${primaries.map(({ pod }) => pod).join(', ')}`);
      }
      const offset = primary.info.get('master_repl_offset');
      const online = [...primary.info].filter(([key, value]) => /^slave\d/.test(key) && value.includes('state=online'));
      const linked = servers.filter(
        ({ info }) => info.get('master_link_status') === 'up' && info.get('master_host') === addressOf(primary.pod),
      );
      if (online.length !== 2 || linked.length !== 2) {
        fail(`${primary.pod} at ${offset ?? '?'} has ${online.length} replicas online, ${linked.length} follow it`);
      }
      for (const sentinel of this.sentinels) {
        const words = (await this.ask(sentinel, 'sentinel', 'master', 'fintrack')).split('\n');
        const said = (key: string) => words[words.indexOf(key) + 1];
        const sees = ['ip', 'flags', 'num-slaves', 'num-other-sentinels'].map(said).join(' ');
        if (sees !== `${String(addressOf(primary.pod))} master 2 2`) {
          fail(`${sentinel} sees ${sees}`);
        }
      }
      return primary.pod;
    });
  }

  /** The proxies' pods. */
  async proxies(): Promise<string[]> {
    return (await this.kubectl.list('pods', 'app.kubernetes.io/instance=redis-proxy')).map(({ metadata }) => metadata.name);
  }

  /** Identity of the container of the server in a pod, as containerd on its node knows it. */
  async containerOf(pod: string): Promise<string> {
    const statuses = (await this.pod(pod))['status'].containerStatuses as { name: string; containerID: string }[];
    const server = statuses.find(({ name }) => name === 'redis') ?? fail(`${pod} has no container of a server`);
    return server.containerID.replace('containerd://', '');
  }

  /** Clients that are connected to a proxy. */
  async connections(proxy: string): Promise<number> {
    // Local port 6379, established.
    const table = await this.kubectl.out(['exec', proxy, '--', 'cat', '/proc/net/tcp', '/proc/net/tcp6']);
    return table.match(/^ *\d+: \w+:18EB \w+:\w+ 01 /gm)?.length ?? 0;
  }

  /** Kills a pod without a goodbye; its controller makes another. */
  async discard(pod: string): Promise<void> {
    await this.kubectl.out(['delete', 'pod', pod, '--grace-period=0', '--force']);
  }

  /** Arguments of kubectl that run a script of this folder, or a line of PHP, within the application. */
  php(script: string, ...args: string[]): { readonly args: string[]; readonly input: string } {
    const code = script.endsWith('.php') ? read(script).replace('<?php', '') : script;
    return {
      args: ['exec', '--stdin', 'deployment/php', '--container=php', '--', 'php', '--', ...args],
      input: read('boot.php') + code,
    };
  }

  /** What such a script prints. */
  async runPhp(script: string, ...args: string[]): Promise<string> {
    const { args: command, input } = this.php(script, ...args);
    return this.kubectl.out(command, input);
  }

  /** Members of the set that a writer of this name wrote. */
  async members(name: string): Promise<Set<string>> {
    const code = `echo implode("\\n", Illuminate\\Support\\Facades\\Redis::connection()->smembers("drill:${name}"));`;
    return new Set((await this.runPhp(code)).split('\n'));
  }

  /** Jobs that wait in the queue. */
  async queued(): Promise<number> {
    return Number(await this.runPhp('echo Illuminate\\Support\\Facades\\Queue::size();'));
  }

  /** What the application counts. */
  async summary(): Promise<Summary> {
    return this.browser().json<Summary>('GET', '/api/summary');
  }

  /** Waits until each transaction's job is done; a worker that was killed gives its job back after two minutes. */
  async jobsDone(): Promise<string> {
    const began = Date.now();
    return until('every job', 240, async () => {
      const { transactions, categorized } = await this.summary();
      return transactions === categorized
        ? `all jobs done ${((Date.now() - began) / 1000).toFixed(0)} s later`
        : fail(`${categorized} of ${transactions} are done`);
    });
  }

  /** How often containers of servers, Sentinels and proxies have restarted. */
  async restarts(): Promise<number> {
    const pods = await this.kubectl.list('pods', 'app.kubernetes.io/name=redis');
    const counts = pods.flatMap((pod) =>
      (pod['status'].containerStatuses as { restartCount: number }[]).map(({ restartCount }) => restartCount),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Clients that are already writing, in a pod of the application. */
  async startWriters(): Promise<Writers> {
    const writers = new Writers(this, `writes${(this.writers += 1)}-${process.pid}`);
    await writers.start();
    return writers;
  }

  /** Watches every 100 ms which servers are primary, and which take writes: a primary without a replica refuses them. */
  watch(): { readonly primary: Exclusive; readonly open: Exclusive; readonly stop: () => void } {
    const [primary, open] = [new Exclusive('primary'), new Exclusive('open')];
    const watches = this.servers.map((pod) => {
      let [clock, tenth, master] = ['', 0, false];
      const hear = (line: string) => {
        const [key = '', value = ''] = line.trim().split(':');
        if (/^\d+$/.test(line)) {
          // TIME answers with seconds, then microseconds.
          tenth = Math.floor(Number(clock) * 10 + Number(line) / 100_000);
          clock = line;
        } else if (key === 'role') {
          master = value === 'master';
          primary.sample(pod, tenth, master);
          if (!master) {
            open.sample(pod, tenth, false);
          }
        } else if (key === 'min_slaves_good_slaves' && master) {
          open.sample(pod, tenth, Number(value) > 0);
        }
      };
      return this.kubectl.keep(['exec', '--stdin', pod, '--', ...CONVERSATION], hear, 'time\ninfo replication\n');
    });
    return { primary, open, stop: () => watches.forEach((watch) => watch.stop()) };
  }
}

/** A command in a container of Redis that speaks to the server as its operator. */
export function operator(...command: string[]): string[] {
  return ['sh', '/etc/fintrack/redis/operator.sh', ...command];
}

/** The same for commands that come on standard input, one a line, as long as it is open: operator.sh gives all of it to the password. */
export const CONVERSATION = [
  'sh',
  '-c',
  `. /etc/fintrack/redis/server.sh; { cat "$SECRETS/operator-password"; echo; cat; } | redis-cli --user operator --askpass $HERE`,
];

function read(script: string): string {
  return readFileSync(join(__dirname, script), 'utf8');
}
