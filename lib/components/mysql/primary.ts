import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES } from '../../kubernetes/images';
import type { Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { execProbe } from '../../kubernetes/probes';
import { claimedVolume, emptyFolder, secretFiles } from '../../kubernetes/volumes';
import { StatefulWorkload } from '../../kubernetes/workload';
import { CREDENTIALS, fileOf } from '../secrets';
import type { MysqlSettings } from './mysql';

/** Who the primary's pods are. */
export const PRIMARY: Identity = { name: 'mysql', instance: 'mysql-primary', role: 'primary' };

/** Seconds InnoDB may take to write what it holds before it is killed; a kill only means a longer next start. */
const GRACE_SECONDS = 300;

/** Settings with every choice made, and the arguments that follow from an environment's numbers. */
export interface MysqlPrimaryProps extends Omit<MysqlSettings, 'primary'> {
  readonly cpu: Cpu;
  readonly database: string;
  readonly config: HashedConfig;
  readonly arguments: readonly string[];
}

/** The StatefulSet `mysql-primary`: one server that takes writes. */
export class MysqlPrimary extends Construct {
  constructor(scope: Construct, id: string, props: MysqlPrimaryProps) {
    super(scope, id);
    const temporary = Size.gibibytes(1);
    const server = {
      image: IMAGES[`mysql-${props.version}`].reference,
      resources: { cpu: props.cpu, cpuLimit: props.cpu, memory: props.memory, disk: Size.mebibytes(1024 + 128) },
      env: { MYSQL_DATABASE: props.database },
      mounts: [
        claimedVolume('data', '/var/lib/mysql'),
        props.config.at('/etc/mysql/conf.d', ['my.cnf']),
        props.config.at('/etc/fintrack/mysql', ['bootstrap.sh', 'ready.sh']),
        secretFiles('/run/secrets/mysql', [fileOf(CREDENTIALS.mysqlRoot), fileOf(CREDENTIALS.mysqlApp), fileOf(CREDENTIALS.mysqlProbe)]),
        emptyFolder('run', '/var/run/mysqld', Size.mebibytes(16)),
        // Sorts and schema changes that do not fit into memory.
        emptyFolder('tmp', '/tmp', temporary),
      ],
    };
    // Over TCP: during the first start the server listens on a socket only. It needs no password, "access denied" is alive too.
    const ping = ['mysqladmin', '--host=127.0.0.1', `--port=${PORTS.mysql}`, '--connect-timeout=3', 'ping'];
    new StatefulWorkload(this, 'mysql-primary', {
      identity: PRIMARY,
      user: 10003,
      replicas: 1,
      headless: 'mysql-primary',
      claim: { name: 'data', size: props.storage, ...(props.storageClass === undefined ? {} : { storageClass: props.storageClass }) },
      gracePeriodSeconds: GRACE_SECONDS,
      initContainers: [{ ...server, name: 'bootstrap', command: ['bash', '/etc/fintrack/mysql/bootstrap.sh'] }],
      containers: [
        {
          ...server,
          name: 'mysql',
          command: ['mysqld', ...props.arguments],
          ports: { mysql: PORTS.mysql },
          // An hour: crash recovery of a large volume must not be killed half-way.
          startup: execProbe(ping, { period: 10, failures: 360, timeout: 5 }),
          liveness: execProbe(ping, { period: 10, failures: 6, timeout: 5 }),
          readiness: execProbe(['bash', '/etc/fintrack/mysql/ready.sh'], { period: 10, failures: 3, timeout: 5 }),
        },
      ],
    });
  }
}
