import { IntOrString, type Probe } from '../../imports/k8s';

/** Numbers of a probe; each is always written out, so that no default of the API decides. */
export interface ProbeTiming {
  /** Seconds between two tries. */
  readonly period: number;
  /** Tries in a row that must fail. */
  readonly failures: number;
  /** Seconds a try may take. @default 3 */
  readonly timeout?: number;
}

/** A probe that runs a command in the container; exit code 0 is success. */
export function execProbe(command: string[], timing: ProbeTiming): Probe {
  return { exec: { command }, ...numbersOf(timing) };
}

/** A probe that opens a TCP connection to a named port. */
export function tcpProbe(port: string, timing: ProbeTiming): Probe {
  return { tcpSocket: { port: IntOrString.fromString(port) }, ...numbersOf(timing) };
}

/** A probe that asks a named port for a path; 200 to 399 is success. */
export function httpProbe(port: string, path: string, timing: ProbeTiming): Probe {
  return { httpGet: { port: IntOrString.fromString(port), path, scheme: 'HTTP' }, ...numbersOf(timing) };
}

function numbersOf(timing: ProbeTiming) {
  return {
    initialDelaySeconds: 0,
    periodSeconds: timing.period,
    timeoutSeconds: timing.timeout ?? 3,
    successThreshold: 1,
    failureThreshold: timing.failures,
  };
}
