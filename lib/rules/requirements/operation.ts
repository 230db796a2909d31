import { isDeepStrictEqual } from 'node:util';
import { selects } from '../objects';
import type { Manifest } from '../../charts';
import { containers, lastingContainers, objects, pods, type Requirement, type Waived } from './requirement';

const PROBE_NUMBERS = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'];

/** What a probe asks, without how often. */
const question = ({ exec, httpGet, tcpSocket, grpc }: Manifest['spec']): unknown => ({ exec, httpGet, tcpSocket, grpc });

/** Whether a container says how much of something it asks for, and how much it may have at most. */
const says = (resource: string) => (container: Manifest['spec']) =>
  ['requests', 'limits'].every((side) => container.resources?.[side]?.[resource] !== undefined);

const asksAll = (resource: string) => (container: Manifest['spec']) =>
  says(resource)(container) && container.resources.requests[resource] === container.resources.limits[resource];

const workloads = ['Deployment', 'StatefulSet'];

/** How pods are run: what they get, when they count as well, and what happens when a node, a zone or a release comes and goes. */
export const OPERATION = {
  /**
   * CPU and memory requests. KS container-resources; KL unset-cpu-requirements; PO cpuRequestsMissing, memoryRequestsMissing; CK 10, 12; TR
   * 0015, 0016; KC C004, C050, C268, C269; DT CONTAINERS_MISSING_MEMORY_REQUEST_KEY, CONTAINERS_MISSING_CPU_REQUEST_KEY.
   */
  R25: containers('requests of cpu and memory', (container) => ['cpu', 'memory'].every((each) => container.resources?.requests?.[each])),
  /**
   * Memory limit = request. KS container-resources, container-resource-requests-equal-limits, container-memory-requests-equal-limits; KL
   * unset-memory-requirements; PO memoryLimitsMissing; CK 13; TR 0018; KC C004, C009, C271; DT CONTAINERS_MISSING_MEMORY_LIMIT_KEY,
   * EKS_INVALID_MEMORY_REQUEST_LIMIT.
   */
  R26: containers('memory, request and limit alike', asksAll('memory')),
  /** CPU limit. KS container-resources; PO cpuLimitsMissing; CK 11; TR 0011; KC C009, C050, C270; DT CONTAINERS_MISSING_CPU_LIMIT_KEY. */
  R27: containers('a limit of cpu', says('cpu')),
  /**
   * Ephemeral-storage request = limit. KS container-ephemeral-storage-request-and-limit, container-ephemeral-storage-request-equals-limit.
   */
  R28: containers('ephemeral-storage, request and limit alike', asksAll('ephemeral-storage')),
  /** LimitRange and ResourceQuota. TR 0039, 0040. */
  R29: {
    instead:
      'Not written. Each container says what it gets (R25 to R28) and each autoscaler how many there may be; a ResourceQuota would have to ' +
      'agree with both, with rollouts, restores and debug containers, and stops a recovery where it does not. Whoever owns the cluster sets it.',
  } satisfies Waived,
  /**
   * Readiness probe. KS pod-probes; KL no-readiness-probe; PO readinessProbeMissing; CK 9; KC C018; DT
   * CONTAINERS_MISSING_READINESSPROBE_KEY.
   */
  R30: lastingContainers('a readiness probe', ({ readinessProbe }) => readinessProbe !== undefined),
  /**
   * Liveness probe, different from readiness. KS pod-probes, pod-probes-identical; KL no-liveness-probe; PO livenessProbeMissing; CK 8; KC
   * C056; DT CONTAINERS_MISSING_LIVENESSPROBE_KEY.
   */
  R31: lastingContainers(
    'a liveness probe that asks something else than the readiness probe',
    ({ livenessProbe, readinessProbe }) =>
      livenessProbe !== undefined && !(readinessProbe && isDeepStrictEqual(question(livenessProbe), question(readinessProbe))),
  ),
  /**
   * Probe numbers explicit, no `host`. DT CONTAINERS_INCORRECT_INITIALDELAYSECONDS_VALUE, CONTAINERS_INCORRECT_PERIODSECONDS_VALUE,
   * CONTAINERS_INCORRECT_TIMEOUTSECONDS_VALUE, CONTAINERS_INCORRECT_SUCCESSTHRESHOLD_VALUE, CONTAINERS_INCORRECT_FAILURETHRESHOLD_VALUE;
   * PSS hostProbesAndhostLifecycle.
   */
  R32: lastingContainers('every number of a probe written, no host in it, and a startup probe beside a readiness probe', (container) =>
    ['startupProbe', 'livenessProbe', 'readinessProbe'].every((name) => {
      const probe = container[name];
      if (probe === undefined) return name !== 'startupProbe' || container.readinessProbe === undefined;
      return PROBE_NUMBERS.every((number) => Number.isInteger(probe[number])) && !(probe.httpGet ?? probe.tcpSocket)?.host;
    }),
  ),
  /** preStop on every container. DT CONTAINERS_MISSING_PRESTOP_KEY. */
  R33: lastingContainers(
    'a preStop that waits where a Deployment answers connections: StatefulSets are named by their clients and close by themselves',
    ({ ports, lifecycle }, { object }) => object.kind !== 'Deployment' || ports === undefined || lifecycle?.preStop !== undefined,
  ),
  /**
   * Three replicas, HPA 3..N. KS deployment-replicas, deployment-targeted-by-hpa-does-not-have-replicas-configured,
   * horizontalpodautoscaler-has-target, horizontalpodautoscaler-replicas; KL dangling-horizontalpodautoscaler, hpa-minimum-three-replicas,
   * minimum-three-replicas; PO deploymentMissingReplicas, hpaMaxAvailability, hpaMinAvailability; KC C300; DT HPA_MISSING_MINREPLICAS_KEY,
   * HPA_MISSING_MAXREPLICAS_KEY, DEPLOYMENT_INCORRECT_REPLICAS_VALUE.
   */
  R34: {
    ...objects(
      'more than one pod, and autoscalers that start at 3 and go further',
      ['Deployment', 'HorizontalPodAutoscaler', 'ScaledObject'],
      ({ kind, spec }) => {
        const [minimum, maximum] = [spec.minReplicas ?? spec.minReplicaCount, spec.maxReplicas ?? spec.maxReplicaCount];
        return kind === 'Deployment' ? spec.replicas === undefined || spec.replicas > 1 : minimum >= 3 && maximum > minimum;
      },
    ),
    strict: true,
  } satisfies Requirement,
  /**
   * PodDisruptionBudget. KS statefulset-has-poddisruptionbudget, deployment-has-poddisruptionbudget, poddisruptionbudget-has-policy; KL
   * pdb-unhealthy-pod-eviction-policy, pdb-max-unavailable, pdb-min-available; PO missingPodDisruptionBudget, pdbDisruptionsIsZero,
   * pdbMinAvailableGreaterThanHPAMinReplicas.
   */
  R35: objects(
    'one PodDisruptionBudget with maxUnavailable: 1 and unhealthyPodEvictionPolicy: AlwaysAllow for its pods',
    workloads,
    ({ spec }, all) => {
      const budgets = all.filter(
        (each) => each.kind === 'PodDisruptionBudget' && selects(each['spec'].selector.matchLabels, spec.template.metadata.labels),
      );
      return (
        budgets.length === 1 && budgets[0]?.['spec'].maxUnavailable === 1 && budgets[0]['spec'].unhealthyPodEvictionPolicy === 'AlwaysAllow'
      );
    },
  ),
  /**
   * Spread. KS deployment-has-host-podantiaffinity, statefulset-has-host-podantiaffinity, pod-topology-spread-constraints; KL
   * no-anti-affinity, no-node-affinity; PO topologySpreadConstraint; DT EKS_MISSING_KEY_TOPOLOGYKEY, EKS_INVALID_VALUE_DONOOTSCHEDULE.
   */
  R36: objects('pods apart by podAntiAffinity, and spread over zones', workloads, ({ spec }) => {
    const { affinity, topologySpreadConstraints = [] } = spec.template.spec;
    const zone = topologySpreadConstraints.some(
      ({ topologyKey, maxSkew, labelSelector }: Manifest['spec']) =>
        topologyKey === 'topology.kubernetes.io/zone' && maxSkew === 1 && selects(labelSelector.matchLabels, spec.template.metadata.labels),
    );
    return zone && affinity?.podAntiAffinity !== undefined;
  }),
  /**
   * Safe rollout wiring. KS deployment-strategy, statefulset-has-servicename,
   * deployment-pod-selector-labels-match-template-metadata-labels, statefulset-pod-selector-labels-match-template-metadata-labels; KL
   * mismatching-selector, no-rolling-update-strategy; KC C296, C305.
   */
  R37: objects('a rolling update that takes no pod away before another is there', workloads, ({ kind, spec }) =>
    kind === 'StatefulSet'
      ? spec.updateStrategy?.type === 'RollingUpdate'
      : spec.strategy?.type === 'RollingUpdate' && spec.strategy.rollingUpdate.maxUnavailable === 0,
  ),
  /** Priority class. KL priority-class-name; PO priorityClassNotSet. */
  R38: objects(
    'a priority class for what keeps data; the web tier is there again in seconds and has none',
    ['StatefulSet'],
    ({ spec }) => spec.template.spec.priorityClassName !== undefined,
  ),
  /** restartPolicy and DNS explicit. KL dnsconfig-options, restart-policy; DT WORKLOAD_INCORRECT_RESTARTPOLICY_VALUE_ALWAYS. */
  R39: pods(
    'restartPolicy and how long to wait for a name; ndots is left to the cluster, because fewer dots would hide names like mysql.data.svc from Alpine images',
    ({ restartPolicy, dnsConfig }) =>
      restartPolicy !== undefined && Boolean(dnsConfig?.options?.some(({ name }: { name: string }) => name === 'timeout')),
  ),
};
