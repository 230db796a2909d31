import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AdmissionPolicies } from '../kubernetes/admission-policies';
import { DataProtection } from '../kubernetes/data-protection';

/**
 * What exists once for a cluster, whatever the environments on it: `kubectl apply -f dist/cluster`, by whoever owns the cluster. Argo CD
 * does not: what keeps it from deleting data must not be its own to delete. Needs Kubernetes 1.30.
 */
export class ClusterPolicies extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, { disableResourceNameHashes: true });
    new AdmissionPolicies(this, 'admission');
    new DataProtection(this, 'data-protection');
  }
}
