import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { labelsFor, POD_NAME_LABEL, selectorFor, type Identity } from '../../kubernetes/labels';
import { InternalService } from '../../kubernetes/workload';
import type { RedisServerSettings } from './redis';

/** Pods of a set that Sentinels watch: three of each, so that two agree when one is gone. haproxy.cfg names the servers too. */
export const MEMBERS = {
  servers: ['redis-0', 'redis-1', 'redis-2'],
  sentinels: ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2'],
} as const;

/** By which names servers of FinTrack's own are reached, each by itself. */
export const serversOf = ({ availability }: Pick<RedisServerSettings, 'availability'>): readonly string[] =>
  availability === 'sentinel' ? MEMBERS.servers : ['redis'];

/** What the scripts in docker/redis read of the set. */
export const SET_VARIABLES = { SERVERS: MEMBERS.servers.join(' '), SENTINELS: MEMBERS.sentinels.join(' ') };

/** How long a primary may be silent. Shorter would take a slow disk for a death. */
export function failoverAfterOf({ failoverAfter }: Pick<RedisServerSettings, 'failoverAfter'>): Duration {
  return failoverAfter ?? Duration.seconds(4);
}

/**
 * A Service for each pod, called like it. Its address stays when the pod is made anew; the pod's own name below a headless Service
 * is unknown while it is away, and leads to a dead address for as long as the cluster's DNS remembers it.
 */
export class MemberServices extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { identity, members, ports }: { identity: Identity; members: readonly string[]; ports: Readonly<Record<string, number>> },
  ) {
    super(scope, id);
    for (const pod of members) {
      const selector = { ...selectorFor(identity), [POD_NAME_LABEL]: pod };
      new InternalService(this, pod, { name: pod, labels: labelsFor(identity), selector, ports, publishNotReadyAddresses: true });
    }
  }
}
