import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { DockerFiles } from '../../docker/docker-files';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { labelsFor, type Identity } from '../../kubernetes/labels';
import type { Container } from '../../kubernetes/pod';
import type { Resources } from '../../kubernetes/resources';
import { emptyFolder, secretFiles, type Mount } from '../../kubernetes/volumes';
import { certificateSecretOf } from '../certificates';
import type { MysqlEndpoint, OfficialSettings } from '../mysql';
import type { RedisServerSettings } from '../redis';
import { CREDENTIALS, fileOf, type Credential } from '../secrets';
import type { BackupSettings } from './settings';

/** Settings and what the chart wires in. */
export interface BackupProps extends BackupSettings {
  readonly files: DockerFiles;
  /** Name of the environment, and default of the folder in the bucket. */
  readonly environment: string;
  readonly version: string;
  readonly namespace: string;
  readonly database: Pick<MysqlEndpoint, 'host' | 'database'>;
  readonly mysql: Pick<OfficialSettings, 'storage' | 'storageClass' | 'primary' | 'replicas' | 'tls'>;
  /** Redis of FinTrack's own. @default - somebody else runs it, and copies it */
  readonly redis?: RedisServerSettings;
}

/** What must be in Secret `fintrack-backup`. */
export const BACKUP_CREDENTIALS: readonly Credential[] = [
  CREDENTIALS.bucketAccessKeyId,
  CREDENTIALS.bucketSecretAccessKey,
  CREDENTIALS.backupRepository,
];

export const WORK_FOLDER = '/spool';

/** Disk for restic's cache: the index of what is stored. */
export const WORK = Size.gibibytes(2);

const SCRIPTS_FOLDER = '/etc/fintrack/backup';

const SCRIPTS = ['backup.sh', 'dump.sh', 'logs.sh', 'prune.sh', 'redis.sh', 'repository.sh', 'restore.sh'] as const;

/** Who a workload of backups is. */
export const identityOf = (instance: string, role: string): Identity => ({ name: 'backup', instance, role });

/** What a container of backups runs. */
export interface Run {
  readonly name: string;
  /** Script of docker/backup and its arguments. */
  readonly command: readonly [(typeof SCRIPTS)[number], ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly resources: Resources;
  /** Where it works. @default - on the disk of the node */
  readonly work?: Mount;
  /** Whether it logs in to MySQL. @default false */
  readonly asksMysql?: boolean;
  /** Files that it needs besides those of backups, in a folder of /run/secrets by this name. @default - none */
  readonly secrets?: Readonly<Record<string, readonly Credential[]>>;
  /** Besides the scripts, the secrets and a folder to work in. @default - none */
  readonly mounts?: readonly Mount[];
}

/** The scripts of backups as a ConfigMap, and containers that run them. */
export class BackupProgram extends Construct {
  private readonly config: HashedConfig;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BackupProps,
  ) {
    super(scope, id);
    this.config = new HashedConfig(this, 'backup', {
      labels: labelsFor(identityOf('backup', 'dump')),
      files: props.files.data(
        'mysql/my.cnf',
        'mysql/accounts.sh',
        'mysql/secrets.sh',
        ...SCRIPTS.map((script) => `backup/${script}` as const),
      ),
    });
  }

  container({ name, command: [script, ...args], env, resources, work, asksMysql = false, secrets = {}, mounts = [] }: Run): Container {
    const { bucket, database, environment, image, mysql, namespace } = this.props;
    const verified = asksMysql && mysql.tls === 'verified';
    return {
      name,
      image,
      command: ['bash', `${SCRIPTS_FOLDER}/${script}`, ...args],
      env: {
        BUCKET: `s3:${bucket.endpoint}/${bucket.name}/${bucket.folder ?? environment}`,
        NAMESPACE: namespace,
        MYSQL_DATABASE: database.database,
        RESTIC_PASSWORD_FILE: '/run/secrets/backup/repository-password',
        RESTIC_CACHE_DIR: `${WORK_FOLDER}/cache`,
        AWS_SHARED_CREDENTIALS_FILE: '/run/backup/credentials',
        HOME: WORK_FOLDER,
        TMPDIR: WORK_FOLDER,
        ...(verified && { TLS: 'verified' }),
        ...env,
      },
      resources,
      mounts: [
        this.config.at(SCRIPTS_FOLDER),
        secretFiles('/run/secrets', [
          ...Object.entries({ backup: [...BACKUP_CREDENTIALS, ...(asksMysql ? [CREDENTIALS.mysqlBackup] : [])], ...secrets }).flatMap(
            ([folder, credentials]) => credentials.map((credential) => fileOf(credential, `${folder}/${credential.key}`)),
          ),
          ...(verified ? [{ secret: certificateSecretOf('mysql'), key: 'ca.crt', file: 'backup/ca.crt' }] : []),
        ]),
        emptyFolder('memory', '/run/backup', Size.mebibytes(1), 'memory'),
        work ?? emptyFolder('work', WORK_FOLDER, resources.disk ?? WORK),
        ...mounts,
      ],
    };
  }
}
