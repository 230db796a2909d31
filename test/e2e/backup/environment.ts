import { Size } from 'cdk8s';
import type { BackupSettings } from '../../../lib/components/backup';
import type { OfficialSettings } from '../../../lib/components/mysql';
import { BASE, NAMESPACE } from '../environment';
import { Bucket } from './bucket';
import { SIZES } from './sizes';

/** GB of the largest database, where the drill of sizes is asked for. */
const LARGEST = process.argv.includes('sizes') ? Math.max(...SIZES) : 0;

// Twice the data: what a transaction logs is there once more until it is purged.
export const MYSQL: OfficialSettings = {
  ...BASE.mysql,
  semiSync: 'durability',
  storage: Size.gibibytes(2 + Math.ceil(LARGEST * 2.5)),
};

/** Every size has its own history. */
export const store = new Bucket(NAMESPACE, 5 + Math.ceil(LARGEST && SIZES.reduce((sum, size) => sum + size)));

export const BACKUP: BackupSettings = {
  image: 'fintrack-backup:demo',
  bucket: { endpoint: store.endpoint, name: 'fintrack', cidrs: ['10.0.0.0/8'] },
  // Drills start it all themselves, at whatever hour.
  schedule: '0 0 1 1 *',
  redisSchedule: '0 0 1 1 *',
  pruneSchedule: '0 0 1 1 *',
  restoreTestSchedule: '0 0 1 1 *',
  shipSeconds: 5,
  scratch: Size.gibibytes(4),
};
