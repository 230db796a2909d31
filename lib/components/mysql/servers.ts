import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { exporter, EXPORTER_EXEMPT } from '../../kubernetes/exporter';
import type { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES } from '../../kubernetes/images';
import { componentSelector } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { execProbe } from '../../kubernetes/probes';
import { claimedVolume, configFolder, emptyFolder, secretFiles, type SecretFile } from '../../kubernetes/volumes';
import { StatefulWorkload } from '../../kubernetes/workload';
import { CREDENTIALS, fileOf, type Credential } from '../secrets';
import type { OfficialSettings } from './official';

/** Seconds InnoDB may take to write what it holds before it is killed; a kill only means a longer next start. */
const GRACE_SECONDS = 300;

/** Guaranteed like all else in the pod, which is then evicted last. docs/measurements/mysql.md was measured with it. */
const ROLE_CPU = Cpu.millis(100);

/** The container `role` beside the server. */
const WITHOUT = {
  R30: 'container role: nobody connects to it, container mysql says whether the pod takes connections',
  R31: 'container role: a loop of bash, which asks the server with time limits',
};

/** Where docker/mysql lies in the containers. */
const SCRIPTS_FOLDER = '/etc/fintrack/mysql';

/** Accounts that a first primary makes, or that the scripts in the containers use. */
export const SERVER_CREDENTIALS: readonly Credential[] = [
  CREDENTIALS.mysqlRoot,
  CREDENTIALS.mysqlApp,
  CREDENTIALS.mysqlReplication,
  CREDENTIALS.mysqlClone,
  CREDENTIALS.mysqlBackup,
  CREDENTIALS.mysqlExporter,
  CREDENTIALS.mysqlProbe,
];

/** Settings with every choice made, and what tells one set of servers from the other. */
export interface MysqlServersProps extends Omit<OfficialSettings, 'engine'> {
  /** Name of the StatefulSet, its headless Service and, with an ordinal, its pods. */
  readonly instance: 'mysql-primary' | 'mysql-replica';
  readonly count: number;
  /** Number of the first server; every server of a cluster needs its own. */
  readonly serverIdBase: number;
  readonly database: string;
  readonly config: HashedConfig;
  readonly scripts: readonly string[];
  /** Files that mysqld reads. */
  readonly configuration: readonly string[];
  /** Files of the certificate; none where each server makes its own. */
  readonly certificate: readonly SecretFile[];
  /** Arguments of mysqld that follow from an environment's numbers. */
  readonly arguments: readonly string[];
  /** Whether each pod shows metrics. @default false */
  readonly monitored?: boolean;
}

/**
 * A StatefulSet of MySQL servers. `mysql-primary` and `mysql-replica` differ in name and count only: which pod is primary is
 * said by the topology, and container `role` keeps each server to it.
 */
export class MysqlServers extends Construct {
  constructor(scope: Construct, id: string, props: MysqlServersProps) {
    super(scope, id);
    const cpu = props.cpu ?? Cpu.millis(500);
    const shared = {
      image: IMAGES[`mysql-${props.version}`].reference,
      env: {
        MYSQL_DATABASE: props.database,
        SERVER_ID_BASE: String(props.serverIdBase),
        SEMI_SYNC: props.semiSync,
        TLS: props.tls,
        MAX_LAG_SECONDS: String(props.maxLagSeconds ?? 30),
      },
      mounts: [
        props.config.at(SCRIPTS_FOLDER, props.scripts),
        configFolder('topology', 'mysql-topology', '/etc/fintrack/topology'),
        secretFiles('/run/secrets/mysql', [...SERVER_CREDENTIALS.map((credential) => fileOf(credential)), ...props.certificate]),
        emptyFolder('run', '/var/run/mysqld', Size.mebibytes(16)),
        // Of scripts, and of the first start: what the server sorts is on its volume (start.sh).
        emptyFolder('tmp', '/tmp', Size.mebibytes(256)),
      ],
    };
    const server = {
      ...shared,
      resources: { cpu, cpuLimit: cpu, memory: props.memory, disk: Size.mebibytes(256 + 128) },
      mounts: [claimedVolume('data', '/var/lib/mysql'), props.config.at('/etc/mysql/conf.d', props.configuration), ...shared.mounts],
    };
    // Over TCP: during the first start only a socket counts. It needs no password, "access denied" is alive too.
    const ping = ['mysqladmin', '--host=127.0.0.1', `--port=${PORTS.mysql}`, '--connect-timeout=3', 'ping'];
    new StatefulWorkload(this, 'servers', {
      identity: { name: 'mysql', instance: props.instance, role: 'server' },
      user: 10003,
      replicas: props.count,
      // A transaction that two servers have is safe only when they are not lost together.
      ...(props.semiSync === 'off' ? {} : { apartFrom: componentSelector('mysql') }),
      headless: props.instance,
      claim: { name: 'data', size: props.storage, ...(props.storageClass === undefined ? {} : { storageClass: props.storageClass }) },
      gracePeriodSeconds: GRACE_SECONDS,
      exempt: props.monitored ? { ...WITHOUT, R30: `${WITHOUT.R30}; ${EXPORTER_EXEMPT.R30}` } : WITHOUT,
      initContainers: [{ ...server, name: 'bootstrap', command: ['bash', `${SCRIPTS_FOLDER}/bootstrap.sh`] }],
      containers: [
        {
          ...server,
          name: 'mysql',
          command: ['bash', `${SCRIPTS_FOLDER}/start.sh`, ...props.arguments],
          ports: { mysql: PORTS.mysql },
          // An hour: crash recovery of a large volume must not be killed half-way. Asked often: until it answers no write is taken.
          startup: execProbe(ping, { period: 2, failures: 1800, timeout: 5 }),
          liveness: execProbe(ping, { period: 10, failures: 6, timeout: 5 }),
          readiness: execProbe(['bash', `${SCRIPTS_FOLDER}/ready.sh`], { period: 10, failures: 3, timeout: 5 }),
        },
        {
          ...shared,
          name: 'role',
          command: ['bash', `${SCRIPTS_FOLDER}/role.sh`],
          resources: { cpu: ROLE_CPU, cpuLimit: ROLE_CPU, memory: Size.mebibytes(128), disk: Size.mebibytes(64) },
        },
        ...(props.monitored
          ? [
              exporter({
                image: IMAGES['mysqld-exporter'].reference,
                command: ['sh', '/etc/fintrack/exporter/exporter.sh'],
                port: PORTS.mysqlMetrics,
                mounts: [
                  props.config.at('/etc/fintrack/exporter', ['exporter.sh']),
                  secretFiles('/run/secrets/exporter', [fileOf(CREDENTIALS.mysqlExporter)], 'exporter-secrets'),
                  emptyFolder('exporter', '/run/exporter', Size.mebibytes(1), 'memory'),
                ],
              }),
            ]
          : []),
      ],
    });
  }
}
