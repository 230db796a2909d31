import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { amountIn, mebibytesIn, secondsOf } from '../../docker/settings';
import { gracePeriodOf, PRE_STOP_SECONDS } from '../../kubernetes/drain';
import { METRICS_PORT } from '../../kubernetes/exporter';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { labelsFor, selectorFor, type Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';
import { httpProbe } from '../../kubernetes/probes';
import type { Scale } from '../../kubernetes/scale';
import { emptyFolder } from '../../kubernetes/volumes';
import { InternalService, StatelessWorkload } from '../../kubernetes/workload';

/** What an environment decides for nginx. */
export interface NginxSettings {
  readonly scale: Scale;
  /** Processor time of a pod, what the autoscaler measures against. @default 100m */
  readonly cpu?: Cpu;
  /** Memory of a pod. @default 128 MiB */
  readonly memory?: Size;
}

/** Settings and what the chart wires in. */
export interface NginxProps extends NginxSettings {
  readonly files: DockerFiles;
  /** Image with the application's public files. */
  readonly image: string;
  /** The application's version, for labels. */
  readonly version: string;
  /** Address blocks of proxies that are believed what they say of clients. */
  readonly trustedProxies: readonly string[];
  /** Whether it counts requests for Prometheus. @default false */
  readonly monitored?: boolean;
}

/** The Deployment `nginx`: static files itself, everything else through `php:9000` of its own configuration. */
export class Nginx extends Construct {
  constructor(scope: Construct, id: string, props: NginxProps) {
    super(scope, id);
    const identity: Identity = { name: 'nginx', instance: 'nginx', role: 'web' };
    const folder = '/etc/nginx/fintrack';
    const config = new HashedConfig(this, 'nginx', {
      labels: labelsFor(identity),
      files: {
        ...props.files.data(
          'nginx/nginx.conf',
          'nginx/fastcgi.conf',
          'nginx/security-headers.conf',
          'nginx/default.prod.conf',
          'nginx/start.sh',
        ),
        ...(props.monitored && props.files.data('nginx/metrics-main.conf', 'nginx/metrics-http.conf', 'nginx/metrics.js')),
        'trusted-proxies.conf': trustedProxiesFile(props.trustedProxies),
      },
    });
    new InternalService(this, 'service', {
      name: 'nginx',
      labels: labelsFor(identity),
      selector: selectorFor(identity),
      ports: { http: PORTS.http },
    });
    // The large bodies that nginx takes at once; 200 MiB for those below 100 kB on all its connections; and answers of PHP, 2 MiB each.
    const temporary =
      amountIn(props.files, 'nginx/fastcgi.conf', 'limit_conn', largeBodiesIn) *
        amountIn(props.files, 'nginx/nginx.conf', 'client_max_body_size', mebibytesIn) +
      640;
    new StatelessWorkload(this, 'deployment', {
      identity,
      version: props.version,
      user: 10001,
      scale: props.scale,
      gracePeriodSeconds: gracePeriodOf(amountIn(props.files, 'nginx/nginx.conf', 'worker_shutdown_timeout', secondsOf)),
      containers: [
        {
          name: 'nginx',
          image: props.image,
          // Not through the image's entrypoint: its scripts edit files, and here nothing is to be edited.
          command: ['sh', `${folder}/start.sh`],
          ports: { http: PORTS.http, livez: PORTS.livez, ...(props.monitored && { [METRICS_PORT]: PORTS.nginxMetrics }) },
          resources: {
            cpu: props.cpu ?? Cpu.millis(100),
            memory: props.memory ?? Size.mebibytes(128),
            disk: Size.mebibytes(temporary + 128),
          },
          mounts: [config.at(folder), emptyFolder('tmp', '/tmp', Size.mebibytes(temporary))],
          // Five minutes, in which start.sh waits for DNS.
          startup: httpProbe('http', '/healthz', { period: 1, failures: 300 }),
          liveness: httpProbe('livez', '/livez', { period: 10, failures: 3 }),
          readiness: httpProbe('http', '/healthz', { period: 5, failures: 2 }),
          preStopSeconds: PRE_STOP_SECONDS,
        },
      ],
    });
  }
}

/** How many bodies that wait on its disk nginx takes at once, by `limit_conn`. @returns undefined where it says something else */
export function largeBodiesIn(value: string): number | undefined {
  const [, count] = /^large_bodies ([1-9]\d*)$/.exec(value) ?? [];
  return count === undefined ? undefined : Number(count);
}

/** What docker/nginx/trusted-proxies.conf is in Compose, for these address blocks. */
export function trustedProxiesFile(addresses: readonly string[]): string {
  const trusted = addresses.map((address) => `    ${address} 1;\n`).join('');
  const replaced = addresses.map((address) => `set_real_ip_from ${address};\n`).join('');
  return `geo $realip_remote_addr $trusted_proxy {\n    default 0;\n${trusted}}\n${replaced}`;
}
