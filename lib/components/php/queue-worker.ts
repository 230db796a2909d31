import { Chart, Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { triggerAuthentication, type KedaTrigger } from '../../../imports/keda';
import { labelsFor } from '../../kubernetes/labels';
import { execProbe } from '../../kubernetes/probes';
import { formatSize, mebibytesOf, millisOf } from '../../kubernetes/resources';
import type { Bounds, Scale } from '../../kubernetes/scale';
import { StatelessWorkload } from '../../kubernetes/workload';
import type { RedisEndpoint } from '../redis';
import { APPLICATION_EXEMPT, identityOf, PHP_USER, type Application } from './application';
import { QUEUES_PREFIX } from './laravel-settings';

/** What an environment decides for the workers of one list of queues. */
export interface QueueWorkerSettings {
  readonly scale: Scale | QueueScale;
  /** Queues, the most urgent first. @default - the queue `default` */
  readonly queues?: readonly string[];
  /** The longest a job may run; retry and grace period follow from it. @default 90 seconds */
  readonly jobTimeout?: Duration;
  /** Memory of a worker. @default 384 MiB */
  readonly memory?: Size;
  /** Processor time of a worker. @default 100m */
  readonly cpu?: Cpu;
}

/** A replica count that KEDA decides by the jobs that wait; KEDA must be in the cluster. */
export interface QueueScale extends Bounds {
  /** Waiting jobs for each worker. More of them bring more workers. */
  readonly jobsPerWorker: number;
  readonly targetCpuPercent?: never;
  readonly targetMemoryPercent?: never;
  readonly targetBusyPercent?: never;
  readonly targetResponseTime?: never;
}

/** Settings and what they are for. */
export interface QueueWorkerProps extends QueueWorkerSettings {
  /** Name of the list of queues. */
  readonly name: string;
  readonly application: Application;
  readonly redis: RedisEndpoint;
  /** Seconds after which Redis gives a job that nobody finished to another worker. */
  readonly retryAfter: number;
}

/**
 * Seconds after which a job that nobody finished is given to another worker: one number for all queues, later than the longest
 * timeout, or a job runs twice.
 */
export function retryAfterOf(workers: Readonly<Record<string, QueueWorkerSettings>>): number {
  return Math.max(...Object.values(workers).map(timeoutOf)) + 30;
}

function timeoutOf({ jobTimeout }: QueueWorkerSettings): number {
  return (jobTimeout ?? Duration.seconds(90)).toSeconds();
}

/** Whether a worker is scaled by KEDA. */
export function isScaledByQueue({ scale }: QueueWorkerSettings): boolean {
  return scale.jobsPerWorker !== undefined;
}

/** Jobs that may wait for workers whose scale names no number of its own. */
const MANY_JOBS = 1000;

/** By the key of each list of jobs in Redis: how many may wait in it, as many as the most workers are meant for, and which workers take them. */
export function queuesOf({ workers }: { readonly workers: Readonly<Record<string, QueueWorkerSettings>> }) {
  return Object.fromEntries(
    Object.entries(workers).flatMap(([worker, { scale, queues = ['default'] }]) => {
      const jobs = scale.jobsPerWorker === undefined ? MANY_JOBS : scale.maxReplicas * scale.jobsPerWorker;
      return queues.map((queue) => [`${QUEUES_PREFIX}${queue}`, { jobs, worker }] as const);
    }),
  );
}

/** A Deployment `queue-worker-NAME`: takes jobs from Redis, finishes the one at hand when it is told to stop. */
export class QueueWorker extends Construct {
  constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    const memory = props.memory ?? Size.mebibytes(384);
    // PHP's own bound below the container's, and the worker's below that: it ends between two jobs, not in one.
    const bound = Size.mebibytes(mebibytesOf(memory) - 128);
    const timeout = timeoutOf(props);
    const cpu = props.cpu ?? Cpu.millis(100);
    const queues = props.queues ?? ['default'];
    const identity = identityOf(`queue-worker-${props.name}`, 'worker');
    const { scale } = props;
    new StatelessWorkload(this, 'queue-worker', {
      identity,
      version: props.application.version,
      user: PHP_USER,
      // While nobody can measure: as many as it may cost, for jobs that wait are worse.
      scale:
        scale.jobsPerWorker === undefined
          ? scale
          : { ...scale, triggers: this.triggers(props, scale.jobsPerWorker, queues), whenUnknown: 'most' },
      gracePeriodSeconds: props.retryAfter + 30,
      initContainers: [props.application.waitFor('migrations')],
      exempt: { ...APPLICATION_EXEMPT, R30: 'nobody connects to it' },
      containers: [
        props.application.container({
          name: 'queue-worker',
          run: [
            'php',
            '-d',
            `memory_limit=${formatSize(bound).replace('i', '')}`,
            'artisan',
            'queue:work',
            'redis',
            '--json', // its log
            `--queue=${queues.join(',')}`,
            `--timeout=${timeout}`,
            `--memory=${mebibytesOf(bound) - 32}`,
            '--tries=3',
            '--sleep=1',
            // A fresh process now and then: leaks of libraries end here.
            '--max-time=3600',
          ],
          resources: { cpu, cpuLimit: Cpu.millis(Math.max(1000, millisOf(cpu))), memory, disk: Size.mebibytes(128) },
          // A job may sleep as long as its timeout; a worker that slept longer hangs. Three times, for on a busy node a shell is slow too.
          liveness: execProbe(['worker-alive', String(timeout + 30)], { period: 30, failures: 3, timeout: 10 }),
        }),
      ],
    });
  }

  /** The lengths of the queues, each a trigger: the one that wants the most workers decides. */
  private triggers({ name, redis }: QueueWorkerProps, jobsPerWorker: number, queues: readonly string[]): KedaTrigger[] {
    const identity = identityOf(`queue-worker-${name}`, 'worker');
    const { user, credential } = redis.observer;
    const authority = redis.tls?.authority;
    triggerAuthentication(this, 'authentication', {
      metadata: { name: identity.instance, labels: labelsFor(identity) },
      spec: {
        secretTargetRef: [
          { parameter: 'password', name: credential.secret, key: credential.key },
          ...(authority ? [{ parameter: 'ca', name: authority.secret, key: authority.key }] : []),
        ],
      },
    });
    // KEDA asks from its own namespace.
    const host = redis.host.includes('.') ? redis.host : `${redis.host}.${Chart.of(this).namespace}.svc`;
    return queues.map((queue) => ({
      type: 'redis',
      metadata: {
        address: `${host}:${redis.port}`,
        ...(user === undefined ? {} : { username: user }),
        ...(redis.tls && { enableTLS: 'true' }),
        listName: `${QUEUES_PREFIX}${queue}`,
        listLength: String(jobsPerWorker),
      },
      authenticationRef: { name: identity.instance },
    }));
  }
}
