import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import type { OfficialSettings } from '../../../lib/components/mysql';
import type { QueueWorkerSettings } from '../../../lib/components/php';
import type { Environment } from '../../../lib/environments';
import { local } from '../../../lib/environments/local';
import { production } from '../../../lib/environments/production';
import { staging } from '../../../lib/environments/staging';
import { environment } from './refusal';

const php = (settings: Partial<Environment['php']>): Environment => ({ ...local, php: { ...local.php, ...settings } });
const watched = (settings: Partial<Environment['php']>): Environment => ({ ...php(settings), monitoring: {} });
const release = (settings: Partial<Environment['release']>): Environment => ({ ...local, release: { ...local.release, ...settings } });
const worker = (settings: Partial<QueueWorkerSettings>): Environment =>
  php({ workers: { default: { ...local.php.workers.default, ...settings } } });
const mysql = (settings: Partial<OfficialSettings>): Environment => ({ ...local, mysql: { ...local.mysql, ...settings } });
const argocd = (settings: Partial<NonNullable<Environment['argocd']>>): Environment => ({
  ...production,
  argocd: { ...production.argocd, ...settings },
});

export const names = [
  environment('a name that is no folder', { ...local, name: 'My Laptop' }),
  environment('a name that is a folder of something else', { ...local, name: 'argocd' }),
  environment('one name for several environments', staging, [staging, { ...staging, namespace: 'fintrack-qa' }]),
  environment('a namespace that Kubernetes would refuse', { ...local, namespace: 'fintrack_local' }),
  environment('a namespace of Kubernetes itself', { ...local, namespace: 'kube-system' }),
  environment('one namespace for several environments', production, [production, { ...production, name: 'qa' }]),
  environment('an address with a path', { ...local, url: 'https://example.com/fintrack' }),
  environment('an address with a question', { ...local, url: 'https://fintrack.example?x' }),
  environment('an address without its host', { ...local, url: 'https://:8443' }),
  environment('an address that no name server knows', { ...local, url: 'https://fin_track.example' }),
  environment('an address with a port that cannot be', { ...local, url: 'https://fintrack.example:99999' }),
  environment('an address that would end its line in a file', { ...local, url: "https://o'brien.example" }),
  environment('an address for assets with a slash at its end', { ...local, assetUrl: 'https://cdn.example/' }),
  environment('a version that is no label', release({ version: '1.0.0+7' })),
  environment('an image without tag', release({ php: 'registry.example.com:5000/fintrack-php' })),
  environment('an image that is another one every day', release({ nginx: 'fintrack-nginx:latest' })),
  environment('a repository without scheme', argocd({ repository: 'git.example.com/a' })),
  environment('a repository with a password', argocd({ repository: 'https://me:password@git.example.com/a' })),
  environment('no revision', argocd({ revision: '' })),
  environment('a revision that is an option of git', argocd({ revision: '--upload-pack=x' })),
];

export const pods = [
  environment('an issuer that signs nothing', { ...local, certificates: { issuer: { kind: 'ClusterIssuer', name: 'company' } } }),
  environment('an issuer that cannot be', {
    ...mysql({ tls: 'verified' }),
    certificates: { issuer: { kind: 'Issuer', name: 'Company CA' } },
  }),
  environment('no pod', php({ scale: { replicas: 0 } })),
  environment('half a pod', worker({ scale: { replicas: 1.5 } })),
  environment('a range upside down', php({ scale: { minReplicas: 3, maxReplicas: 2, targetCpuPercent: 70 } })),
  environment('a range from nothing', php({ scale: { minReplicas: 0, maxReplicas: 2, targetCpuPercent: 70 } })),
  environment('an aim that no pod can reach', {
    ...local,
    nginx: { scale: { minReplicas: 1, maxReplicas: 2, targetCpuPercent: 120 } },
  }),
  environment(
    'memory as the measure of PHP-FPM',
    php({ scale: { minReplicas: 2, maxReplicas: 4, targetCpuPercent: 70, targetMemoryPercent: 80 } }),
  ),
  environment('children that nobody watches', php({ scale: { minReplicas: 2, maxReplicas: 4, targetBusyPercent: 60 } })),
  environment('children that are all busy as an aim', watched({ scale: { minReplicas: 2, maxReplicas: 4, targetBusyPercent: 100 } })),
  environment(
    'answers that take no time',
    watched({ scale: { minReplicas: 2, maxReplicas: 4, targetBusyPercent: 60, targetResponseTime: Duration.seconds(0) } }),
  ),
  environment('a Prometheus without scheme', { ...local, monitoring: { prometheusUrl: 'prometheus:9090' } }),
  environment('a Prometheus at a port that cannot be', { ...local, monitoring: { prometheusUrl: 'http://prometheus:99999' } }),
  environment('a namespace of Prometheus that is none', { ...local, monitoring: { namespace: 'Monitoring' } }),
  environment('a goal that nothing may miss', { ...local, monitoring: { goals: { answeredPercent: 100 } } }),
  environment('a goal at which no alert can come', { ...local, monitoring: { goals: { fastPercent: 90 } } }),
  environment('a pod without children', php({ childrenPerPod: 0 })),
  environment('children that are no number', php({ childrenPerPod: Number.NaN })),
  environment('no workers', php({ workers: {} })),
  environment('a worker that names no object', php({ workers: { Mail: { scale: { replicas: 1 } } } })),
  environment('no queue', worker({ queues: [] })),
  environment('a queue that is two', worker({ queues: ['high,default'] })),
  environment('a worker whose memory is all bounds', worker({ memory: Size.mebibytes(128) })),
  environment('a child without room for a request', php({ memoryPerChild: Size.mebibytes(0) })),
  environment('processor time that is none', { ...local, nginx: { ...local.nginx, cpu: Cpu.millis(0) } }),
  environment('no processor time at all', {
    ...local,
    php: { ...local.php, cpu: Cpu.units(0), workers: { default: { ...local.php.workers.default, cpu: Cpu.millis(0) } } },
    mysql: { ...local.mysql, cpu: Cpu.millis(0) },
    redis: { ...local.redis, cpu: Cpu.millis(0) },
    redisCache: { ...local.redisCache, cpu: Cpu.millis(0) },
  }),
  environment('an nginx without room for itself', { ...local, nginx: { ...local.nginx, memory: Size.mebibytes(1) } }),
  environment('a job that may run for no time', worker({ jobTimeout: Duration.seconds(0) })),
  environment('a worker for no job', worker({ scale: { minReplicas: 1, maxReplicas: 2, jobsPerWorker: 0 } })),
  environment('a namespace of KEDA that is none', php({ kedaNamespace: 'Keda' })),
  environment('a setting that the environment decides', php({ settings: { DB_HOST: 'mysql.example.com' } })),
  environment('a setting that is a secret by its name', php({ settings: { MAIL_PASSWORD: 'hunter2' } })),
  environment('a setting by a name that Laravel does not read', php({ settings: { 'mail.host': 'smtp.example.com' } })),
  environment('a setting that would end its line in a file', php({ settings: { MAIL_FROM_NAME: "Finn's Tracker" } })),
  environment('a setting that is a secret too', php({ settings: { MAIL_USERNAME: 'fintrack' }, secrets: ['MAIL_USERNAME'] })),
  environment('a secret that the environment has already', php({ secrets: ['DB_PASSWORD'] })),
  environment('a secret twice', php({ secrets: ['MAIL_PASSWORD', 'MAIL_PASSWORD'] })),
  environment('a way out to nowhere', php({ egress: [{ cidrs: [], ports: [443] }] })),
  environment('a way out to a host by its name', php({ egress: [{ cidrs: ['smtp.example.com'], ports: [587] }] })),
  environment('a way out through no port', php({ egress: [{ cidrs: ['203.0.113.25/32'], ports: [] }] })),
  environment('a way out through a port that cannot be', php({ egress: [{ cidrs: ['203.0.113.25/32'], ports: [70_000] }] })),
  environment('a collector of traces by its address', php({ tracing: { namespace: 'monitoring', service: 'http://collector:4318' } })),
];

const narrow: Environment = { ...production, mysql: { ...production.mysql, memory: Size.mebibytes(2560) } };

export const servers = [
  environment('a primary that is no pod', mysql({ primary: 'mysql-1' })),
  environment('a primary beyond the last replica', {
    ...production,
    mysql: { ...production.mysql, primary: 'mysql-replica-2' },
  }),
  environment('a primary that goes with the replicas', mysql({ primary: 'mysql-replica-0', replicas: 0 })),
  environment('less than no replica', mysql({ replicas: -1 })),
  environment('half a replica', mysql({ replicas: 1.5 })),
  environment('endless replicas', mysql({ replicas: Number.POSITIVE_INFINITY })),
  environment('a tenth replica', mysql({ replicas: 10 })),
  environment('a lag that none can keep', mysql({ maxLagSeconds: -1 })),
  environment('a commit that waits for a replica where there is none', mysql({ replicas: 0, semiSync: 'durability' })),
  environment('a database that needs quotes', mysql({ database: "o'brien" })),
  environment('more connections than memory', narrow),
  environment('more connections than memory, where the range cannot be narrower', {
    ...narrow,
    php: { ...production.php, scale: { minReplicas: 8, maxReplicas: 10, targetCpuPercent: 70 } },
  }),
  environment('fifty children in each of eight pods', {
    ...php({ scale: { replicas: 8 }, childrenPerPod: 50 }),
    mysql: { ...local.mysql, memory: Size.gibibytes(1) },
  }),
  environment('a volume that the redo log alone would fill', { ...production, mysql: { ...production.mysql, storage: Size.gibibytes(1) } }),
  environment('a class of MySQL’s volumes that no object can be', mysql({ storageClass: 'Fast SSD' })),
  environment('a class of Redis’ volumes that no object can be', { ...local, redis: { ...local.redis, storageClass: 'fast_ssd' } }),
  environment('a volume too small for a rewrite of the append-only file', {
    ...local,
    redis: { ...local.redis, memory: Size.gibibytes(1) },
  }),
  environment('a failover after half a second', {
    ...production,
    redis: { ...production.redis, failoverAfter: Duration.millis(500) },
  }),
  environment('a failover after two seconds and a half', {
    ...production,
    redis: { ...production.redis, failoverAfter: Duration.millis(2500) },
  }),
  environment('a Redis without room for itself', { ...local, redis: { ...local.redis, memory: Size.mebibytes(32) } }),
  environment('a cache without room for itself', { ...local, redisCache: { ...local.redisCache, memory: Size.mebibytes(32) } }),
];
