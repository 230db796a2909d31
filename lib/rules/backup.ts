import { schedulesOf } from '../components/backup';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf } from '../kubernetes/resources';
import { isCount } from '../kubernetes/scale';
import { longestPauseOf } from '../kubernetes/scheduled';
import { cidrFindings, hostIn, originFindings, reachFindings, unless } from './outside';

/** What cannot work in an environment's backups. */
export function backupFindings({ backup, mysql }: Pick<Environment, 'backup' | 'mysql'>): string[] {
  if (backup === undefined) {
    return [];
  }
  const { bucket, image, keep, shipSeconds, scratch } = backup;
  return [
    ...unless(
      mysql.engine === 'official',
      `backup copies servers of mysql.engine official, and mysql.engine is ${mysql.engine}; remove backup and use ` +
        (mysql.engine === 'moco' ? "MOCO's own, mysql.backup" : "those of the database's provider"),
    ),
    ...unless(
      /(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(image) && !image.endsWith(':latest'),
      `backup.image ${image} must name one build by tag or digest, for instance registry.example.com/fintrack-backup:1.0.0`,
    ),
    ...originFindings('backup.bucket.endpoint', bucket.endpoint, 'https://s3.eu-central-1.amazonaws.com'),
    ...unless(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket.name),
      `backup.bucket.name ${JSON.stringify(bucket.name)} must be 3 to 63 lower-case letters, digits, dots and hyphens`,
    ),
    ...unless(
      bucket.folder === undefined || /^[\w.-]+(\/[\w.-]+)*$/.test(bucket.folder),
      `backup.bucket.folder ${JSON.stringify(bucket.folder)} must be a path without a slash at its ends, for instance production-2`,
    ),
    ...cidrFindings('backup.bucket.cidrs', bucket.cidrs, 'no pod could reach the bucket; name the blocks that it is in'),
    ...reachFindings('backup.bucket.endpoint', hostIn(bucket.endpoint), 'backup.bucket.cidrs', bucket.cidrs),
    ...Object.entries(schedulesOf(backup)).flatMap(([setting, schedule]) =>
      unless(
        longestPauseOf(schedule) > 0,
        `backup.${setting} ${JSON.stringify(schedule)} must be a cron expression of five fields, for instance 17 1 * * *`,
      ),
    ),
    ...Object.entries(keep ?? {}).flatMap(([unit, count]) =>
      unless(isCount(count), `backup.keep.${unit} ${count} must be a whole number of at least 1`),
    ),
    ...unless(
      shipSeconds === undefined || (isCount(shipSeconds) && shipSeconds <= 60),
      `backup.shipSeconds ${shipSeconds} must be a whole number from 1 to 60; so much is lost with the cluster`,
    ),
    ...unless(
      scratch === undefined || mebibytesOf(scratch) >= 2048,
      `backup.scratch ${scratch && formatSize(scratch)} holds no server; give the restore test at least 2Gi`,
    ),
  ];
}

/** Environments that would write into one folder: one line for each. The history of one would be a gap in that of the other. */
export function folderFindings(environments: readonly Environment[]): string[] {
  const places = environments.flatMap(({ name, backup }) =>
    backup === undefined ? [] : [{ name, place: `${backup.bucket.name}/${backup.bucket.folder ?? name}` }],
  );
  return places.flatMap(({ name, place }, index) => {
    const other = places.slice(0, index).find((each) => each.place === place && each.name !== name);
    return unless(
      other === undefined,
      `${name}: backup.bucket.folder leads to ${place}, where ${other?.name} stores its own; give each its own, for instance ${name}`,
    );
  });
}
