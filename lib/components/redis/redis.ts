import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { PORTS } from '../../kubernetes/ports';
import { mebibytesOf } from '../../kubernetes/resources';
import { claimedVolume } from '../../kubernetes/volumes';
import { RedisServer } from './server';

/** What an environment decides for the Redis that keeps queues, sessions and locks. */
export interface RedisSettings {
  /** Memory of the server; four tenths of it may hold data, the rest is room for the copy that writing to disk makes. */
  readonly memory: Size;
  /** Processor time of the server. @default 100m */
  readonly cpu?: Cpu;
  /** Volume of the append-only file; three times the data at least, as a rewrite keeps old and new. */
  readonly storage: Size;
  /** StorageClass of the volume. @default - the cluster's default class */
  readonly storageClass?: string;
}

/** Settings and what the chart wires in. */
export interface RedisProps extends RedisSettings {
  readonly files: DockerFiles;
}

/** How to reach a Redis. */
export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The Redis that must lose nothing: full means an error, and every second goes to disk. */
export class Redis extends Construct {
  readonly endpoint: RedisEndpoint = { host: 'redis', port: PORTS.redis };

  constructor(scope: Construct, id: string, props: RedisProps) {
    super(scope, id);
    new RedisServer(this, 'redis', {
      instance: 'redis',
      role: 'queue',
      config: 'redis/redis.conf',
      data: claimedVolume('data', '/data'),
      claim: { name: 'data', size: props.storage, ...(props.storageClass === undefined ? {} : { storageClass: props.storageClass }) },
      maxmemory: maxmemoryOf(props.memory),
      ...props,
    });
  }
}

/** What may hold data: writing to disk forks the process, and every page changed meanwhile exists twice. */
export function maxmemoryOf(memory: Size): Size {
  return Size.mebibytes(Math.floor(mebibytesOf(memory) * 0.4));
}
