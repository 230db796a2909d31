import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { Container, PodProps } from '../../kubernetes/pod';
import type { Identity } from '../../kubernetes/labels';
import { execProbe } from '../../kubernetes/probes';
import { mebibytesOf, type Resources } from '../../kubernetes/resources';
import { ScheduledWorkload } from '../../kubernetes/scheduled';
import { scratchVolume } from '../../kubernetes/volumes';
import { StatelessWorkload } from '../../kubernetes/workload';
import { serversOf } from '../mysql';
import { BackupProgram, identityOf, WORK, WORK_FOLDER, type BackupProps } from './program';
import { RedisSnapshot } from './redis';
import { POOL, SCRATCH_MEMORY } from './restore';
import { schedulesOf } from './settings';

/** A reader of binary logs is a replica to the server it reads from; no server has this number. */
const READER_ID = 900;

/** A log that is older than this is no backup: whatever ships them says every half hour that nothing was new. */
const MAX_LOG_AGE_SECONDS = 3600;

/** Disk for what MySQL logs while the bucket is away. */
const LOG_DISK = Size.gibibytes(5);

const SMALL: Resources = { cpu: Cpu.millis(100), cpuLimit: Cpu.millis(2000), memory: Size.gibibytes(1), disk: WORK };

/** Whether what ships logs has looked at them within some seconds. */
const aliveWithin = (seconds: number) => ['bash', '-c', `[[ $(($(date +%s) - $(stat -c %Y /spool/alive))) -lt ${seconds} ]]`];

const podOf = (identity: Identity, container: Container): PodProps => ({
  identity,
  user: 10006,
  gracePeriodSeconds: 30,
  exempt: { R22: 'RESTIC_PASSWORD_FILE and AWS_SHARED_CREDENTIALS_FILE name files' },
  containers: [container],
});

/**
 * MySQL into a bucket and back: `backup` dumps it at night, `backup-logs` ships binary logs all the time, `backup-prune` takes away what
 * is no longer kept, and `restore-test` proves every week that what is there can be restored. `backup-redis` stores what Redis held at
 * one moment, for somebody to look at: nothing restores it.
 */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, props: BackupProps) {
    super(scope, id);
    const { database, mysql, keep = { daily: 7, weekly: 5, monthly: 12 } } = props;
    const schedules = schedulesOf(props);
    const program = new BackupProgram(this, 'program', props);
    const replicas = serversOf(mysql).filter((server) => server !== mysql.primary);
    new ScheduledWorkload(this, 'dump', {
      ...podOf(
        identityOf('backup', 'dump'),
        program.container({
          name: 'dump',
          command: ['backup.sh'],
          asksMysql: true,
          env: { SERVERS: [...replicas, database.host].join(' ') },
          resources: SMALL,
        }),
      ),
      schedule: schedules.schedule,
      deadlineSeconds: 6 * 3600,
    });
    if (props.redis) {
      const { copy, store } = new RedisSnapshot(this, 'redis-snapshot', { files: props.files, program, redis: props.redis });
      new ScheduledWorkload(this, 'redis', {
        ...podOf(identityOf('backup-redis', 'redis'), store),
        initContainers: [copy],
        schedule: schedules.redisSchedule,
        deadlineSeconds: 3600,
      });
    }
    new ScheduledWorkload(this, 'prune', {
      ...podOf(
        identityOf('backup-prune', 'prune'),
        program.container({
          name: 'prune',
          command: ['prune.sh'],
          env: { KEEP_DAILY: String(keep.daily), KEEP_WEEKLY: String(keep.weekly), KEEP_MONTHLY: String(keep.monthly) },
          resources: SMALL,
        }),
      ),
      schedule: schedules.pruneSchedule,
      deadlineSeconds: 6 * 3600,
    });
    const restoreTest = podOf(
      identityOf('restore-test', 'restore-test'),
      program.container({
        name: 'restore-test',
        command: ['restore.sh', 'test'],
        env: { VOLUME: WORK_FOLDER, POOL, MAX_AGE_SECONDS: String(MAX_LOG_AGE_SECONDS) },
        resources: {
          cpu: Cpu.millis(100),
          cpuLimit: Cpu.millis(4000),
          memory: Size.mebibytes(mebibytesOf(SCRATCH_MEMORY) + 1024),
        },
        // As large as the servers', which the disk of a node seldom has to spare.
        work: scratchVolume('work', WORK_FOLDER, props.scratch ?? mysql.storage, mysql.storageClass),
      }),
    );
    new ScheduledWorkload(this, 'restore-test', {
      ...restoreTest,
      exempt: { ...restoreTest.exempt, R46: 'a pod that has ended keeps its volume, so its Job goes after three days' },
      schedule: schedules.restoreTestSchedule,
      deadlineSeconds: 12 * 3600,
      // By its history a weekly Job would stay for three weeks. Its log is there from Sunday to Wednesday.
      keepSeconds: 3 * 86400,
    });
    const logs = podOf(identityOf('backup-logs', 'logs'), {
      ...program.container({
        name: 'logs',
        command: ['logs.sh'],
        asksMysql: true,
        env: { HOST: database.host, SERVER_ID: String(READER_ID), SHIP_SECONDS: String(props.shipSeconds ?? 30) },
        resources: { ...SMALL, cpu: Cpu.millis(50), memory: Size.mebibytes(512), disk: LOG_DISK },
      }),
      startup: execProbe(['test', '-e', '/spool/alive'], { period: 10, failures: 180 }),
      // Not ready means that nothing was stored, or found not to be needed, for three minutes: the Deployment is then not available.
      readiness: execProbe(aliveWithin(180), { period: 10, failures: 1 }),
      // Whatever it hangs in: what was not stored is asked of MySQL once more.
      liveness: execProbe(aliveWithin(1800), { period: 60, failures: 3 }),
    });
    new StatelessWorkload(this, 'logs', {
      ...logs,
      exempt: { ...logs.exempt, R34: 'two would store the same twice', R37: 'two would store the same twice' },
      version: props.version,
      scale: { replicas: 1 },
      // Two would store the same twice.
      recreate: true,
    });
  }
}
