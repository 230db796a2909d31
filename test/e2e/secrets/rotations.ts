import { randomBytes } from 'node:crypto';
import { MEMBERS } from '../../../lib/components/redis';
import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { Application } from '../application';
import type { SecretsCluster } from './cluster';

const newPassword = () => randomBytes(24).toString('base64url');
const newKey = () => `base64:${randomBytes(32).toString('base64')}`;

/** Visits of a session so far, as the page says; one more each time. */
async function visitsOf(browser: Application): Promise<number> {
  const page = await (await browser.send('GET', '/')).text();
  return Number(/id="visits">(\d+)/.exec(page)?.[1] ?? fail(`the page names no visits: ${page.slice(0, 100)}`));
}

/** Somebody who is logged in and visits all the time. */
class Session {
  visits = 0;
  private visiting = true;
  private readonly end: Promise<void>;

  constructor(browser: Application) {
    this.end = (async () => {
      while (this.visiting) {
        const visits = await visitsOf(browser);
        if (visits !== this.visits + 1) {
          fail(`a session with ${this.visits} visits began anew`);
        }
        this.visits = visits;
      }
    })();
    this.end.catch(() => undefined);
  }

  /** @throws when the session was lost */
  async stop(): Promise<void> {
    this.visiting = false;
    await this.end;
  }
}

/** Lets everything with the application's code read its Secrets anew. */
async function restart(cluster: SecretsCluster): Promise<void> {
  await cluster.kubectl.out(['rollout', 'restart', 'deployment/php', 'deployment/queue-worker-default', 'deployment/scheduler']);
  await cluster.rolledOut();
}

/** Whose password is changed, and how. */
interface Account {
  readonly secret: string;
  /** Servers that keep accounts of their own. */
  readonly pods: readonly [string, ...string[]];
  readonly container: string;
  /** Program that gives the account a second password, and ends the first with `--discard-old`; it reads the new one. */
  readonly program: readonly string[];
  /** Shell command that logs in with the password it reads. */
  readonly login: string;
}

/** The documented way to another password: both are valid, the Secret has the new one, its users restart, the old one ends. */
async function rotate(cluster: SecretsCluster, { secret, pods, container, program, login }: Account): Promise<string> {
  const [old, fresh] = [cluster.value(secret, 'app-password'), newPassword()];
  const inside = (pod: string, command: readonly string[], input: string) =>
    cluster.kubectl.try(['exec', '--stdin', pod, `--container=${container}`, '--', ...command], input);
  const tell = async (...options: string[]) => {
    for (const pod of pods) {
      const { code, stderr } = await inside(pod, [...program, ...options], fresh);
      if (code !== 0) {
        fail(`${pod}: ${stderr.trim()}`);
      }
    }
  };
  const letsIn = async (password: string) => (await inside(pods[0], ['sh', '-c', login], password)).code === 0;
  const load = await cluster.startLoad();
  await tell();
  await cluster.change(secret, { 'app-password': fresh });
  await restart(cluster);
  const before = await letsIn(old);
  // Refused until the kubelet has brought the new one.
  await until('the pods to see the new password', 180, async () => {
    await tell('--discard-old');
    return true;
  });
  const [after, now] = [await letsIn(old), await letsIn(fresh)];
  // Who comes from here on has the new one alone.
  await restart(cluster);
  const detail = await cluster.finish(load);
  return before && !after && now
    ? detail
    : fail(`the old one was let in ${before} before and ${after} after, the new one ${now}; ${detail}`);
}

/** User of Redis whose password a key of its Secret is. */
const userOf = (key: string) => key.replace(/-password$/, '');

/** Other values, under load. */
export const ROTATIONS: Readonly<Record<string, Drill<SecretsCluster>>> = {
  database: {
    promise: 'another password for MySQL, under load: no failed request, and the old one is refused afterwards',
    run: (cluster) =>
      rotate(cluster, {
        secret: 'fintrack-mysql',
        pods: ['mysql-primary-0'],
        container: 'mysql',
        program: ['bash', '/etc/fintrack/mysql/password.sh', 'app-password'],
        login: 'MYSQL_PWD=$(cat) exec mysql --protocol=TCP --host=127.0.0.1 --user=laravel --execute="SELECT 1"',
      }),
  },
  redis: {
    promise: 'another password for Redis, under load: no failed request, and the old one is refused afterwards',
    run: (cluster) =>
      rotate(cluster, {
        secret: 'fintrack-redis',
        pods: [...MEMBERS.servers, 'deployment/redis-cache'],
        container: 'redis',
        program: ['sh', '/etc/fintrack/redis/password.sh', 'app'],
        login: 'exec redis-cli --user app --askpass -e get fintrack_nothing',
      }),
  },
  'redis-pods': {
    promise:
      "other passwords for all of Redis' own users, as documented, under load: the old ones are refused afterwards, and no acknowledged write is lost",
    run: async (cluster) => {
      const old = await cluster.secret('fintrack-redis');
      const keys = Object.keys(old).filter((key) => key !== 'app-password');
      const fresh = Object.fromEntries(keys.map((key) => [key, newPassword()]));
      const places = [...MEMBERS.servers, ...MEMBERS.sentinels, 'deployment/redis-cache'].flatMap((pod) =>
        keys.map((key) => ({ pod, key })),
      );
      const inside = (pod: string, command: string, input: string) =>
        cluster.kubectl.try(
          ['exec', '--stdin', pod, `--container=${pod.includes('sentinel') ? 'sentinel' : 'redis'}`, '--', 'sh', '-c', command],
          input,
        );
      const load = await cluster.startLoad();
      const known: typeof places = [];
      for (const { pod, key } of places) {
        const { code, stderr } = await inside(pod, `sh /etc/fintrack/redis/password.sh ${userOf(key)}`, fresh[key] ?? '');
        // What it ends with in a pod that lacks the user.
        if (code === 0) known.push({ pod, key });
        else if (code !== 64) fail(`${pod}: ${stderr.trim()}`);
      }
      await cluster.change('fintrack-redis', fresh);
      await pause(120);
      for (const workload of ['deployment/redis-proxy', 'statefulset/redis-sentinel', 'statefulset/redis', 'deployment/redis-cache']) {
        await cluster.kubectl.out(['rollout', 'restart', workload]);
        await cluster.kubectl.out(['rollout', 'status', workload, '--timeout=300s']);
      }
      for (const { pod, key } of known) {
        const says = (password = '') =>
          inside(pod, `redis-cli -p ${pod.includes('sentinel') ? 26379 : 6379} --user ${userOf(key)} --askpass ping 2>&1`, password);
        const [before, now] = [await says(old[key]), await says(fresh[key])];
        // Refused as a login, or as a command without one.
        if (!/WRONGPASS|NOAUTH/.test(before.stdout) || !now.stdout.includes('PONG')) {
          fail(`${pod}, ${key}: the old one: ${before.stdout}; the new one: ${now.stdout}`);
        }
      }
      await load.stop();
      return `${keys.length} passwords in ${new Set(known.map(({ pod }) => pod)).size} pods; ${load.story}; ${await cluster.audit(load)}`;
    },
  },
  key: {
    promise: 'another application key, under load: no failed request and no lost session; what only the old key opens is closed afterwards',
    run: async (cluster) => {
      const [old, next] = [cluster.value('fintrack-app', 'app-key'), cluster.value('fintrack-app', 'app-previous-keys')];
      const load = await cluster.startLoad();
      const [idle, gone] = [cluster.visitor(), cluster.visitor()];
      await Promise.all([idle, gone].map(visitsOf));
      const sessions = Array.from({ length: 4 }, () => new Session(cluster.visitor()));
      await cluster.change('fintrack-app', { 'app-key': next, 'app-previous-keys': old });
      await restart(cluster);
      const kept = await visitsOf(idle);
      await cluster.change('fintrack-app', { 'app-previous-keys': newKey() });
      await restart(cluster);
      await Promise.all(sessions.map((session) => session.stop()));
      const [still, closed] = [await visitsOf(idle), await visitsOf(gone)];
      const visits = sessions.reduce((sum, session) => sum + session.visits, 0);
      const detail = `${sessions.length} sessions with ${visits} visits, none lost; ${await cluster.finish(load)}`;
      return kept === 2 && still === 3 && closed === 1
        ? detail
        : fail(`visits of idle sessions: ${kept} instead of 2, ${still} instead of 3, ${closed} instead of 1`);
    },
  },
};
