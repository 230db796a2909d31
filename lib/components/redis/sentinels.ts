import { Size, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES } from '../../kubernetes/images';
import { labelsFor, selectorFor, type Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { execProbe } from '../../kubernetes/probes';
import { claimedVolume } from '../../kubernetes/volumes';
import { StatefulWorkload } from '../../kubernetes/workload';
import type { ServerCertificate } from '../certificates';
import { MemberServices, MEMBERS, SET_VARIABLES } from './set';
import { ENCRYPTED, encryptionFiles, livenessOf } from './tls';
import { secretsOf } from './users';

/** What the head construct wires in. */
export interface RedisSentinelsProps {
  readonly files: DockerFiles;
  readonly failoverAfter: Duration;
  /** That of the servers. @default - connections are plain */
  readonly certificate?: ServerCertificate;
  /** @default - the cluster's default class */
  readonly storageClass?: string;
}

/** Three Sentinels on three nodes, each with a small volume for what it has learned: after any restart they know the primary. */
export class RedisSentinels extends Construct {
  constructor(scope: Construct, id: string, props: RedisSentinelsProps) {
    super(scope, id);
    const identity: Identity = { name: 'redis', instance: 'redis-sentinel', role: 'sentinel' };
    const config = new HashedConfig(this, 'redis-sentinel', {
      labels: labelsFor(identity),
      files: props.files.data(
        'redis/sentinel.conf',
        'redis/sentinel.acl',
        'redis/sentinel.sh',
        'redis/server.sh',
        'redis/ready.sh',
        'redis/operator.sh',
        'redis/password.sh',
        ...encryptionFiles(props.certificate),
      ),
    });
    const folder = '/etc/fintrack/redis';
    const ports = { sentinel: PORTS.sentinel };
    const milliseconds = props.failoverAfter.toMilliseconds();
    new MemberServices(this, 'services', { identity, members: MEMBERS.sentinels, ports });
    new StatefulWorkload(this, 'sentinels', {
      identity,
      user: 10004,
      replicas: MEMBERS.sentinels.length,
      apartFrom: selectorFor(identity),
      headless: 'redis-sentinel-headless',
      claim: { name: 'data', size: Size.gibibytes(1), ...(props.storageClass === undefined ? {} : { storageClass: props.storageClass }) },
      gracePeriodSeconds: 30,
      containers: [
        {
          name: 'sentinel',
          image: IMAGES.redis.reference,
          command: ['sh', `${folder}/sentinel.sh`, `${folder}/sentinel.conf`],
          env: {
            ...SET_VARIABLES,
            ...(props.certificate && ENCRYPTED),
            PORT: String(PORTS.sentinel),
            QUORUM: '2',
            DOWN_AFTER_MILLISECONDS: String(milliseconds),
            // How long a failover may take, and half of the time until a Sentinel tries again when two of them wanted to be the one.
            FAILOVER_TIMEOUT_MILLISECONDS: String(milliseconds * 2),
          },
          ports,
          // Bursts: in an election that is slowed down, two vote for themselves and none wins.
          resources: { cpu: Cpu.millis(50), cpuLimit: Cpu.millis(500), memory: Size.mebibytes(64) },
          mounts: [claimedVolume('data', '/data'), config.at(folder), secretsOf('redis-sentinel', props.certificate?.files)],
          startup: execProbe(['sh', `${folder}/ready.sh`], { period: 2, failures: 150, timeout: 5 }),
          liveness: livenessOf('sentinel', `${folder}/ready.sh`, props.certificate),
          readiness: execProbe(['sh', `${folder}/ready.sh`], { period: 5, failures: 3, timeout: 5 }),
        },
      ],
    });
  }
}
