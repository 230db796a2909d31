export { connectionsOf, memoryOf, Php, totalConnectionsOf, type FastCgiEndpoint, type PhpProps, type PhpSettings } from './php';
export type { QueueWorkerSettings } from './queue-worker';
