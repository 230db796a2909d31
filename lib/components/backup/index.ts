export { Backup } from './backup';
export { BACKUP_CREDENTIALS, type BackupProps } from './program';
export { Restore, type RestoreProps } from './restore';
export { greatestAgesOf, schedulesOf, type BackupSettings, type BucketSettings } from './settings';
