import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu, KubeServiceAccount } from '../../../imports/k8s';
import { mocoObject, type MocoClaimSpec, type MocoSecurityContext } from '../../../imports/moco';
import type { DockerFiles } from '../../docker/docker-files';
import { settingsIn } from '../../docker/settings';
import { DELETABLE_WITH_POD } from '../../kubernetes/data-protection';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES } from '../../kubernetes/images';
import { labelsFor, selectorFor, type Identity, type Labels } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { dataPriorityOf } from '../../kubernetes/priority';
import { formatSize, mebibytesOf } from '../../kubernetes/resources';
import { APPLICATION, type MysqlEndpoint } from './endpoint';
import { bufferPoolOf } from './official';
import type { ServerSettings } from './server-settings';

/**
 * Servers that the operator MOCO runs (https://cybozu-go.github.io/moco/): it promotes by itself when the primary is lost. Needs
 * in the cluster: MOCO 0.36 or newer and cert-manager. Deleting the MySQLCluster, or its namespace, deletes its volumes.
 *
 * MOCO makes the servers' accounts and keeps them in Secrets of its own, but neither database nor application account. Once, when
 * `kubectl -n NAMESPACE get mysqlcluster mysql` says available, with its plugin `kubectl moco`:
 *
 *     password=$(kubectl -n NAMESPACE get secret fintrack-mysql -o jsonpath='{.data.app-password}' | base64 -d)
 *     kubectl moco -n NAMESPACE mysql -u moco-writable -i mysql <<SQL
 *       CREATE DATABASE financial_tracker;
 *       CREATE USER 'laravel'@'%' IDENTIFIED BY '$password';
 *       GRANT ALL ON financial_tracker.* TO 'laravel'@'%';
 *     SQL
 *
 * Until then the migration waits, and so do the pods of the application.
 */
export interface MocoSettings extends ServerSettings {
  readonly engine: 'moco';
  /** Servers. Three outlive the loss of one, five of two; one is promoted by nobody. MOCO adds servers and removes none. */
  readonly replicas: 1 | 3 | 5;
  /** Namespace of the operator; it alone may reach the servers' administration. @default moco-system */
  readonly operatorNamespace?: string;
  /** @default - MOCO takes no backups */
  readonly backup?: MocoBackupSettings;
}

/**
 * A dump and the binary logs since the last one, into a bucket. MOCO removes none: give the bucket a lifecycle rule.
 *
 * A BackupPolicy cannot say how its pods are confined, and MOCO does not say it for them (cybozu-go/moco#777): Pod Security
 * `restricted` of the namespace refuses them until the operator, or a mutating admission policy of the cluster, adds it. Run one by
 * `kubectl create job --from=cronjob/moco-backup-mysql first-backup` before relying on it.
 */
export interface MocoBackupSettings {
  /** When, in cron's form, UTC. */
  readonly schedule: string;
  /** Bucket of an object store that speaks S3. */
  readonly bucket: string;
  /** Address of the store, with scheme. @default - Amazon S3 */
  readonly endpoint?: string;
  /** @default - what the credentials say */
  readonly region?: string;
  /**
   * Secret whose keys become environment variables of the backup, for instance AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: MOCO
   * takes them in no other way. @default - none: ServiceAccount `mysql-backup` is known to the store
   */
  readonly credentials?: string;
  /** Volume that exists while a backup runs: room for a whole dump, compressed. */
  readonly workspace: Size;
  /** Address blocks of the object store and of the API server, to which a backup reports. */
  readonly cidrs: readonly string[];
  /** Ports there. @default 443 and 6443 */
  readonly ports?: readonly number[];
}

/** Settings and what the chart wires in. */
export interface MocoProps extends MocoSettings {
  readonly files: DockerFiles;
  /** Connections that all clients together may open, operators included. */
  readonly maxConnections: number;
}

/** The servers; the instance is the MySQLCluster's name, from which MOCO makes all other names. */
export const SERVER: Identity = { name: 'mysql', instance: 'mysql', role: 'server' };
/** The BackupPolicy. */
export const BACKUP: Identity = { name: 'mysql', instance: 'mysql-backup', role: 'backup' };

/** Services that MOCO makes: for writes, and for reads from replicas, never from the primary. */
export const mocoServices = { write: `moco-${SERVER.instance}-primary`, read: `moco-${SERVER.instance}-replica` } as const;
/** Labels that MOCO gives to its servers. */
export const mocoServerLabels: Labels = selectorFor(SERVER);
/** Labels that MOCO gives to the pods of a backup. */
export const mocoBackupLabels: Labels = selectorFor({ name: 'mysql-backup', instance: SERVER.instance });

/** User and group of MOCO's images. */
const USER = 10000;

/** What Pod Security `restricted` asks of each container; MOCO's own say none of it unless told. */
const CONFINED: MocoSecurityContext = {
  runAsUser: USER,
  runAsGroup: USER,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Settings of my.cnf that hold for MOCO's servers too. The others are MOCO's own, or it decides otherwise. */
const SHARED_SETTINGS = [
  'character_set_server',
  'collation_server',
  'default_time_zone',
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
  'sync_relay_log',
  'binlog_expire_logs_seconds',
  'local_infile',
  'max_allowed_packet',
  'wait_timeout',
];

/** A MySQLCluster, its settings and, where backups are wanted, its BackupPolicy. Pods, Services, accounts and budget are MOCO's. */
export class MocoMysql extends Construct {
  readonly endpoint: MysqlEndpoint;

  constructor(scope: Construct, id: string, props: MocoProps) {
    super(scope, id);
    const { replicas, memory, backup } = props;
    const cpu = props.cpu ?? Cpu.millis(500);
    const amounts = { cpu: cpu.amount, memory: formatSize(memory) };
    const config = new HashedConfig(this, 'mysql', {
      labels: labelsFor(SERVER),
      files: {
        ...sharedSettings(props.files),
        max_connections: String(props.maxConnections),
        innodb_buffer_pool_size: `${mebibytesOf(bufferPoolOf(memory))}M`,
      },
    });
    mocoObject(this, 'cluster', 'MySQLCluster', {
      metadata: { name: SERVER.instance, labels: labelsFor(SERVER) },
      spec: {
        replicas,
        mysqlConfigMapName: config.name,
        ...(backup && { backupPolicyName: BACKUP.instance }),
        maxDelaySeconds: props.maxLagSeconds ?? 30,
        // An hour: crash recovery of a large volume must not be killed half-way.
        startupWaitSeconds: 3600,
        podTemplate: {
          metadata: { labels: labelsFor(SERVER) },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            priorityClassName: dataPriorityOf(this),
            terminationGracePeriodSeconds: 300,
            securityContext: {
              fsGroup: USER,
              fsGroupChangePolicy: 'OnRootMismatch',
              runAsNonRoot: true,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: mocoServerLabels },
            })),
            containers: [
              {
                name: 'mysqld',
                image: IMAGES[`moco-${props.version}`].reference,
                imagePullPolicy: 'IfNotPresent',
                resources: { requests: amounts, limits: amounts },
                securityContext: CONFINED,
              },
            ],
          },
          overwriteContainers: (['agent', 'copy-moco-init', 'moco-init', 'slow-log'] as const).map((name) => ({
            name,
            securityContext: CONFINED,
          })),
        },
        volumeClaimTemplates: [{ metadata: { name: 'mysql-data' }, spec: claimOf(props.storage, props.storageClass) }],
      },
    });
    if (backup) {
      this.backUp(backup, props.storageClass);
    }
    this.endpoint = {
      host: mocoServices.write,
      // The Service for reads leaves the primary out, so with one server nobody would answer.
      readHost: replicas > 1 ? mocoServices.read : mocoServices.write,
      port: PORTS.mysql,
      database: props.database ?? APPLICATION.database,
      user: APPLICATION.user,
    };
  }

  private backUp(backup: MocoBackupSettings, storageClass?: string): void {
    const metadata = { name: BACKUP.instance, labels: labelsFor(BACKUP) };
    // With a token: MOCO binds it to a Role, for the backup writes its result into the MySQLCluster.
    new KubeServiceAccount(this, 'backup-account', { metadata, automountServiceAccountToken: true });
    mocoObject(this, 'backup', 'BackupPolicy', {
      metadata,
      spec: {
        schedule: backup.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        jobConfig: {
          serviceAccountName: BACKUP.instance,
          bucketConfig: {
            bucketName: backup.bucket,
            // Stores other than Amazon's seldom have a name for each bucket.
            ...(backup.endpoint === undefined ? {} : { endpointURL: backup.endpoint, usePathStyle: true }),
            ...(backup.region === undefined ? {} : { region: backup.region }),
          },
          ...(backup.credentials === undefined ? {} : { envFrom: [{ secretRef: { name: backup.credentials } }] }),
          workVolume: {
            ephemeral: {
              volumeClaimTemplate: { metadata: { annotations: DELETABLE_WITH_POD }, spec: claimOf(backup.workspace, storageClass) },
            },
          },
          // MOCO's defaults are four processors and 4 GiB.
          cpu: '1',
          memory: '1Gi',
          threads: 2,
        },
      },
    });
  }
}

function claimOf(size: Size, storageClass?: string): MocoClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: formatSize(size) } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  };
}

/** The part of my.cnf that MOCO's servers share, spelled with underscores, as MOCO reads it. */
function sharedSettings(files: DockerFiles): Record<string, string> {
  const settings = settingsIn(files, 'mysql/my.cnf').filter(({ key }) => SHARED_SETTINGS.includes(key));
  return Object.fromEntries(settings.map(({ key, value }) => [key, value]));
}
