import { Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import type { Environment } from './environment';

/** The real thing. */
export const production = {
  name: 'production',
  namespace: 'fintrack-production',
  url: 'https://fintrack.example',
  // The digests are those that the registry answers to a push; these stand in for yours.
  release: {
    version: '1.0.0',
    php: `registry.example.com/fintrack-php:1.0.0@sha256:${'0'.repeat(64)}`,
    nginx: `registry.example.com/fintrack-nginx:1.0.0@sha256:${'0'.repeat(64)}`,
  },
  argocd: { repository: 'https://git.example.com/fintrack/fintrack-kubernetes.git', revision: 'main' },
  protectData: true,
  strict: true,
  secrets: {
    source: 'external-secrets',
    store: { provider: 'vault', server: 'https://vault.example.com:8200', role: 'fintrack-production' },
  },
  php: {
    // By children at work, for a request waits for MySQL most of the time and the processor does not see it; and by processor time, for
    // requests that compute. Memory is fixed with `pm = static` and would never decide; how long answers take would bring more
    // connections to a MySQL that is slow already.
    scale: { minReplicas: 3, maxReplicas: 10, targetBusyPercent: 60, targetCpuPercent: 70 },
    childrenPerPod: 12,
    cpu: Cpu.millis(1000),
    workers: {
      // By the jobs that wait: a worker waits for others most of the time, so its processor says little. 20 jobs of half a second are
      // done in ten seconds, which nobody notices.
      default: { scale: { minReplicas: 3, maxReplicas: 12, jobsPerWorker: 20 }, queues: ['high', 'default'], cpu: Cpu.millis(250) },
    },
    // The application's own: how it sends mail. The password is a key of Secret fintrack-app, and the addresses are those of your provider.
    settings: { MAIL_MAILER: 'smtp', MAIL_HOST: 'smtp.example.com', MAIL_PORT: '587', MAIL_USERNAME: 'fintrack' },
    secrets: ['MAIL_PASSWORD'],
    egress: [{ cidrs: ['203.0.113.25/32'], ports: [587] }],
  },
  nginx: { scale: { minReplicas: 3, maxReplicas: 6, targetCpuPercent: 70 }, cpu: Cpu.millis(250) },
  edge: {
    type: 'gateway',
    gateway: { name: 'public', namespace: 'gateway' },
    // Where the cluster's pods have their addresses, those of the Gateway among them.
    proxies: { namespace: 'gateway', addresses: ['10.0.0.0/8'] },
  },
  mysql: {
    engine: 'official',
    version: '8.0',
    primary: 'mysql-primary-0',
    replicas: 2,
    semiSync: 'durability',
    tls: 'verified',
    memory: Size.gibibytes(8),
    cpu: Cpu.units(2),
    storage: Size.gibibytes(100),
  },
  redis: { availability: 'sentinel', memory: Size.gibibytes(2), cpu: Cpu.millis(500), storage: Size.gibibytes(10), tls: 'verified' },
  redisCache: { memory: Size.gibibytes(1), cpu: Cpu.millis(250), tls: 'verified' },
  monitoring: {},
  backup: {
    image: `registry.example.com/fintrack-backup:1.0.0@sha256:${'0'.repeat(64)}`,
    bucket: {
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      name: 'fintrack-backups',
      // Those of the store, as its provider publishes them.
      cidrs: ['203.0.113.0/24'],
    },
  },
} satisfies Environment;
