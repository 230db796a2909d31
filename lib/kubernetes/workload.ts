import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { IntOrString, KubeDeployment, KubePodDisruptionBudget, KubeService, KubeServiceAccount, KubeStatefulSet } from '../../imports/k8s';
import { KedaAutoscaler, ResourceAutoscaler } from './autoscaler';
import { exemptionAnnotations } from './exemptions';
import { labelsFor, POD_NAME_LABEL, selectorFor, type Identity, type Labels } from './labels';
import { podExemptions, podTemplate, type PodProps } from './pod';
import { dataPriorityOf } from './priority';
import { quantityOf } from './resources';
import type { Scale, TriggeredScale } from './scale';

/** A Deployment and what belongs to it. */
export interface StatelessWorkloadProps extends PodProps {
  /** Shown as label `app.kubernetes.io/version` of the Deployment. */
  readonly version: string;
  readonly scale: Scale | TriggeredScale;
  /** Whether the old pod must be gone before the new one starts. @default false */
  readonly recreate?: boolean;
}

/** A ServiceAccount without token, a Deployment, its disruption budget and, where the scale is automatic, its autoscaler. */
export class StatelessWorkload extends Construct {
  constructor(scope: Construct, id: string, props: StatelessWorkloadProps) {
    super(scope, id);
    const { identity, scale } = props;
    const labels = labelsFor(identity, props.version);
    new Companions(this, 'companions', identity);
    new KubeDeployment(this, 'Resource', {
      // kube-score knows autoscalers, but not that KEDA makes them.
      metadata: { name: identity.instance, labels, annotations: podExemptions(props, 'triggers' in scale ? ['deployment-replicas'] : []) },
      spec: {
        // Left out where an autoscaler owns it: every apply would reset the count otherwise.
        ...(scale.replicas === undefined ? {} : { replicas: scale.replicas }),
        selector: { matchLabels: selectorFor(identity) },
        strategy: props.recreate
          ? { type: 'Recreate' }
          : {
              type: 'RollingUpdate',
              rollingUpdate: { maxUnavailable: IntOrString.fromNumber(0), maxSurge: IntOrString.fromNumber(ROLLOUT_SURGE) },
            },
        minReadySeconds: 5,
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 5,
        template: podTemplate({ ...props, lostNodeSeconds: LOST_NODE_SECONDS }),
      },
    });
    if (scale.replicas === undefined) {
      if ('triggers' in scale) {
        new KedaAutoscaler(this, 'autoscaler', identity, scale);
      } else {
        // An exporter's requests and use would thin out what its neighbour does.
        new ResourceAutoscaler(this, 'autoscaler', identity, scale, props.containers.length > 1 ? props.containers[0]?.name : undefined);
      }
    }
  }
}

/** Why a Service may select a pod by a label that no template has. */
const ONE_POD = 'it leads to one pod, by the label that the StatefulSet controller gives each';

/** A node that is back within this time keeps its pods. They hold nothing, so there is no reason to wait the five minutes of Kubernetes' default. */
export const LOST_NODE_SECONDS = 20;

/** Pods that a rollout adds for a while. Connection and memory budgets count them. */
export const ROLLOUT_SURGE = 1;

/** A StatefulSet and what belongs to it. */
export interface StatefulWorkloadProps extends PodProps {
  readonly replicas: number;
  /** Name of the headless Service that gives each pod its DNS name. */
  readonly headless: string;
  /** What each pod claims. @default - no volume of its own */
  readonly claim?: {
    readonly name: string;
    readonly size: Size;
    /** @default - the cluster's default class */ readonly storageClass?: string;
  };
}

/** A ServiceAccount without token, a StatefulSet whose volumes outlive it and whose pods outlive others on a full node, its headless Service and its disruption budget. */
export class StatefulWorkload extends Construct {
  constructor(scope: Construct, id: string, props: StatefulWorkloadProps) {
    super(scope, id);
    const { identity, claim } = props;
    new Companions(this, 'companions', identity);
    // Names of pods must resolve before the pods are ready: that is when they look for each other.
    new InternalService(this, 'headless', {
      name: props.headless,
      labels: labelsFor(identity),
      selector: selectorFor(identity),
      ports: { ...props.containers[0]?.ports },
      headless: true,
    });
    new KubeStatefulSet(this, 'Resource', {
      metadata: { name: identity.instance, labels: labelsFor(identity), annotations: podExemptions(props) },
      spec: {
        serviceName: props.headless,
        replicas: props.replicas,
        selector: { matchLabels: selectorFor(identity) },
        // Servers find each other whatever their order, and one that waits for another must not keep it from starting.
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        minReadySeconds: 5,
        revisionHistoryLimit: 5,
        // Data outlives the object and a smaller replica count: only a human deletes a volume.
        ...(claim && { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } }),
        template: podTemplate({ ...props, priorityClass: dataPriorityOf(this) }),
        ...(claim && {
          volumeClaimTemplates: [
            {
              metadata: { name: claim.name, labels: selectorFor(identity) },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: quantityOf(claim.size) } },
                ...(claim.storageClass === undefined ? {} : { storageClassName: claim.storageClass }),
              },
            },
          ],
        }),
      },
    });
  }
}

/** A Service inside the cluster. */
export interface InternalServiceProps {
  readonly name: string;
  readonly labels: Labels;
  readonly selector: Labels;
  /** Port numbers by name; each leads to the container port of the same name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Names for each pod, ready or not, instead of one address. @default false */
  readonly headless?: boolean;
  /** Whether pods are reached before they are ready; behind a headless Service they always are. @default false */
  readonly publishNotReadyAddresses?: boolean;
}

/** A ClusterIP or headless Service; nothing of FinTrack is reachable from outside but through the edge. */
export class InternalService extends Construct {
  constructor(scope: Construct, id: string, props: InternalServiceProps) {
    super(scope, id);
    new KubeService(this, 'Resource', {
      metadata: {
        name: props.name,
        labels: props.labels,
        ...(POD_NAME_LABEL in props.selector && { annotations: exemptionAnnotations({ R41: ONE_POD }) }),
      },
      spec: {
        type: 'ClusterIP',
        ...(props.headless && { clusterIp: 'None' }),
        ...((props.headless ?? props.publishNotReadyAddresses) && { publishNotReadyAddresses: true }),
        selector: props.selector,
        ports: Object.entries(props.ports).map(([name, port]) => ({
          name,
          port,
          protocol: 'TCP',
          targetPort: IntOrString.fromString(name),
        })),
      },
    });
  }
}

/** What every workload has: a ServiceAccount of its own, and a budget that lets a node drain take one pod at a time. */
class Companions extends Construct {
  constructor(scope: Construct, id: string, identity: Identity) {
    super(scope, id);
    const metadata = { name: identity.instance, labels: labelsFor(identity) };
    new KubeServiceAccount(this, 'account', { metadata, automountServiceAccountToken: false });
    new KubePodDisruptionBudget(this, 'disruption-budget', {
      metadata,
      spec: {
        selector: { matchLabels: selectorFor(identity) },
        maxUnavailable: IntOrString.fromNumber(1),
        // A pod that is broken anyway must not stop a node from being drained.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }
}
