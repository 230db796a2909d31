export { memoryLimitIn, PHP_INI_FOLDER } from './application';
export { DECIDED } from './laravel-settings';
export { ownKeyOf, ownSecretsOf, type Destination, type OwnSettings } from './own';
export {
  connectionHoldersOf,
  connectionsOf,
  memoryOf,
  Php,
  totalConnectionsOf,
  type ConnectionHolders,
  type FastCgiEndpoint,
  type PhpProps,
  type PhpSettings,
} from './php';
export type { RequestScale } from './request-scale';
export { isScaledByQueue, queuesOf, type QueueScale, type QueueWorkerSettings } from './queue-worker';
export type { TracingSettings } from './tracing';
