import { runDrills } from '../drill';
import { BackupCluster } from './cluster';
import { FAULTS } from './faults';
import { RECOVERIES } from './recoveries';
import { sizes } from './sizes';

/** Backups and restores. @param only names of drills; none means all @returns the exit code */
export const backupDrills = (only: readonly string[]) =>
  runDrills<BackupCluster>(
    {
      name: 'backup',
      // Of hours, so only where it is named.
      drills: { ...RECOVERIES, ...FAULTS, ...(only.includes('sizes') && { sizes }) },
      install: (report) => new BackupCluster(report),
      create: () => ({
        promise: 'FinTrack with backups comes up from nothing, and its logs are stored',
        run: async (cluster) => {
          await cluster.create();
          return `stored after ${(await cluster.logs.stored()).toFixed(0)} s`;
        },
      }),
      subject: async (cluster) => {
        const version = (await cluster.sql(cluster.primary, 'SELECT VERSION()')).trim();
        return `MySQL ${version}, a primary and a replica; restic ${await cluster.restic()} into a bucket of Versity S3 Gateway 1.8`;
      },
    },
    only,
  );
