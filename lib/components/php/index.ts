export { connectionsOf, memoryOf, Php, type FastCgiEndpoint, type PhpProps, type PhpSettings } from './php';
export type { QueueWorkerSettings } from './queue-worker';
