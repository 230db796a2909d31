import { Construct } from 'constructs';
import type { DockerFiles } from '../../docker/docker-files';
import type { Certificates } from '../certificates';
import { CREDENTIALS, type Credential } from '../secrets';
import type { MysqlEndpoint } from './endpoint';
import { externalEndpoint, type ExternalSettings } from './external';
import { MocoMysql, type MocoSettings } from './moco';
import { OfficialMysql, type OfficialSettings } from './official';
import { SERVER_CREDENTIALS } from './servers';

/** What an environment decides for MySQL: who keeps the data, and that engine's settings. README.md compares the three. */
export type MysqlSettings = OfficialSettings | ExternalSettings | MocoSettings;

/** Settings and what the chart wires in. */
export type MysqlProps = MysqlSettings & {
  readonly files: DockerFiles;
  readonly certificates: Certificates;
  /** Connections that all clients together may open, operators included. */
  readonly maxConnections: number;
  /** Whether each server of FinTrack's own has an exporter beside it. @default false */
  readonly monitored?: boolean;
};

/** Connections for probe, backup, exporter, replication and a human in trouble; the same for any number of replicas, or one more would restart the primary. */
export const OPERATOR_CONNECTIONS = 10;

/** The database, whichever engine keeps it: all that others learn of it is its endpoint. */
export class Mysql extends Construct {
  readonly endpoint: MysqlEndpoint;

  constructor(scope: Construct, id: string, props: MysqlProps) {
    super(scope, id);
    switch (props.engine) {
      case 'official':
        this.endpoint = new OfficialMysql(this, 'official', props).endpoint;
        break;
      case 'external':
        this.endpoint = externalEndpoint(props);
        break;
      case 'moco':
        this.endpoint = new MocoMysql(this, 'moco', props).endpoint;
        break;
    }
  }
}

/** What must be in Secret `fintrack-mysql`: an engine that is not ours keeps the accounts of its servers itself. */
export function credentialsOf({ engine }: Pick<MysqlSettings, 'engine'>): readonly Credential[] {
  return engine === 'official' ? SERVER_CREDENTIALS : [CREDENTIALS.mysqlApp];
}
