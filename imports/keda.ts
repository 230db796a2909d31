import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { ITriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// The autoscaler KEDA, group keda.sh, version v1alpha1 (KEDA 2).

/** What a ScaledObject measures. */
export type KedaTrigger = NonNullable<IScaledObject['spec']>['triggers'][number];

/** A workload whose replicas KEDA decides; it makes and owns the HorizontalPodAutoscaler. */
export function scaledObject(scope: Construct, id: string, object: Pick<IScaledObject, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', ...(object as object) });
}

/** Where triggers find what they log in with. */
export function triggerAuthentication(scope: Construct, id: string, object: Pick<ITriggerAuthentication, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'keda.sh/v1alpha1', kind: 'TriggerAuthentication', ...(object as object) });
}
