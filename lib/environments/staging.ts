import { Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import type { Environment } from './environment';

/** Production's shape, small. */
export const staging = {
  name: 'staging',
  namespace: 'fintrack-staging',
  url: 'https://staging.fintrack.example',
  release: { version: '1.0.0', php: 'registry.example.com/fintrack-php:1.0.0', nginx: 'registry.example.com/fintrack-nginx:1.0.0' },
  argocd: { repository: 'https://git.example.com/fintrack/fintrack-kubernetes.git', revision: 'main' },
  protectData: true,
  secrets: { source: 'external-secrets', store: { provider: 'vault', server: 'https://vault.example.com:8200', role: 'fintrack-staging' } },
  php: {
    scale: { minReplicas: 2, maxReplicas: 4, targetBusyPercent: 60, targetCpuPercent: 70 },
    childrenPerPod: 8,
    cpu: Cpu.millis(250),
    workers: { default: { scale: { minReplicas: 2, maxReplicas: 4, jobsPerWorker: 20 }, queues: ['high', 'default'] } },
  },
  nginx: { scale: { minReplicas: 2, maxReplicas: 4, targetCpuPercent: 70 } },
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
    replicas: 1,
    semiSync: 'availability',
    tls: 'verified',
    memory: Size.gibibytes(2),
    cpu: Cpu.millis(1000),
    storage: Size.gibibytes(20),
  },
  redis: { availability: 'sentinel', memory: Size.mebibytes(512), storage: Size.gibibytes(2), tls: 'verified' },
  redisCache: { memory: Size.mebibytes(256), tls: 'verified' },
  monitoring: {},
  backup: {
    image: 'registry.example.com/fintrack-backup:1.0.0',
    bucket: {
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      name: 'fintrack-backups',
      // Those of the store, as its provider publishes them.
      cidrs: ['203.0.113.0/24'],
    },
  },
} satisfies Environment;
