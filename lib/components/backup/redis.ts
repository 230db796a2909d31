import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES } from '../../kubernetes/images';
import { labelsFor } from '../../kubernetes/labels';
import type { Container } from '../../kubernetes/pod';
import { mebibytesOf } from '../../kubernetes/resources';
import { emptyFolder, secretFiles } from '../../kubernetes/volumes';
import { certificateSecretOf } from '../certificates';
import { ENCRYPTED, maxmemoryOf, serversOf, type RedisServerSettings } from '../redis';
import { CREDENTIALS, fileOf } from '../secrets';
import { identityOf, WORK, WORK_FOLDER, type BackupProgram, type BackupProps } from './program';

const SCRIPTS_FOLDER = '/etc/fintrack/redis';

/** Where the copy lies between the two containers. */
const FILE = `${WORK_FOLDER}/redis.rdb`;

/** What is wired in. */
export interface RedisSnapshotProps {
  readonly files: BackupProps['files'];
  readonly program: BackupProgram;
  readonly redis: RedisServerSettings;
}

/** Two containers, one after the other: `copy` has Redis' programs and its passwords, `store` those of the bucket. */
export class RedisSnapshot extends Construct {
  readonly copy: Container;
  readonly store: Container;

  constructor(scope: Construct, id: string, { files, program, redis }: RedisSnapshotProps) {
    super(scope, id);
    const config = new HashedConfig(this, 'backup-redis', {
      labels: labelsFor(identityOf('backup-redis', 'redis')),
      files: files.data('redis/snapshot.sh', 'redis/server.sh'),
    });
    const verified = redis.tls === 'verified';
    const most = mebibytesOf(maxmemoryOf(redis.memory));
    const cpu = { cpu: Cpu.millis(50), cpuLimit: Cpu.millis(1000) };
    const disk = Size.mebibytes(mebibytesOf(WORK) + most);
    this.copy = {
      name: 'copy',
      image: IMAGES.redis.reference,
      command: ['sh', `${SCRIPTS_FOLDER}/snapshot.sh`, FILE],
      env: { SERVERS: serversOf(redis).join(' '), ...(verified && ENCRYPTED) },
      // What checks the copy reads one key at a time, and all jobs may wait in one.
      resources: { ...cpu, memory: Size.mebibytes(most + 128), disk },
      mounts: [
        config.at(SCRIPTS_FOLDER),
        secretFiles(
          '/run/secrets/redis',
          [
            fileOf(CREDENTIALS.redisReplication),
            fileOf(CREDENTIALS.redisProbe),
            ...(verified ? [{ secret: certificateSecretOf('redis'), key: 'ca.crt' }] : []),
          ],
          'redis-secrets',
        ),
        emptyFolder('work', WORK_FOLDER, disk),
      ],
    };
    this.store = program.container({
      name: 'store',
      command: ['redis.sh', FILE],
      env: {},
      resources: { ...cpu, memory: Size.mebibytes(512), disk },
    });
  }
}
