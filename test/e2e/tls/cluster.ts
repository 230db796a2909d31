import { Size } from 'cdk8s';
import { serversOf, type OfficialSettings } from '../../../lib/components/mysql';
import type { Environment } from '../../../lib/environments';
import { until, type KubernetesObject } from '../kubectl';
import { fail, type Report } from '../report';
import { DRILL, WebCluster } from '../web/cluster';

const MYSQL: OfficialSettings = { ...DRILL.mysql, memory: Size.mebibytes(1536), replicas: 1, semiSync: 'durability', tls: 'verified' };

/** The web tier's installation, with a replica that writes wait for, and certificates. */
const ENVIRONMENT: Environment = { ...DRILL, mysql: MYSQL };

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

  /** The certificate of the servers, as cert-manager sees it. */
  async certificate(): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl.out(['get', 'certificate', 'mysql', '--output=json'])) as KubernetesObject;
  }

  /** Changes what cert-manager is asked for, and waits for a certificate that differs. @returns when it was in the Secret, in milliseconds since the epoch */
  async reissue(spec: object): Promise<number> {
    const before = (await this.certificate())['status'].revision as number;
    await this.patch(spec);
    await until('another certificate', 60, async () => ((await this.certificate())['status'].revision as number) > before);
    return Date.now();
  }

  /** Changes what cert-manager is asked for. */
  async patch(spec: object): Promise<void> {
    await this.kubectl.out(['patch', 'certificate', 'mysql', '--type=merge', `--patch=${JSON.stringify({ spec })}`]);
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
    const impostor = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'impostor' },
      spec: { secretName: 'impostor', dnsNames: ['mysql', this.primary], issuerRef: { kind: 'Issuer', name: 'fintrack-ca-self-signed' } },
    };
    await this.kubectl.out(['apply', '--filename', '-'], JSON.stringify(impostor));
    await this.kubectl.out(['wait', 'certificate', 'impostor', '--for=condition=Ready', '--timeout=60s']);
    const { data } = JSON.parse(await this.kubectl.out(['get', 'secret', 'impostor', '--output=json'])) as KubernetesObject;
    for (const file of ['tls.crt', 'tls.key']) {
      const write = ['exec', '--stdin', this.primary, '--container=mysql', '--', 'bash', '-c', `cat >/var/run/mysqld/${file}`];
      await this.kubectl.out(write, Buffer.from(data[file] as string, 'base64').toString());
    }
    await this.show('/var/run/mysqld');
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

  /** Clients at a rate that handshakes leave room for. */
  load() {
    return this.startLoad(RATE);
  }
}
