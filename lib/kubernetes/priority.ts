import { Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { KubePriorityClass } from '../../imports/k8s';
import { labelsFor } from './labels';

/**
 * The PriorityClass of what keeps data: where a node is full, its pods push others off, and are the last to be evicted. The web tier
 * has replicas elsewhere and is there again in seconds; a server's data is where its volume is.
 */
export class DataPriority extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = dataPriorityOf(this);
    const priority = new KubePriorityClass(this, 'Resource', {
      metadata: { name, labels: labelsFor({ name: 'namespace', instance: name, role: 'base' }) },
      description: 'FinTrack: MySQL and Redis before everything without data',
      value: 1_000_000,
    });
    // cdk8s puts the chart's namespace on every object, and this one has none.
    priority.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}

/** Its name. Such objects belong to no namespace, so the name says whose it is. */
export function dataPriorityOf(scope: Construct): string {
  return `${Chart.of(scope).namespace}-data`;
}
