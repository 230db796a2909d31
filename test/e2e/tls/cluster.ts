import { join } from 'node:path';
import { connect } from 'node:tls';
import { Size } from 'cdk8s';
import { MEMBERS } from '../../../lib/components/redis';
import { serversOf, type OfficialSettings } from '../../../lib/components/mysql';
import type { Environment } from '../../../lib/environments';
import { until, type KubernetesObject } from '../kubectl';
import { fail, type Report } from '../report';
import { DRILL, WebCluster } from '../web/cluster';

export const MYSQL: OfficialSettings = {
  ...DRILL.mysql,
  memory: Size.mebibytes(1536),
  replicas: 1,
  semiSync: 'durability',
  tls: 'verified',
};

/** The web tier's installation, with a replica that writes wait for, a set of Redis, and certificates. */
export const ENVIRONMENT = {
  ...DRILL,
  mysql: MYSQL,
  redis: { ...DRILL.redis, availability: 'sentinel', tls: 'verified' },
  redisCache: { ...DRILL.redisCache, tls: 'verified' },
} satisfies Environment;

/** Port of a server or Sentinel of Redis. */
const portOf = (pod: string) => (pod.includes('sentinel') ? 26379 : 6379);

/** Requests per second: each opens connections, whose handshakes are what is looked at. */
const RATE = 3;

/** FinTrack whose servers show certificates, and what drills do to these. */
export class TlsCluster extends WebCluster {
  readonly primary = MYSQL.primary;
  readonly servers = serversOf(MYSQL);
  readonly replica = this.servers.at(-1) ?? fail('there is no replica');

  constructor(report: Report) {
    super(report, ENVIRONMENT);
  }

  /** Changes the environment, applies tiers of it one after another, and waits each time until all of it has rolled out. */
  async roll(changes: Partial<Environment>, ...tiers: readonly ('0001-data' | '0002-web')[]): Promise<void> {
    const folder = this.synth(changes);
    for (const tier of tiers) {
      await this.kubectl.out(['apply', '--filename', join(folder, `${tier}.k8s.yaml`)]);
      for (const { metadata } of await this.kubectl.list('statefulsets')) {
        await this.kubectl.out(['rollout', 'status', `statefulset/${metadata.name}`, '--timeout=300s']);
      }
      await this.rolledOut();
    }
  }

  /** Ends every pod of a workload, and waits until they are gone. */
  async stop(workload: string): Promise<void> {
    await this.kubectl.out(['scale', workload, '--replicas=0']);
    const selector = `--selector=app.kubernetes.io/instance=${workload.split('/')[1] ?? ''}`;
    await this.kubectl.out(['wait', 'pod', selector, '--for=delete', '--timeout=120s']);
  }

  /** What PHP says in a pod of the application to a connection with these options of PDO. */
  async connects(options: string): Promise<string> {
    const login = "'laravel', file_get_contents('/run/secrets/app/DB_PASSWORD')";
    const script = `try { new PDO('mysql:host=mysql', ${login}, [${options}]); echo 'connected'; } catch (PDOException $e) { echo $e->getMessage(); }`;
    return (await this.kubectl.out(['exec', 'deployment/php', '--', 'php', '-r', script])).trim();
  }

  /** Until when the certificate is valid that a server shows, as MySQL writes it. */
  async validUntil(pod: string): Promise<string> {
    const status = "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ssl_server_not_after'";
    return (await this.sql(pod, status)).trim();
  }

  /** The certificate of a component's servers, as cert-manager sees it. */
  async certificate(name = 'mysql'): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl.out(['get', 'certificate', name, '--output=json'])) as KubernetesObject;
  }

  /** Changes what cert-manager is asked for, and waits for a certificate that differs. @returns when it was in the Secret, in milliseconds since the epoch */
  async reissue(spec: object, name = 'mysql'): Promise<number> {
    const before = (await this.certificate(name))['status'].revision as number;
    await this.patch(spec, name);
    await until('another certificate', 60, async () => ((await this.certificate(name))['status'].revision as number) > before);
    return Date.now();
  }

  /** Changes what cert-manager is asked for. */
  async patch(spec: object, name = 'mysql'): Promise<void> {
    await this.kubectl.out(['patch', 'certificate', name, '--type=merge', `--patch=${JSON.stringify({ spec })}`]);
  }

  /** Waits until every server shows another certificate than before. @param before what each showed @returns seconds since a moment */
  async shown(before: Readonly<Record<string, string>>, since: number): Promise<string> {
    const seconds = await Promise.all(
      this.servers.map(async (pod) => {
        await until(`${pod} to show another certificate`, 240, async () => (await this.validUntil(pod)) !== before[pod]);
        return Math.round((Date.now() - since) / 1000);
      }),
    );
    return seconds.join(' and ');
  }

  /** What every server shows now. */
  async showing(): Promise<Record<string, string>> {
    return Object.fromEntries(await Promise.all(this.servers.map(async (pod) => [pod, await this.validUntil(pod)] as const)));
  }

  /** Has the primary show a certificate of its own name that another authority signed: itself. */
  async impersonate(): Promise<void> {
    const files = await this.impostor(['mysql', this.primary]);
    for (const [file, content] of Object.entries(files)) {
      const write = ['exec', '--stdin', this.primary, '--container=mysql', '--', 'bash', '-c', `cat >/var/run/mysqld/${file}`];
      await this.kubectl.out(write, content);
    }
    await this.show('/var/run/mysqld');
  }

  /** The same of a server of Redis, whose only place for files is its volume. */
  async impersonateRedis(pod: string): Promise<void> {
    for (const [file, content] of Object.entries(await this.impostor(['redis', pod]))) {
      await this.kubectl.out(['exec', '--stdin', pod, '--', 'sh', '-c', `umask 077; cat >/data/impostor-${file}`], content);
    }
    await this.redisShows(pod, '/data/impostor-');
  }

  /** Has a server of Redis show what the environment says. */
  async redisIsItself(pod: string): Promise<void> {
    await this.redisShows(pod, '/run/secrets/redis/');
    await this.kubectl.out(['exec', pod, '--', 'sh', '-c', 'rm -f /data/impostor-*']);
  }

  private async redisShows(pod: string, prefix: string): Promise<void> {
    const answer = await this.redis(pod, 'config', 'set', 'tls-cert-file', `${prefix}tls.crt`, 'tls-key-file', `${prefix}tls.key`);
    if (answer !== 'OK') fail(`${pod}: ${answer}`);
  }

  /** A certificate of some names that another authority signed, itself: content by file. */
  private async impostor(dnsNames: readonly string[]): Promise<Record<string, string>> {
    const impostor = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'impostor' },
      spec: { secretName: 'impostor', dnsNames, issuerRef: { kind: 'Issuer', name: 'fintrack-ca-self-signed' } },
    };
    await this.kubectl.out(['apply', '--filename', '-'], JSON.stringify(impostor));
    await this.kubectl.out(['wait', 'certificate', 'impostor', '--for=condition=Ready', '--timeout=60s']);
    const { data } = JSON.parse(await this.kubectl.out(['get', 'secret', 'impostor', '--output=json'])) as KubernetesObject;
    return Object.fromEntries(['tls.crt', 'tls.key'].map((file) => [file, Buffer.from(data[file] as string, 'base64').toString()]));
  }

  /** Has the primary show what the environment says. */
  beItself(): Promise<void> {
    return this.show('/run/secrets/mysql');
  }

  private async show(folder: string): Promise<void> {
    const files = `SET GLOBAL ssl_cert = '${folder}/tls.crt'; SET GLOBAL ssl_key = '${folder}/tls.key'`;
    await this.sql(this.primary, `${files}; ALTER INSTANCE RELOAD TLS`);
  }

  /** Containers that restarted so far. */
  async restarts(): Promise<number> {
    const pods = await this.kubectl.list('pods');
    return pods
      .flatMap((pod): { restartCount: number }[] => pod['status'].containerStatuses ?? [])
      .reduce((sum, { restartCount }) => sum + restartCount, 0);
  }

  /** What the replica says of its connection to the primary. */
  async receiver(): Promise<{ readonly state: string; readonly error: string }> {
    const query = "SELECT SERVICE_STATE, LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''";
    const [state = '', error = ''] = (await this.sql(this.replica, query)).trimEnd().split('\t');
    return { state, error };
  }

  /** The same of one that it makes anew. */
  async reconnect(): ReturnType<TlsCluster['receiver']> {
    await this.sql(this.replica, 'STOP REPLICA IO_THREAD; START REPLICA IO_THREAD');
    return until('the receiver to connect, or to say why not', 60, async () => {
      const said = await this.receiver();
      return (said.state === 'ON' || said.error !== '') && said;
    });
  }

  /** Servers of Redis that load a renewed certificate: those of the set, and the cache's. */
  readonly stores = [...MEMBERS.servers, 'deployment/redis-cache'];

  /** What phpredis says in a pod of the application to a connection with this context. @param host with its scheme, if it has one */
  async speaks(host: string, context: string): Promise<string> {
    const script = `set_error_handler(function ($kind, $text) { echo $text, ' '; return true; });
      try {
        $redis = new Redis(); $redis->connect('${host}', 6379, 2, null, 0, 5${context === '' ? '' : `, [${context}]`});
        $redis->auth(['app', trim(file_get_contents('/run/secrets/app/REDIS_PASSWORD'))]);
        echo $redis->ping() ? 'connected' : 'no answer';
      } catch (RedisException $e) { echo $e->getMessage(); }`;
    return (await this.kubectl.out(['exec', 'deployment/php', '--container=php', '--', 'php', '-r', script])).trim();
  }

  /** The same with the authority that the application trusts. */
  trusts(host: string): Promise<string> {
    return this.speaks(`tls://${host}`, `'stream' => ['cafile' => '/run/authorities/${host}.crt']`);
  }

  /** What a server or Sentinel answers to its operator. */
  async redis(pod: string, ...command: string[]): Promise<string> {
    return (await this.kubectl.out(['exec', pod, '--', 'sh', '/etc/fintrack/redis/operator.sh', ...command])).trim();
  }

  /** The pod that takes writes, with two replicas that follow it. */
  redisPrimary(): Promise<string> {
    return until('one primary of Redis with two replicas', 120, async () => {
      for (const pod of MEMBERS.servers) {
        const said = await this.redis(pod, 'info', 'replication');
        if (said.includes('role:master') && said.includes('min_slaves_good_slaves:2')) return pod;
      }
      return undefined;
    });
  }

  /** Serial number of the certificate that a pod of Redis shows. */
  async serialOf(pod: string): Promise<string> {
    const door = await this.kubectl.forward(`${pod}:${portOf(pod)}`);
    try {
      return await new Promise<string>((resolve, reject) => {
        // Whatever it shows is looked at.
        const socket = connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.once('error', reject);
      });
    } finally {
      door.stop();
    }
  }

  /** Serial numbers by pod. */
  async serials(pods: readonly string[]): Promise<Record<string, string>> {
    return Object.fromEntries(await Promise.all(pods.map(async (pod) => [pod, await this.serialOf(pod)] as const)));
  }

  /** Waits until pods of Redis show another certificate than before. @returns the seconds since a moment, of the slowest */
  async serialsChanged(before: Readonly<Record<string, string>>, since: number): Promise<number> {
    for (const [pod, serial] of Object.entries(before)) {
      await until(`${pod} to show another certificate`, 300, async () => (await this.serialOf(pod)) !== serial);
    }
    return Math.round((Date.now() - since) / 1000);
  }

  /** Clients at a rate that handshakes leave room for. */
  load() {
    return this.startLoad(RATE);
  }
}
