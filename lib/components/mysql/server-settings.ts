import type { Size } from 'cdk8s';
import type { Cpu } from '../../../imports/k8s';

/** What an environment decides for servers in the cluster, whoever runs them. */
export interface ServerSettings {
  /** Release series of the server. */
  readonly version: '8.0' | '8.4';
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
  /** Seconds that a replica may be behind and still serve reads. @default 30 */
  readonly maxLagSeconds?: number;
}
