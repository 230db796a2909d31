import { Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import type { Container } from './pod';
import { tcpProbe } from './probes';

/** User and group of every exporter: another than the pod's, so that it can touch nothing of what it looks at. */
export const EXPORTER_USER = 10005;

/** What a workload with an exporter does without. */
export const EXPORTER_EXEMPT = { R30: 'container exporter: no request may fail because nobody counts it' };

/** Name of the port at which a pod shows its metrics; Prometheus looks for pods that have it. */
export const METRICS_PORT = 'metrics';

/** What differs between exporters. */
export interface ExporterProps extends Pick<Container, 'image' | 'command' | 'env' | 'mounts' | 'preStopSeconds'> {
  /** Where it shows the metrics of its pod. */
  readonly port: number;
  /** Memory, twice what it was seen to need. @default 64 MiB */
  readonly memory?: Size;
}

/** Guaranteed, or a pod of guaranteed containers would be evicted before its equals. */
const CPU = Cpu.millis(50);

/**
 * A container that shows what the pod's main container does. It has no readiness probe and is started again with patience: a pod is
 * ready only when all its containers are, and no request must fail because nobody counts it. It serves for as long as a pod that is to go takes new requests.
 */
export function exporter({ port, memory, ...rest }: ExporterProps): Container {
  return {
    ...rest,
    name: 'exporter',
    user: EXPORTER_USER,
    ports: { [METRICS_PORT]: port },
    resources: { cpu: CPU, cpuLimit: CPU, memory: memory ?? Size.mebibytes(64), disk: Size.mebibytes(32) },
    liveness: tcpProbe(METRICS_PORT, { period: 30, failures: 10 }),
  };
}
