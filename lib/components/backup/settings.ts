import type { Size } from 'cdk8s';
import { longestPauseOf } from '../../kubernetes/scheduled';

/** Where backups go: a bucket with the S3 interface, better in another account and region than the cluster. */
export interface BucketSettings {
  /** Address of the store with its scheme, for instance `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly name: string;
  /**
   * Folder in the bucket. What it holds is the history of one database: one that was restored to an earlier time begins another, and so
   * needs another folder. @default - the environment's name
   */
  readonly folder?: string;
  /** Address blocks that the store is in: NetworkPolicies know addresses and no names. */
  readonly cidrs: readonly string[];
}

/** What an environment decides for its backups. */
export interface BackupSettings {
  /** Image with restic and MySQL's programs, built from docker/backup/Dockerfile. */
  readonly image: string;
  readonly bucket: BucketSettings;
  /** When the nightly dump begins, as a cron expression in UTC. @default '17 1 * * *' */
  readonly schedule?: string;
  /** When Redis' queues, sessions and locks are copied, where FinTrack runs it; as a cron expression in UTC. @default '47 1 * * *' */
  readonly redisSchedule?: string;
  /** When old backups are taken away, hours after the dump. @default '17 4 * * *' */
  readonly pruneSchedule?: string;
  /** When the newest backup is restored and compared. @default '17 5 * * 0' */
  readonly restoreTestSchedule?: string;
  /** Dumps that are kept: the last of so many days, weeks and months. Any second of those days can be restored. @default 7, 5 and 12 */
  readonly keep?: { readonly daily: number; readonly weekly: number; readonly monthly: number };
  /** Seconds between two looks for something new in the binary logs: what a lost cluster takes with it. @default 30 */
  readonly shipSeconds?: number;
  /** Volume of the restore test: for the database once and for the logs since a dump. @default - `mysql.storage` */
  readonly scratch?: Size;
}

/** When each part begins. */
export function schedulesOf(settings: BackupSettings) {
  return {
    schedule: settings.schedule ?? '17 1 * * *',
    redisSchedule: settings.redisSchedule ?? '47 1 * * *',
    pruneSchedule: settings.pruneSchedule ?? '17 4 * * *',
    restoreTestSchedule: settings.restoreTestSchedule ?? '17 5 * * 0',
  };
}

/** Seconds after which the last success of a CronJob is too long ago: two hours late, and of the restore test, which may fail once, a day. */
export function greatestAgesOf(settings: BackupSettings): Readonly<Record<string, number>> {
  const { schedule, redisSchedule, restoreTestSchedule } = schedulesOf(settings);
  return {
    backup: longestPauseOf(schedule) + 2 * 3600,
    'backup-redis': longestPauseOf(redisSchedule) + 2 * 3600,
    'restore-test': 2 * longestPauseOf(restoreTestSchedule) + 24 * 3600,
  };
}
