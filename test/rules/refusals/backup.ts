import { Size } from 'cdk8s';
import type { BackupSettings, BucketSettings } from '../../../lib/components/backup';
import { production } from '../../../lib/environments/production';
import { staging } from '../../../lib/environments/staging';
import { environment } from './refusal';

const backup = (settings: Partial<BackupSettings>) => ({ ...production, backup: { ...production.backup, ...settings } });
const bucket = (settings: Partial<BucketSettings>) => backup({ bucket: { ...production.backup.bucket, ...settings } });

export const backups = [
  environment('backups of servers that somebody else runs', {
    ...production,
    mysql: { engine: 'external', host: 'db.example.com', cidrs: ['203.0.113.0/24'] },
  }),
  environment('backups of servers that an operator runs', {
    ...production,
    mysql: { engine: 'moco', version: '8.4', replicas: 3, memory: Size.gibibytes(8), storage: Size.gibibytes(100) },
  }),
  environment('an image of backups that changes by itself', backup({ image: 'registry.example.com/fintrack-backup:latest' })),
  environment('a store of backups with a path', bucket({ endpoint: 'https://s3.example.com/bucket' })),
  environment('a store of backups at a port that cannot be', bucket({ endpoint: 'https://s3.example.com:99999' })),
  environment('a store of backups at an address that its blocks have not', bucket({ endpoint: 'https://198.51.100.7:9000' })),
  environment('a bucket that no store has', bucket({ name: 'A' })),
  environment('a folder that ends in a slash', bucket({ folder: 'production/' })),
  environment('a bucket that no pod may reach', bucket({ cidrs: [] })),
  environment(
    'two environments in one folder of a bucket',
    { ...staging, backup: { ...staging.backup, bucket: { ...staging.backup.bucket, folder: production.name } } },
    [production, { ...staging, backup: { ...staging.backup, bucket: { ...staging.backup.bucket, folder: production.name } } }],
  ),
  environment('a dump that never comes', backup({ schedule: 'at night' })),
  environment('a restore test on a day that never comes', backup({ restoreTestSchedule: '0 3 31 2 *' })),
  environment('dumps of which none is kept', backup({ keep: { daily: 0, weekly: 5, monthly: 12 } })),
  environment('more than a minute between two looks at the logs', backup({ shipSeconds: 90 })),
  environment('no room for the server of a restore test', backup({ scratch: Size.mebibytes(512) })),
];
