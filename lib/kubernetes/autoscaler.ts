import { Construct } from 'constructs';
import {
  KubeHorizontalPodAutoscalerV2,
  type HorizontalPodAutoscalerBehaviorV2,
  type MetricSpecV2,
  type ResourceMetricSourceV2,
} from '../../imports/k8s';
import { scaledObject } from '../../imports/keda';
import { labelsFor, type Identity } from './labels';
import type { AutomaticScale, TriggeredScale } from './scale';

/** Up at once, down slowly: a pod too many costs little, a pod too few costs requests. */
const BEHAVIOR: HorizontalPodAutoscalerBehaviorV2 = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 30 },
      { type: 'Pods', value: 4, periodSeconds: 30 },
    ],
  },
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
};

/** Decides the replicas of a Deployment by what its pods use. */
export class ResourceAutoscaler extends Construct {
  /** @param container whose use counts, where a pod has others beside it @default - that of the whole pod */
  constructor(scope: Construct, id: string, identity: Identity, scale: AutomaticScale, container?: string) {
    super(scope, id);
    const targets = { cpu: scale.targetCpuPercent, memory: scale.targetMemoryPercent };
    new KubeHorizontalPodAutoscalerV2(this, 'Resource', {
      metadata: { name: identity.instance, labels: labelsFor(identity) },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: identity.instance },
        minReplicas: scale.minReplicas,
        maxReplicas: scale.maxReplicas,
        metrics: Object.entries(targets).flatMap(([name, averageUtilization]) =>
          averageUtilization === undefined ? [] : [metricOf({ name, target: { type: 'Utilization', averageUtilization } }, container)],
        ),
        behavior: BEHAVIOR,
      },
    });
  }
}

function metricOf(resource: ResourceMetricSourceV2, container?: string): MetricSpecV2 {
  return container === undefined
    ? { type: 'Resource', resource }
    : { type: 'ContainerResource', containerResource: { ...resource, container } };
}

/** Decides the replicas of a Deployment by what KEDA measures elsewhere. KEDA makes the HorizontalPodAutoscaler and owns it. */
export class KedaAutoscaler extends Construct {
  constructor(scope: Construct, id: string, identity: Identity, { minReplicas, maxReplicas, triggers, whenUnknown }: TriggeredScale) {
    super(scope, id);
    scaledObject(this, 'Resource', {
      metadata: { name: identity.instance, labels: labelsFor(identity) },
      spec: {
        scaleTargetRef: { name: identity.instance },
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        pollingInterval: 5,
        // After three questions of the autoscaler without an answer, which asks every 15 s. Else it keeps the count, and raises it by what it
        // still can measure.
        ...(whenUnknown === 'most' && { fallback: { failureThreshold: 3, replicas: maxReplicas } }),
        advanced: { horizontalPodAutoscalerConfig: { name: identity.instance, behavior: BEHAVIOR } },
        triggers,
      },
    });
  }
}
