import { Size } from 'cdk8s';
import type { BackupSettings, BucketSettings } from '../../lib/components/backup';
import type { Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { staging } from '../../lib/environments/staging';
import { environmentFindings, folderFindings } from '../../lib/rules';

const withBackup = (settings: Partial<BackupSettings>): Environment => ({ ...production, backup: { ...production.backup, ...settings } });
const withBucket = (settings: Partial<BucketSettings>) => withBackup({ bucket: { ...production.backup.bucket, ...settings } });

describe('backups are refused with', () => {
  test.each<[string, Environment, string]>([
    [
      'servers that somebody else backs up',
      { ...production, mysql: { engine: 'external', host: 'db.example.com', cidrs: ['203.0.113.0/24'] } },
      "backup copies servers of mysql.engine official, and mysql.engine is external; remove backup and use those of the database's provider",
    ],
    [
      'an image that changes by itself',
      withBackup({ image: 'registry.example.com/fintrack-backup:latest' }),
      'backup.image registry.example.com/fintrack-backup:latest must name one build by tag or digest, for instance registry.example.com/fintrack-backup:1.0.0',
    ],
    [
      'a store with a path',
      withBucket({ endpoint: 'https://s3.example.com/bucket' }),
      'backup.bucket.endpoint "https://s3.example.com/bucket" must be scheme and host, for instance https://s3.eu-central-1.amazonaws.com',
    ],
    [
      'a bucket that no store has',
      withBucket({ name: 'A' }),
      'backup.bucket.name "A" must be 3 to 63 lower-case letters, digits, dots and hyphens',
    ],
    [
      'a folder that ends in a slash',
      withBucket({ folder: 'production/' }),
      'backup.bucket.folder "production/" must be a path without a slash at its ends, for instance production-2',
    ],
    [
      'a bucket that no pod may reach',
      withBucket({ cidrs: [] }),
      'backup.bucket.cidrs is empty: no pod could reach the bucket; name the blocks that it is in',
    ],
    [
      'a time that no clock understands',
      withBackup({ schedule: 'at night' }),
      'backup.schedule "at night" must be a cron expression of five fields, for instance 17 1 * * *',
    ],
    [
      'nothing kept',
      withBackup({ keep: { daily: 0, weekly: 5, monthly: 12 } }),
      'backup.keep.daily 0 must be a whole number of at least 1',
    ],
    [
      'more than a minute between two looks',
      withBackup({ shipSeconds: 90 }),
      'backup.shipSeconds 90 must be a whole number from 1 to 60; so much is lost with the cluster',
    ],
    [
      'no room for a server',
      withBackup({ scratch: Size.mebibytes(512) }),
      'backup.scratch 512Mi holds no server; give the restore test at least 2Gi',
    ],
  ])('%s', (_, environment, finding) => {
    expect(environmentFindings(environment)).toContain(`production: ${finding}`);
  });
});

test('environments with backups have no finding', () => {
  expect([...environmentFindings(production), ...environmentFindings(staging), ...folderFindings([production, staging])]).toEqual([]);
});

test('two environments in one folder are refused', () => {
  const other = { ...staging, backup: { ...staging.backup, bucket: { ...staging.backup.bucket, folder: 'production' } } };
  expect(folderFindings([production, other])).toEqual([
    'staging: backup.bucket.folder leads to fintrack-backups/production, where production stores its own; give each its own, for instance staging',
  ]);
});
