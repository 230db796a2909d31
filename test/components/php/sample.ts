import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Php, type PhpProps, type PhpSettings, type QueueWorkerSettings } from '../../../lib/components/php';
import { CREDENTIALS } from '../../../lib/components/secrets';
import { render, sampleFiles, type Rendered } from '../../support/render';

/** The smallest settings that the application takes. */
export const minimal: PhpSettings = { scale: { replicas: 2 }, childrenPerPod: 4, workers: { default: { scale: { replicas: 1 } } } };

/** Every setting of a worker. */
export const worker: Required<QueueWorkerSettings> = {
  scale: { minReplicas: 2, maxReplicas: 5, jobsPerWorker: 20 },
  queues: ['high', 'default'],
  jobTimeout: Duration.minutes(5),
  memory: Size.gibibytes(1),
  cpu: Cpu.millis(500),
};

/** Every setting; a new one does not compile until it stands here. */
export const every: Required<PhpSettings> = {
  scale: { minReplicas: 3, maxReplicas: 10, targetBusyPercent: 60, targetResponseTime: Duration.millis(500), targetCpuPercent: 70 },
  childrenPerPod: 12,
  memoryPerChild: Size.mebibytes(96),
  cpu: Cpu.units(1),
  workers: { default: worker },
  kedaNamespace: 'autoscaling',
  tracing: { namespace: 'tracing', service: 'collector' },
  settings: { LOG_LEVEL: 'warning', MAIL_HOST: 'smtp.example.com' },
  secrets: ['MAIL_PASSWORD'],
  egress: [
    { cidrs: ['203.0.113.25/32'], ports: [587] },
    { cidrs: ['0.0.0.0/0'], ports: [443] },
  ],
};

const wiring: Omit<PhpProps, keyof PhpSettings | 'files'> = {
  image: 'fintrack-php:1',
  version: '1',
  environment: 'test',
  url: 'https://fintrack.test',
  database: { host: 'mysql', readHost: 'mysql-read', port: 3306, database: 'financial_tracker', user: 'laravel' },
  redis: { host: 'redis', port: 6379, observer: { user: 'exporter', credential: CREDENTIALS.redisExporter } },
  cache: { host: 'redis-cache', port: 6379, observer: { user: 'exporter', credential: CREDENTIALS.redisExporter } },
};

/** The smallest settings, wired. */
export const props: PhpProps = { ...minimal, ...wiring, files: sampleFiles() };

/** The application with these settings, wired to endpoints as a chart does it. */
export function php(settings: PhpSettings, changes: Partial<Omit<PhpProps, keyof PhpSettings>> = {}): Rendered {
  return render((chart) => new Php(chart, 'php', { ...settings, ...wiring, files: changes.files ?? sampleFiles(), ...changes }));
}
