export { Backup } from './backup';
export { BACKUP_CREDENTIALS, type BackupProps } from './program';
export { Restore, type RestoreProps } from './restore';
export type { BackupSettings, BucketSettings } from './settings';
