import { Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { formatSize, mebibytesOf, millisOf } from '../../kubernetes/resources';
import type { Scale } from '../../kubernetes/scale';
import { StatelessWorkload } from '../../kubernetes/workload';
import { identityOf, PHP_USER, type Application } from './application';

/** What an environment decides for the queue worker. */
export interface QueueWorkerSettings {
  readonly scale: Scale;
  /** Queues, the most urgent first. @default - the queue `default` */
  readonly queues?: readonly string[];
  /** The longest a job may run; retry and grace period follow from it. @default 90 seconds */
  readonly jobTimeout?: Duration;
  /** Memory of a worker. @default 384 MiB */
  readonly memory?: Size;
  /** Processor time of a worker. @default 100m */
  readonly cpu?: Cpu;
}

/** Settings and the application. */
export interface QueueWorkerProps extends QueueWorkerSettings {
  readonly application: Application;
}

/** Seconds after which a job that nobody finished is given to another worker: later than its timeout, or it runs twice. */
export function retryAfterOf(worker: QueueWorkerSettings): number {
  return timeoutOf(worker) + 30;
}

function timeoutOf(worker: QueueWorkerSettings): number {
  return (worker.jobTimeout ?? Duration.seconds(90)).toSeconds();
}

/** The Deployment `queue-worker`: takes jobs from Redis, finishes the one at hand when it is told to stop. */
export class QueueWorker extends Construct {
  constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    const memory = props.memory ?? Size.mebibytes(384);
    // PHP's own bound below the container's, and the worker's below that: it ends between two jobs, not in one.
    const bound = Size.mebibytes(mebibytesOf(memory) - 128);
    const timeout = timeoutOf(props);
    const cpu = props.cpu ?? Cpu.millis(100);
    new StatelessWorkload(this, 'queue-worker', {
      identity: identityOf('queue-worker', 'worker'),
      version: props.application.version,
      user: PHP_USER,
      scale: props.scale,
      gracePeriodSeconds: timeout + 60,
      initContainers: [props.application.waitFor('migrations')],
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
            `--queue=${(props.queues ?? ['default']).join(',')}`,
            `--timeout=${timeout}`,
            `--memory=${mebibytesOf(bound) - 32}`,
            '--tries=3',
            '--sleep=1',
            // A fresh process now and then: leaks of libraries end here.
            '--max-time=3600',
          ],
          resources: { cpu, cpuLimit: Cpu.millis(Math.max(1000, millisOf(cpu))), memory, disk: Size.mebibytes(128) },
        }),
      ],
    });
  }
}
