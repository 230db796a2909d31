import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { exporter, EXPORTER_EXEMPT, EXPORTER_USER } from '../../kubernetes/exporter';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES, versionOf } from '../../kubernetes/images';
import { labelsFor, selectorFor, type Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import type { PodProps } from '../../kubernetes/pod';
import { execProbe } from '../../kubernetes/probes';
import { mebibytesOf } from '../../kubernetes/resources';
import { emptyFolder, secretFiles, type Mount } from '../../kubernetes/volumes';
import { dataPriorityOf } from '../../kubernetes/priority';
import { InternalService, StatefulWorkload, StatelessWorkload, type StatefulWorkloadProps } from '../../kubernetes/workload';
import type { ServerCertificate } from '../certificates';
import { CREDENTIALS, fileOf } from '../secrets';
import { MemberServices, SET_VARIABLES } from './set';
import { ENCRYPTED, encryptionFiles, livenessOf } from './tls';
import { secretsOf } from './users';

/** Seconds for the last write to disk: shutdown-timeout of redis.conf and a margin. */
const GRACE_SECONDS = 60;

/** What tells the Redis apart. */
export interface RedisServersProps {
  /** What each server claims. @default - nothing is kept: a server may be replaced by any other, also while nobody knows whether it is gone */
  readonly claim?: StatefulWorkloadProps['claim'];
  readonly instance: 'redis' | 'redis-cache';
  readonly role: string;
  readonly data: Mount;
  readonly maxmemory: Size;
  readonly memory: Size;
  /** @default 100m */
  readonly cpu?: Cpu;
  readonly files: DockerFiles;
  /** Whether each server has an exporter beside it. @default false */
  readonly monitored?: boolean;
  /** Keys whose lengths the exporter tells. @default - none */
  readonly counted?: readonly string[];
  /** Pods of a set that Sentinels watch. @default - one server, behind a Service of the same name */
  readonly members?: readonly string[];
  /** Arguments of redis-server beside `maxmemory`. @default - none */
  readonly options?: readonly string[];
  /** What it shows to whoever connects. @default - connections are plain */
  readonly certificate?: ServerCertificate;
}

/** Redis servers, and how they are reached. */
export class RedisServers extends Construct {
  constructor(scope: Construct, id: string, props: RedisServersProps) {
    super(scope, id);
    const identity: Identity = { name: 'redis', instance: props.instance, role: props.role };
    const { members, certificate, claim } = props;
    const config = new HashedConfig(this, props.instance, {
      labels: labelsFor(identity),
      files: props.files.data(
        `redis/${props.instance}.conf`,
        `redis/${props.instance}.acl`,
        'redis/start.sh',
        'redis/ready.sh',
        'redis/operator.sh',
        'redis/password.sh',
        'redis/server.sh',
        ...(members ? (['redis/join.sh'] as const) : []),
        ...encryptionFiles(certificate),
        ...(props.monitored ? (['redis/exporter.sh'] as const) : []),
      ),
    });
    const folder = '/etc/fintrack/redis';
    const file = `${folder}/${props.instance}.conf`;
    const cpu = props.cpu ?? Cpu.millis(100);
    const ports = { redis: PORTS.redis };
    const passwords = emptyFolder('exporter', '/run/exporter', Size.mebibytes(1), 'memory');
    if (members) {
      new MemberServices(this, 'services', { identity, members, ports });
    } else {
      new InternalService(this, 'service', { name: props.instance, labels: labelsFor(identity), selector: selectorFor(identity), ports });
    }
    const pod: PodProps = {
      identity,
      user: 10004,
      ...(members && { apartFrom: selectorFor(identity) }),
      gracePeriodSeconds: GRACE_SECONDS,
      exempt: {
        ...(props.monitored && EXPORTER_EXEMPT),
        ...(!claim && { R34: 'two pods would be two caches; in the place of one that is lost another begins, empty' }),
        ...(!claim &&
          props.monitored && { R33: 'container exporter: its image has nothing that could wait, and nobody misses its last metrics' }),
      },
      ...(props.monitored && {
        initContainers: [
          {
            name: 'exporter-password',
            image: IMAGES.redis.reference,
            user: EXPORTER_USER,
            command: ['sh', '/etc/fintrack/exporter/exporter.sh'],
            resources: { cpu, cpuLimit: cpu, memory: Size.mebibytes(32), disk: Size.mebibytes(32) },
            mounts: [
              config.at('/etc/fintrack/exporter', ['exporter.sh']),
              secretFiles('/run/secrets/exporter', [fileOf(CREDENTIALS.redisExporter)], 'exporter-secrets'),
              passwords,
            ],
          },
        ],
      }),
      containers: [
        {
          name: 'redis',
          image: IMAGES.redis.reference,
          // Not through the image's entrypoint, which adds every bundled module to a command that starts with redis-server.
          command: [
            'sh',
            `${folder}/${members ? 'join' : 'start'}.sh`,
            file,
            '--maxmemory',
            `${mebibytesOf(props.maxmemory)}mb`,
            ...(props.options ?? []),
          ],
          ...((members ?? certificate) && { env: { ...(members && SET_VARIABLES), ...(certificate && ENCRYPTED) } }),
          ports,
          resources: { cpu, cpuLimit: cpu, memory: props.memory },
          // Longer than the next pod takes: kube-proxy leads to one that ends as long as it serves and no other is ready (KEP-1669).
          ...(!claim && { preStopSeconds: 15 }),
          mounts: [props.data, config.at(folder), secretsOf(props.instance, certificate?.files)],
          startup: execProbe(['sh', `${folder}/ready.sh`, 'loading'], { period: 5, failures: 60, timeout: 5 }),
          // The port only: a long script would otherwise get a healthy server killed.
          liveness: livenessOf('redis', `${folder}/ready.sh`, certificate),
          readiness: execProbe(['sh', `${folder}/ready.sh`], { period: 5, failures: 3, timeout: 5 }),
        },
        ...(props.monitored
          ? [
              exporter({
                image: IMAGES['redis-exporter'].reference,
                command: [
                  '/redis_exporter',
                  `--redis.addr=${certificate ? 'rediss' : 'redis'}://127.0.0.1:${PORTS.redis}`,
                  // Not verified: nobody else answers at this address.
                  ...(certificate ? ['--skip-tls-verification'] : []),
                  '--redis.user=exporter',
                  '--redis.password-file=/run/exporter/passwords.json',
                  // No CONFIG, which shows the passwords of replication.
                  '--config-command=-',
                  '--redis-only-metrics',
                  '--log-level=warn',
                  ...(props.counted ? [`--check-single-keys=${props.counted.map((key) => `db0=${key}`).join(',')}`] : []),
                ],
                port: PORTS.redisMetrics,
                mounts: [passwords],
              }),
            ]
          : []),
      ],
    };
    if (claim) {
      const headless = `${props.instance}-headless`;
      new StatefulWorkload(this, 'server', { ...pod, claim, headless, replicas: members?.length ?? 1 });
    } else {
      // The pod of a StatefulSet stays on a node that is lost until somebody says that it is off. Every page asks this one (`artisan down`).
      new StatelessWorkload(this, 'server', {
        ...pod,
        version: versionOf('redis'),
        scale: { replicas: 1 },
        priorityClass: dataPriorityOf(this),
      });
    }
  }
}
