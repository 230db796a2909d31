import { Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { KubePriorityClass } from '../../imports/k8s';
import { keep } from './argocd';
import { labelsFor } from './labels';

/**
 * The PriorityClass of what keeps data: where a node is full, its pods push others off, and are the last to be evicted. The web tier
 * has replicas elsewhere and is there again in seconds; a server's data is where its volume is.
 *
 * One for each environment, though it needs no namespace: `kubectl apply -f dist/<environment>` needs nothing else, an environment that
 * goes takes nothing from another, and a name shared by all would restart every server on the day it came.
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
    // Without it no server could start again.
    keep(priority);
  }
}

/** Its name. Such objects belong to no namespace, so the name says whose it is. */
export function dataPriorityOf(scope: Construct): string {
  return `${Chart.of(scope).namespace}-data`;
}
