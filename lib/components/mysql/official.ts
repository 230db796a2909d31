import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { KubeConfigMap } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { componentSelector, labelsFor, POD_NAME_LABEL } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { mebibytesOf } from '../../kubernetes/resources';
import { InternalService } from '../../kubernetes/workload';
import type { Certificates, Tls } from '../certificates';
import { APPLICATION, type MysqlEndpoint } from './endpoint';
import type { ServerSettings } from './server-settings';
import { MysqlServers } from './servers';

/** Servers of the official image, run by FinTrack. Nobody promotes a replica but a human: docs/operations/mysql.md says how. */
export interface OfficialSettings extends ServerSettings {
  readonly engine: 'official';
  /** Name of the pod that takes writes. Changing it promotes that pod: see docs/operations/mysql.md first. */
  readonly primary: string;
  /** Servers beside the one of `mysql-primary`, each with a copy of all data. 0 means that a lost volume is a restored backup. */
  readonly replicas: number;
  /**
   * When a transaction is acknowledged to the application.
   * `off`: once the primary has it on disk; with the primary's volume goes what no replica had received yet.
   * `availability`: once a replica has it on disk too; when none answers for a second, as `off` until one does.
   * `durability`: once a replica has it on disk too; when none answers, writes wait until one does.
   * With the last two no two servers share a node, so there must be as many nodes as servers.
   */
  readonly semiSync: 'off' | 'availability' | 'durability';
  /** How connections of the application, and of servers that copy each other, are kept from others. The latter are always encrypted. */
  readonly tls: Tls;
}

/** Settings and what the chart wires in. */
export interface OfficialProps extends Omit<OfficialSettings, 'engine'> {
  readonly files: DockerFiles;
  readonly certificates: Certificates;
  /** Connections that all clients together may open, operators included. */
  readonly maxConnections: number;
  /** Whether each server has an exporter beside it. @default false */
  readonly monitored?: boolean;
}

/** Milliseconds that a commit waits for a replica: a second, or what MySQL knows as for ever (49 days). */
const SEMI_SYNC_TIMEOUT = { availability: 1000, durability: 4_294_967_295 };

/** Servers, the Service `mysql` for writes and `mysql-read` for reads. */
export class OfficialMysql extends Construct {
  readonly endpoint: MysqlEndpoint;

  constructor(scope: Construct, id: string, props: OfficialProps) {
    super(scope, id);
    const database = props.database ?? APPLICATION.database;
    const labels = labelsFor({ name: 'mysql', instance: 'mysql', role: 'database' });
    const config = new HashedConfig(this, 'mysql', {
      labels,
      files: props.files.data(
        ...CONFIGURATION[props.tls].map((file) => `mysql/${file}` as const),
        ...[...SCRIPTS, ...(props.monitored ? ['exporter.sh' as const] : [])].map((script) => `mysql/${script}` as const),
      ),
    });
    // Fixed name and not immutable: a promotion changes it, and must restart nothing.
    new KubeConfigMap(this, 'topology', {
      metadata: { name: 'mysql-topology', labels },
      data: {
        primary: `${props.primary}\n`,
        servers: serversOf(props)
          .map((pod) => `${pod}\n`)
          .join(''),
      },
    });
    const services = ['mysql', 'mysql-read', ...serversOf(props)];
    const certificate = props.tls === 'verified' ? props.certificates.forServers('mysql', services) : undefined;
    const shared = {
      ...props,
      database,
      config,
      configuration: CONFIGURATION[props.tls],
      certificate: certificate?.files ?? [],
      scripts: SCRIPTS,
      arguments: [
        `--max-connections=${props.maxConnections}`,
        `--innodb-buffer-pool-size=${mebibytesOf(bufferPoolOf(props.memory))}M`,
        `--innodb-redo-log-capacity=${mebibytesOf(redoCapacityOf(props.memory))}M`,
        ...(props.semiSync === 'off'
          ? []
          : ['--loose-rpl-semi-sync-replica-enabled=ON', `--loose-rpl-semi-sync-source-timeout=${SEMI_SYNC_TIMEOUT[props.semiSync]}`]),
      ],
    };
    new MysqlServers(this, 'mysql-primary', { ...shared, instance: 'mysql-primary', count: 1, serverIdBase: 100 });
    if (props.replicas > 0) {
      new MysqlServers(this, 'mysql-replica', { ...shared, instance: 'mysql-replica', count: props.replicas, serverIdBase: 200 });
    }
    const ports = { mysql: PORTS.mysql };
    const onlyPod = (pod: string) => ({ ...componentSelector('mysql'), [POD_NAME_LABEL]: pod });
    // How servers reach each other. The pod's own name below a headless Service leads to a dead address for as long as the
    // cluster's DNS remembers it, 30 s by default; with semi-synchronous replication writes wait for that long.
    for (const pod of serversOf(props)) {
      new InternalService(this, pod, { name: pod, labels, ports, selector: onlyPod(pod), publishNotReadyAddresses: true });
    }
    new InternalService(this, 'write', { name: 'mysql', labels, ports, selector: onlyPod(props.primary) });
    new InternalService(this, 'read', { name: 'mysql-read', labels, ports, selector: componentSelector('mysql') });
    const client = props.tls === 'encrypted' ? { verified: false } : certificate?.client;
    this.endpoint = {
      host: 'mysql',
      readHost: 'mysql-read',
      port: PORTS.mysql,
      database,
      user: APPLICATION.user,
      ...(client === undefined ? {} : { tls: client }),
    };
  }
}

/** What mysqld reads, from docker/mysql, by the choice of TLS. */
const CONFIGURATION = {
  off: ['my.cnf'],
  encrypted: ['my.cnf', 'tls.cnf'],
  verified: ['my.cnf', 'tls.cnf', 'certificate.cnf'],
} as const satisfies Record<Tls, readonly string[]>;

/** What the containers run, from docker/mysql. */
const SCRIPTS = [
  'accounts.sh',
  'bootstrap.sh',
  'password.sh',
  'promote.sh',
  'ready.sh',
  'role.sh',
  'secrets.sh',
  'server.sh',
  'start.sh',
] as const;

/** Names of all pods, and of the Services through which the others reach them. */
export function serversOf({ replicas }: Pick<OfficialSettings, 'replicas'>): string[] {
  return ['mysql-primary-0', ...Array.from({ length: replicas }, (_, ordinal) => `mysql-replica-${ordinal}`)];
}

/**
 * InnoDB's buffer pool: half of the memory, because per-connection buffers and the performance schema live beside it.
 * In steps that MySQL takes as they are: it rounds up to 128 MiB, and from 1 GiB on to 1 GiB (8 instances of 128 MiB).
 */
export function bufferPoolOf(memory: Size): Size {
  const half = mebibytesOf(memory) / 2;
  const step = half < 1024 ? 128 : 1024;
  return Size.mebibytes(Math.floor(half / step) * step);
}

/** InnoDB's redo log on the volume: half of the buffer pool, 4 GiB at most. Room for bursts of writes, and a recovery that ends. */
export function redoCapacityOf(memory: Size): Size {
  return Size.mebibytes(Math.min(Math.max(mebibytesOf(bufferPoolOf(memory)) / 2, 128), 4096));
}
