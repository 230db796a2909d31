import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Backup, Restore, type BackupProps, type BackupSettings, type RestoreProps } from '../components/backup';
import { APPLICATION, type OfficialSettings } from '../components/mysql';
import type { Environment } from '../environments';
import { Tier, type TierProps } from './tier';

/** An environment whose MySQL can be backed up, and is. */
export type BackedUp = Environment & { readonly backup: BackupSettings; readonly mysql: OfficialSettings };

/** Whether backups are on. */
export function isBackedUp(environment: Environment): environment is BackedUp {
  return environment.backup !== undefined && environment.mysql.engine === 'official';
}

/** Settings of every tier, for an environment with backups. */
export interface BackupTierProps extends TierProps {
  readonly environment: BackedUp;
}

function propsOf({ environment, files }: BackupTierProps): BackupProps {
  const { name, namespace, release, backup, mysql, redis } = environment;
  return {
    ...backup,
    files,
    environment: name,
    namespace,
    version: release.version,
    database: { host: 'mysql', database: mysql.database ?? APPLICATION.database },
    mysql,
    ...(redis.availability !== 'external' && { redis }),
  };
}

/** What copies the data into a bucket. A tier of its own, and the last: a bucket that is away must keep nobody from releasing. */
export class BackupTier extends Tier {
  constructor(scope: Construct, id: string, props: BackupTierProps) {
    super(scope, id, props);
    new Backup(this, 'backup', propsOf(props));
  }
}

/** What restores a copy of the data, once: it belongs to no tier and is never in `dist/`. */
export class RestoreChart extends Chart {
  constructor(scope: Construct, id: string, props: BackupTierProps & Pick<RestoreProps, 'as' | 'to' | 'dumpOnly'>) {
    super(scope, id, { namespace: props.environment.namespace, disableResourceNameHashes: true });
    const { as, dumpOnly, to } = props;
    new Restore(this, 'restore', { ...propsOf(props), as, ...(to === undefined ? {} : { to }), ...(dumpOnly && { dumpOnly }) });
  }
}
