import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { amountIn, mebibytesIn, secondsOf } from '../../docker/settings';
import { mebibytesOf } from '../../kubernetes/resources';
import { maximumOf, type Scale } from '../../kubernetes/scale';
import { ROLLOUT_SURGE } from '../../kubernetes/workload';
import type { MysqlEndpoint } from '../mysql';
import type { RedisEndpoint } from '../redis';
import { Application } from './application';
import { Fpm } from './fpm';
import { FpmExporter } from './fpm-exporter';
import { Migration } from './migration';
import type { OwnSettings } from './own';
import { QueueWorker, retryAfterOf, type QueueWorkerSettings } from './queue-worker';
import type { RequestScale } from './request-scale';
import { Scheduler } from './scheduler';
import type { TracingSettings } from './tracing';

/** What an environment decides for the application's PHP containers. */
export interface PhpSettings extends OwnSettings {
  /** Web pods. */
  readonly scale: Scale | RequestScale;
  /** PHP-FPM children of a web pod: requests it works on at once. Memory and MySQL's connections follow from it. */
  readonly childrenPerPod: number;
  /** Private memory of one child, 95th percentile; measure it with the real application. @default 64 MiB */
  readonly memoryPerChild?: Size;
  /** Processor time of a web pod, what the autoscaler measures against. @default 500m */
  readonly cpu?: Cpu;
  /** Workers by a name of their own: each has its list of queues, and is a Deployment `queue-worker-NAME`. */
  readonly workers: Readonly<Record<string, QueueWorkerSettings>>;
  /** Namespace of KEDA's operator, where a worker is scaled by it. @default keda */
  readonly kedaNamespace?: string;
  /** Where traces of requests, jobs and tasks go. @default - nowhere */
  readonly tracing?: TracingSettings;
}

/** Settings and what the chart wires in. */
export interface PhpProps extends PhpSettings {
  readonly files: DockerFiles;
  /** Image with the application's code and the entrypoint of docker/php. */
  readonly image: string;
  /** The application's version, for labels. */
  readonly version: string;
  /** Environment name, Laravel's APP_ENV. */
  readonly environment: string;
  /** Address that users see. */
  readonly url: string;
  /** Address of a CDN for assets. @default - `url` */
  readonly assetUrl?: string;
  readonly database: MysqlEndpoint;
  readonly redis: RedisEndpoint;
  readonly cache: RedisEndpoint;
  /** Image with nginx, which shows the metrics of web pods, and address of the Prometheus that keeps them. @default - they show none */
  readonly metrics?: { readonly exporterImage: string; readonly prometheus: string };
}

/** How nginx reaches PHP-FPM. */
export interface FastCgiEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The application: one image and one entrypoint as web pods, queue worker, scheduler and migration. */
export class Php extends Construct {
  readonly endpoint: FastCgiEndpoint;

  constructor(scope: Construct, id: string, props: PhpProps) {
    super(scope, id);
    const application = new Application(this, 'application', props);
    new Migration(this, 'migration', { application });
    const drain = amountIn(props.files, 'php/www.conf', 'process_control_timeout', secondsOf);
    const fpm = new Fpm(this, 'fpm', {
      application,
      scale: props.scale,
      children: props.childrenPerPod,
      memory: memoryOf(props, props.files),
      upload: Size.mebibytes(amountIn(props.files, 'php/php.ini', 'post_max_size', mebibytesIn)),
      cpu: props.cpu ?? Cpu.millis(500),
      drain,
      ...(props.metrics && {
        metrics: {
          exporter: new FpmExporter(this, 'exporter', props.files, props.metrics.exporterImage).container,
          prometheus: props.metrics.prometheus,
        },
      }),
    });
    const retryAfter = retryAfterOf(props.workers);
    for (const [name, worker] of Object.entries(props.workers)) {
      new QueueWorker(this, `queue-worker-${name}`, { ...worker, name, application, redis: props.redis, retryAfter });
    }
    new Scheduler(this, 'scheduler', { application, drain });
    this.endpoint = fpm.endpoint;
  }
}

/**
 * Memory of a web pod: its children, the opcache of php.ini, the master and the configuration cache in memory,
 * and a tenth above, in steps of 64 MiB.
 */
export function memoryOf(php: PhpSettings, files: DockerFiles): Size {
  const children = php.childrenPerPod * mebibytesOf(php.memoryPerChild ?? Size.mebibytes(64));
  const fixed = amountIn(files, 'php/php.ini', 'opcache.memory_consumption', Number) + 64 + CONFIGURATION_CACHE;
  return Size.mebibytes(Math.ceil(((children + fixed) * 1.1) / 64) * 64);
}

/** MiB for the volume in memory that holds Laravel's configuration, route and view caches. */
const CONFIGURATION_CACHE = 64;

/** Pods that hold connections to MySQL, at their most. */
export interface ConnectionHolders {
  /** Pods, those that a rollout adds among them. */
  readonly pods: number;
  /** Connections of each, both hosts together. */
  readonly each: number;
}

/** Who may hold connections to MySQL, part by part of the application. */
export function connectionHoldersOf(php: PhpSettings): Readonly<Record<'web' | 'worker' | 'scheduler' | 'migration', ConnectionHolders>> {
  const workers = Object.values(php.workers);
  return {
    // Laravel opens one connection to the write host and one to the read host, and both may be the primary.
    web: { pods: maximumOf(php.scale) + ROLLOUT_SURGE, each: php.childrenPerPod * 2 },
    // Twice: a worker that ends finishes its job, while the one in its place works already.
    worker: { pods: workers.reduce((sum, { scale }) => sum + 2 * maximumOf(scale), 0), each: 2 },
    // A few tasks of one minute at once.
    scheduler: { pods: 1, each: 5 * 2 },
    // The migration itself and the pods that wait for it.
    migration: { pods: 1, each: 10 },
  };
}

/** Connections to MySQL that each part of the application may hold at once. */
export function connectionsOf(php: PhpSettings): Readonly<Record<keyof ReturnType<typeof connectionHoldersOf>, number>> {
  const { web, worker, scheduler, migration } = connectionHoldersOf(php);
  const product = ({ pods, each }: ConnectionHolders) => pods * each;
  return { web: product(web), worker: product(worker), scheduler: product(scheduler), migration: product(migration) };
}

/** All connections of `connectionsOf` together. */
export function totalConnectionsOf(php: PhpSettings): number {
  return Object.values(connectionsOf(php)).reduce((sum, connections) => sum + connections, 0);
}
