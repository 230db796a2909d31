import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { PORTS } from '../../kubernetes/ports';
import { mebibytesOf } from '../../kubernetes/resources';
import { emptyFolder } from '../../kubernetes/volumes';
import type { Certificates } from '../certificates';
import type { RedisEndpoint } from './endpoint';
import { RedisServers } from './servers';
import type { RedisTls } from './tls';
import { APPLICATION_USER, OBSERVER } from './users';

/** What an environment decides for the Redis whose content may vanish. */
export interface RedisCacheSettings {
  /** Memory of the server; three quarters of it hold data. */
  readonly memory: Size;
  /** Processor time of the server. @default 100m */
  readonly cpu?: Cpu;
  /** How connections of the application are kept from others. */
  readonly tls: RedisTls;
}

/** Settings and what the chart wires in. */
export interface RedisCacheProps extends RedisCacheSettings {
  readonly files: DockerFiles;
  readonly certificates: Certificates;
  /** Whether the server has an exporter beside it. @default false */
  readonly monitored?: boolean;
}

/** The Redis that evicts: the application's cache and nothing else, because eviction is per server and not per database. */
export class RedisCache extends Construct {
  readonly endpoint: RedisEndpoint;

  constructor(scope: Construct, id: string, props: RedisCacheProps) {
    super(scope, id);
    const certificate = props.tls === 'verified' ? props.certificates.forServers('redis-cache', ['redis-cache']) : undefined;
    this.endpoint = {
      host: 'redis-cache',
      port: PORTS.redis,
      user: APPLICATION_USER,
      observer: OBSERVER,
      ...(certificate && { tls: certificate.client }),
    };
    new RedisServers(this, 'redis-cache', {
      instance: 'redis-cache',
      role: 'cache',
      data: emptyFolder('data', '/data', Size.mebibytes(16)),
      maxmemory: Size.mebibytes(Math.floor(mebibytesOf(props.memory) * 0.75)),
      ...props,
      ...(certificate && { certificate }),
    });
  }
}
