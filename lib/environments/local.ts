import { Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import type { Environment } from './environment';

/** A cluster on a laptop: everything once or twice, no add-on needed. */
export const local = {
  name: 'local',
  namespace: 'fintrack-local',
  url: 'http://localhost:8080',
  release: { version: 'demo', php: 'fintrack-php:demo', nginx: 'fintrack-nginx:demo' },
  secrets: { source: 'existing' },
  php: {
    scale: { replicas: 2 },
    childrenPerPod: 4,
    cpu: Cpu.millis(100),
    workers: { default: { scale: { replicas: 1 } } },
  },
  nginx: { scale: { replicas: 2 }, cpu: Cpu.millis(50) },
  edge: { type: 'none' },
  mysql: {
    engine: 'official',
    version: '8.0',
    primary: 'mysql-primary-0',
    replicas: 1,
    semiSync: 'off',
    tls: 'off',
    memory: Size.mebibytes(1536),
    cpu: Cpu.millis(500),
    storage: Size.gibibytes(2),
  },
  redis: { availability: 'single', memory: Size.mebibytes(128), storage: Size.gibibytes(1), tls: 'off' },
  redisCache: { memory: Size.mebibytes(128), tls: 'off' },
} satisfies Environment;
