import { PORTS } from '../../kubernetes/ports';

/** Where the application sends its traces. Its image needs PHP's extension `opentelemetry` and the SDK: docs/operations/logs.md. */
export interface TracingSettings {
  /** Namespace of the collector; web pods, workers and the scheduler may open connections to it. */
  readonly namespace: string;
  /** Service that takes OTLP over HTTP there, at its usual port 4318. */
  readonly service: string;
}

/** Variables by which OpenTelemetry's SDK starts itself; none without settings. Metrics and logs go their own ways. */
export function tracingVariables(tracing: TracingSettings | undefined, environment: string): Record<string, string> {
  return tracing === undefined
    ? {}
    : {
        OTEL_PHP_AUTOLOAD_ENABLED: 'true',
        OTEL_SERVICE_NAME: 'fintrack',
        OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${environment}`,
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${tracing.service}.${tracing.namespace}.svc:${PORTS.otlp}`,
      };
}
