import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { componentSelector, labelsFor, POD_NAME_LABEL } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { mebibytesOf } from '../../kubernetes/resources';
import { InternalService } from '../../kubernetes/workload';
import { MysqlPrimary, PRIMARY } from './primary';

/** What an environment decides for MySQL. */
export interface MysqlSettings {
  /** Release series of the server. */
  readonly version: '8.0' | '8.4';
  /** Name of the pod that takes writes; the Service `mysql` leads to it. */
  readonly primary: string;
  /** Memory of a server; half of it becomes the buffer pool. */
  readonly memory: Size;
  /** Processor time of a server, guaranteed. @default 500m */
  readonly cpu?: Cpu;
  /** Volume of a server: data, binary logs of a week and room for the largest table twice. */
  readonly storage: Size;
  /** StorageClass of the volumes. @default - the cluster's default class */
  readonly storageClass?: string;
  /** Name of the database. @default financial_tracker */
  readonly database?: string;
}

/** Settings and what the chart wires in. */
export interface MysqlProps extends MysqlSettings {
  readonly files: DockerFiles;
  /** Connections that all clients together may open, operators included. */
  readonly maxConnections: number;
}

/** How to reach the database. */
export interface MysqlEndpoint {
  /** For writes and for reads that must see them. */
  readonly host: string;
  /** For reads that may be seconds old. */
  readonly readHost: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The database: servers, the Service `mysql` for writes and `mysql-read` for reads. */
export class Mysql extends Construct {
  readonly endpoint: MysqlEndpoint;

  constructor(scope: Construct, id: string, props: MysqlProps) {
    super(scope, id);
    const database = props.database ?? 'financial_tracker';
    const labels = labelsFor({ ...PRIMARY, instance: 'mysql', role: 'database' });
    const config = new HashedConfig(this, 'mysql', {
      labels,
      files: props.files.data('mysql/my.cnf', 'mysql/bootstrap.sh', 'mysql/ready.sh'),
    });
    new MysqlPrimary(this, 'primary', {
      ...props,
      database,
      config,
      cpu: props.cpu ?? Cpu.millis(500),
      arguments: [`--max-connections=${props.maxConnections}`, `--innodb-buffer-pool-size=${mebibytesOf(bufferPoolOf(props.memory))}M`],
    });
    const ports = { mysql: PORTS.mysql };
    new InternalService(this, 'write', {
      name: 'mysql',
      labels,
      ports,
      selector: { ...componentSelector('mysql'), [POD_NAME_LABEL]: props.primary },
    });
    new InternalService(this, 'read', { name: 'mysql-read', labels, ports, selector: componentSelector('mysql') });
    this.endpoint = { host: 'mysql', readHost: 'mysql-read', port: PORTS.mysql, database, user: 'laravel' };
  }
}

/**
 * InnoDB's buffer pool: half of the memory, because per-connection buffers and the performance schema live beside it.
 * In steps that MySQL takes as they are: it rounds up to 128 MiB, and from 1 GiB on to 1 GiB (8 instances of 128 MiB).
 */
export function bufferPoolOf(memory: Size): Size {
  const half = mebibytesOf(memory) / 2;
  const step = half < 1024 ? 128 : 1024;
  return Size.mebibytes(Math.floor(half / step) * step);
}
