import { Size, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { PORTS } from '../../kubernetes/ports';
import { mebibytesOf } from '../../kubernetes/resources';
import { claimedVolume } from '../../kubernetes/volumes';
import type { Certificates } from '../certificates';
import type { Credential } from '../secrets';
import type { RedisEndpoint } from './endpoint';
import { externalEndpoint, type ExternalRedisSettings } from './external';
import { RedisProxy } from './proxy';
import { RedisSentinels } from './sentinels';
import { failoverAfterOf, MEMBERS } from './set';
import { RedisServers } from './servers';
import type { RedisTls } from './tls';
import { APPLICATION_USER, OBSERVER, PASSWORDS } from './users';

/** What an environment decides for the Redis that keeps queues, sessions and locks: who runs it, and what that takes. */
export type RedisSettings = RedisServerSettings | ExternalRedisSettings;

/** Servers of FinTrack's own. */
export interface RedisServerSettings {
  /**
   * `single`: one server; while it is away, requests and jobs fail. With its volume goes everything.
   * `sentinel`: three servers on three nodes, one of them primary; three Sentinels promote a replica when it is gone, and two
   * proxies lead clients to it. Writes need a replica, so with two servers away they fail too.
   */
  readonly availability: 'single' | 'sentinel';
  /** Memory of a server; four tenths of it may hold data, the rest is room for the copy that writing to disk makes. */
  readonly memory: Size;
  /** Processor time of a server. @default 100m */
  readonly cpu?: Cpu;
  /** Volume of a server's append-only file; three times the data at least, as a rewrite keeps old and new. */
  readonly storage: Size;
  /** StorageClass of the volumes. @default - the cluster's default class */
  readonly storageClass?: string;
  /** How long the primary may be silent before another is promoted, where there are Sentinels. @default 4 seconds */
  readonly failoverAfter?: Duration;
  /** How connections of the application, and those of servers, Sentinels and proxies among themselves, are kept from others. */
  readonly tls: RedisTls;
}

/** Settings and what the chart wires in. */
export type RedisProps = RedisSettings & {
  readonly files: DockerFiles;
  readonly certificates: Certificates;
  /** Whether each server of FinTrack's own has an exporter beside it. @default false */
  readonly monitored?: boolean;
  /** Keys of the lists that jobs wait in. @default - their lengths are not told */
  readonly queues?: readonly string[];
};

/** The Redis that must lose nothing: full means an error, and every second goes to disk. */
export class Redis extends Construct {
  readonly endpoint: RedisEndpoint;

  constructor(scope: Construct, id: string, props: RedisProps) {
    super(scope, id);
    if (props.availability === 'external') {
      this.endpoint = externalEndpoint(props);
      return;
    }
    const { availability, files, storage, storageClass } = props;
    const services = availability === 'sentinel' ? ['redis', ...MEMBERS.servers, ...MEMBERS.sentinels] : ['redis'];
    const certificate = props.tls === 'verified' ? props.certificates.forServers('redis', services) : undefined;
    const shared = { files, ...(certificate && { certificate }) };
    this.endpoint = {
      host: 'redis',
      port: PORTS.redis,
      user: APPLICATION_USER,
      observer: OBSERVER,
      ...(certificate && { tls: certificate.client }),
    };
    const servers = {
      instance: 'redis',
      role: 'queue',
      data: claimedVolume('data', '/data'),
      claim: { name: 'data', size: storage, ...(storageClass === undefined ? {} : { storageClass }) },
      maxmemory: maxmemoryOf(props.memory),
      ...(props.queues && { counted: countedKeysOf(props.queues) }),
      ...props,
      ...shared,
    } as const;
    if (availability === 'single') {
      new RedisServers(this, 'redis', servers);
      return;
    }
    const failoverAfter = failoverAfterOf(props);
    new RedisServers(this, 'redis', {
      ...servers,
      members: MEMBERS.servers,
      // A replica reports each second. Before another is promoted, a primary that is cut off has stopped taking writes.
      options: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', String(Math.max(1, failoverAfter.toSeconds() - 1))],
    });
    new RedisSentinels(this, 'redis-sentinel', {
      ...shared,
      failoverAfter,
      ...(storageClass === undefined ? {} : { storageClass }),
    });
    new RedisProxy(this, 'redis-proxy', shared);
  }
}

/** Keys whose lengths are told: lists that jobs wait in, and Laravel's sorted sets of those that a worker has at hand. */
export function countedKeysOf(queues: readonly string[]): string[] {
  return queues.flatMap((queue) => [queue, `${queue}:reserved`]);
}

/** What may hold data: writing to disk forks the process, and every page changed meanwhile exists twice. */
export function maxmemoryOf(memory: Size): Size {
  return Size.mebibytes(Math.floor(mebibytesOf(memory) * 0.4));
}

/** What must be in Secret `fintrack-redis`: servers that are not ours know one password, and `redis-cache` is always ours. */
export function credentialsOf({ availability }: Pick<RedisSettings, 'availability'>): readonly Credential[] {
  return availability === 'external' ? PASSWORDS['redis-cache'] : PASSWORDS.redis;
}
