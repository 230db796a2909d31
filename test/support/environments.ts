import type { OfficialSettings } from '../../lib/components/mysql';
import { environments, type Environment } from '../../lib/environments';

/** An environment whose MySQL servers are FinTrack's own. */
export interface OfficialEnvironment extends Environment {
  readonly mysql: OfficialSettings;
}

/** The same environment without backups, which servers of another engine do not have. */
export function withoutBackup(environment: Environment): Environment {
  const { backup, ...rest } = environment;
  return backup === undefined ? environment : rest;
}

/** Such environments, by name. */
export const officialEnvironments = Object.entries<Environment>(environments).filter(
  (entry): entry is [string, OfficialEnvironment] => entry[1].mysql.engine === 'official',
);

/** Environments with metrics, by name. */
export const monitoredEnvironments = Object.entries<Environment>(environments).filter(([, { monitoring }]) => monitoring !== undefined);
