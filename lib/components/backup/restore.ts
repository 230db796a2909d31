import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu, KubeJob, KubePersistentVolumeClaim } from '../../../imports/k8s';
import { deletable } from '../../kubernetes/data-protection';
import { labelsFor, selectorFor } from '../../kubernetes/labels';
import { podTemplate } from '../../kubernetes/pod';
import { mebibytesOf, quantityOf } from '../../kubernetes/resources';
import { existingVolume } from '../../kubernetes/volumes';
import { bufferPoolOf, SERVER_CREDENTIALS } from '../mysql';
import { BackupProgram, identityOf, WORK, type BackupProps } from './program';

/** Memory of a server that reads a copy; half of it is its buffer pool. */
export const SCRATCH_MEMORY = Size.gibibytes(1);

/** The same, as mysqld is told. */
export const POOL = `${mebibytesOf(bufferPoolOf(SCRATCH_MEMORY))}M`;

/** Where MySQL's servers have their volume. */
const DATA_FOLDER = '/var/lib/mysql';

/** What is restored, and what becomes of it. */
export interface RestoreProps extends BackupProps {
  /** Moment up to which transactions are restored, as an ISO date. @default - all that is stored */
  readonly to?: string;
  /** Whether the dump is restored without the logs that follow it. @default false */
  readonly dumpOnly?: boolean;
  /**
   * `keep`: a server without network beside the running ones, to look at and to copy from, until the Job is deleted.
   * `primary`: the volume of the declared primary, in a namespace where no server has started yet.
   */
  readonly as: 'keep' | 'primary';
}

/** A Job that restores into a volume of its own, and the claim of that volume. Both are made, never changed: a second one is refused. */
export class Restore extends Construct {
  constructor(scope: Construct, id: string, props: RestoreProps) {
    super(scope, id);
    const { as, dumpOnly, mysql, to } = props;
    const labels = labelsFor(identityOf('restore-test', 'restore'));
    const claim = as === 'primary' ? `data-${mysql.primary}` : 'restored';
    // A StatefulSet leaves the labels of a claim that it finds as they are, and by its own somebody who grows all volumes finds them.
    const claimLabels = as === 'primary' ? selectorFor({ name: 'mysql', instance: mysql.primary.replace(/-\d+$/, '') }) : labels;
    new KubePersistentVolumeClaim(this, 'claim', {
      // A copy is deleted once it was looked at; the volume of a server is data like any other.
      metadata: { name: claim, labels: claimLabels, ...(as === 'keep' && { annotations: deletable(claim) }) },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: quantityOf(mysql.storage) } },
        ...(mysql.storageClass === undefined ? {} : { storageClassName: mysql.storageClass }),
      },
    });
    const template = podTemplate({
      // Its account and its network policy: the bucket, and no server.
      identity: identityOf('restore-test', 'restore'),
      // The servers' own, whose files they will be.
      user: 10003,
      gracePeriodSeconds: 60,
      restartPolicy: 'Never',
      containers: [
        new BackupProgram(this, 'program', props).container({
          name: 'restore',
          command: ['restore.sh', as, ...(to === undefined ? [] : [to]), ...(dumpOnly ? ['dump'] : [])],
          env: { VOLUME: DATA_FOLDER, POOL },
          resources: {
            cpu: Cpu.millis(100),
            cpuLimit: Cpu.millis(4000),
            memory: Size.mebibytes(mebibytesOf(SCRATCH_MEMORY) + 1024),
            disk: WORK,
          },
          // A primary gets its accounts too.
          ...(as === 'primary' && { secrets: { mysql: SERVER_CREDENTIALS } }),
          mounts: [existingVolume('data', claim, DATA_FOLDER)],
        }),
      ],
    });
    new KubeJob(this, 'Resource', {
      metadata: { name: 'restore', labels },
      spec: {
        // Somebody waits for it, and sees why it failed.
        backoffLimit: 0,
        template,
      },
    });
  }
}
