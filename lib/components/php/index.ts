export { connectionsOf, memoryOf, Php, totalConnectionsOf, type FastCgiEndpoint, type PhpProps, type PhpSettings } from './php';
export { isScaledByQueue, type QueueScale, type QueueWorkerSettings } from './queue-worker';
