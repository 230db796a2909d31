import { Chart, Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Cpu } from '../../../imports/k8s';
import { labelsFor, selectorFor } from '../../kubernetes/labels';
import { gracePeriodOf, PRE_STOP_SECONDS } from '../../kubernetes/drain';
import { EXPORTER_EXEMPT } from '../../kubernetes/exporter';
import type { Container } from '../../kubernetes/pod';
import { PORTS } from '../../kubernetes/ports';
import { execProbe, tcpProbe } from '../../kubernetes/probes';
import { mebibytesOf } from '../../kubernetes/resources';
import type { Scale } from '../../kubernetes/scale';
import { InternalService, StatelessWorkload } from '../../kubernetes/workload';
import { APPLICATION_EXEMPT, identityOf, PHP_USER, type Application } from './application';
import type { FastCgiEndpoint } from './php';
import { triggeredScaleOf, type RequestScale } from './request-scale';

/** What the web pods need. */
export interface FpmProps {
  readonly application: Application;
  readonly scale: Scale | RequestScale;
  /** Children of a pod. */
  readonly children: number;
  readonly memory: Size;
  /** The largest request body; a pod must hold one for each child on disk. */
  readonly upload: Size;
  readonly cpu: Cpu;
  /** Seconds that running requests may take when the pod is told to stop: process_control_timeout of www.conf. */
  readonly drain: number;
  /** Container that shows the metrics of a pod, and address of the Prometheus that keeps them. @default - none */
  readonly metrics?: { readonly exporter: Container; readonly prometheus: string };
}

/** The Deployment `php`: PHP-FPM behind the Service of the same name. */
export class Fpm extends Construct {
  readonly endpoint: FastCgiEndpoint = { host: 'php', port: PORTS.fastcgi };

  constructor(scope: Construct, id: string, props: FpmProps) {
    super(scope, id);
    const { application, scale, metrics } = props;
    const identity = identityOf('php', 'fpm');
    const temporary = Size.mebibytes(props.children * mebibytesOf(props.upload));
    const container = application.container({
      name: 'php',
      run: ['php-fpm'],
      env: { PHP_FPM_MAX_CHILDREN: String(props.children) },
      ports: { fastcgi: PORTS.fastcgi, status: PORTS.fpmStatus },
      resources: { cpu: props.cpu, memory: props.memory, disk: Size.mebibytes(mebibytesOf(temporary) + 128) },
      temporary,
      startup: execProbe(['fpm-ping', String(PORTS.fpmStatus)], { period: 2, failures: 30 }),
      // The listener of its own: a busy pod is not a broken pod.
      liveness: tcpProbe('status', { period: 10, failures: 3 }),
      // The pool: a pod without a free child takes no more requests for a while.
      readiness: execProbe(['fpm-ping', String(PORTS.fastcgi)], { period: 5, failures: 3, timeout: 2 }),
      preStopSeconds: PRE_STOP_SECONDS,
    });
    new InternalService(this, 'service', {
      name: 'php',
      labels: labelsFor(identity),
      selector: selectorFor(identity),
      ports: { fastcgi: PORTS.fastcgi },
    });
    new StatelessWorkload(this, 'php', {
      identity,
      version: application.version,
      user: PHP_USER,
      scale:
        scale.targetBusyPercent === undefined
          ? scale
          : triggeredScaleOf(scale, {
              prometheus: metrics?.prometheus,
              namespace: Chart.of(this).namespace,
              container: container.name,
              childrenPerPod: props.children,
            }),
      gracePeriodSeconds: gracePeriodOf(props.drain),
      // Assets too: a new page that an nginx of the last release serves beside would lack its files.
      exempt: { ...APPLICATION_EXEMPT, ...(metrics && EXPORTER_EXEMPT) },
      initContainers: [application.waitFor('migrations', 'assets')],
      containers: [{ ...container, mounts: [...container.mounts, application.pool] }, ...(metrics ? [metrics.exporter] : [])],
    });
  }
}
