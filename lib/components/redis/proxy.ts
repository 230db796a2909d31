import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { IMAGES, versionOf } from '../../kubernetes/images';
import { labelsFor, selectorFor, type Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { dataPriorityOf } from '../../kubernetes/priority';
import { httpProbe } from '../../kubernetes/probes';
import { emptyFolder } from '../../kubernetes/volumes';
import { InternalService, StatelessWorkload } from '../../kubernetes/workload';
import type { ServerCertificate } from '../certificates';
import { ENCRYPTED } from './tls';
import { secretsOf } from './users';

/** What the head construct wires in. */
export interface RedisProxyProps {
  readonly files: DockerFiles;
  /** That of the servers, by whose authority the proxies make sure of them. @default - connections are plain */
  readonly certificate?: ServerCertificate;
}

/** Two HAProxy behind Service `redis`, which forward to the server that is primary. */
export class RedisProxy extends Construct {
  constructor(scope: Construct, id: string, { files, certificate }: RedisProxyProps) {
    super(scope, id);
    const identity: Identity = { name: 'redis', instance: 'redis-proxy', role: 'proxy' };
    const config = new HashedConfig(this, 'redis-proxy', {
      labels: labelsFor(identity),
      files: files.data('redis/haproxy.cfg', 'redis/proxy.sh', 'redis/server.sh'),
    });
    const folder = '/etc/fintrack/redis';
    const ports = { redis: PORTS.redis, health: PORTS.proxyHealth };
    new InternalService(this, 'service', {
      name: 'redis',
      labels: labelsFor(identity),
      selector: selectorFor(identity),
      ports: { redis: PORTS.redis },
    });
    new StatelessWorkload(this, 'proxies', {
      identity,
      user: 10007,
      version: versionOf('haproxy'),
      scale: { replicas: 2 },
      apartFrom: selectorFor(identity),
      priorityClass: dataPriorityOf(this),
      // preStop, and the time that haproxy.cfg gives to open connections.
      gracePeriodSeconds: 30,
      exempt: { R31: 'that HAProxy answers is all that can be asked; the liveness probe asks for longer before it gives up' },
      containers: [
        {
          name: 'haproxy',
          image: IMAGES.haproxy.reference,
          command: ['sh', `${folder}/proxy.sh`, `${folder}/haproxy.cfg`],
          ...(certificate && { env: ENCRYPTED }),
          ports,
          // 4096 connections of 32 KiB, and itself.
          resources: { cpu: Cpu.millis(100), cpuLimit: Cpu.millis(500), memory: Size.mebibytes(192) },
          mounts: [
            config.at(folder),
            secretsOf(
              'redis-proxy',
              certificate?.files.filter(({ key }) => key === 'ca.crt'),
            ),
            emptyFolder('run', '/run/haproxy', Size.mebibytes(1), 'memory'),
          ],
          preStopSeconds: 5,
          startup: httpProbe('health', '/healthz', { period: 1, failures: 300 }),
          liveness: httpProbe('health', '/healthz', { period: 10, failures: 3 }),
          readiness: httpProbe('health', '/healthz', { period: 2, failures: 2 }),
        },
      ],
    });
  }
}
