import type { Container as ApiContainer, PodTemplateSpec, Probe, SecurityContext, Volume } from '../../imports/k8s';
import { exemptionAnnotations, type Exemptions } from './exemptions';
import { labelsFor, selectorFor, type Identity, type Labels } from './labels';
import { requirementsOf, type Resources } from './resources';
import type { Mount } from './volumes';

/** A container as components describe it; hardening is not theirs to leave out. */
export interface Container {
  readonly name: string;
  readonly image: string;
  /** @default - the image's entrypoint */
  readonly command?: string[];
  /** @default - the image's arguments, or none when `command` is given */
  readonly args?: string[];
  /** Plain values only: secrets are files. */
  readonly env?: Readonly<Record<string, string>>;
  /** Port numbers by name. Probes and Services use the names. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly resources: Resources;
  readonly mounts: readonly Mount[];
  /** Numeric user and group, where they are not the pod's; files of the pod's group stay readable. @default - the pod's */
  readonly user?: number;
  readonly startup?: Probe;
  readonly liveness?: Probe;
  readonly readiness?: Probe;
  /** Seconds it goes on serving after its pod left the Services, before the stop signal. @default 0 */
  readonly preStopSeconds?: number;
}

/** What a pod is made of. */
export interface PodProps {
  readonly identity: Identity;
  /** Numeric user and group of every process and of its volumes. Above 10000, so that it is nobody on the node. */
  readonly user: number;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  /** Seconds from the stop signal's announcement until the pod is killed. */
  readonly gracePeriodSeconds: number;
  /** @default Always */
  readonly restartPolicy?: 'Always' | 'Never';
  /** Pods that must not share a node with this one, by their labels. @default - none: pods of a workload are only spread as well as may be */
  readonly apartFrom?: Labels;
  /** Seconds it stays bound to a node that is lost or silent, before another takes its place. @default - the cluster's default, usually 300 */
  readonly lostNodeSeconds?: number;
  /** Requirements that it does without, and why; its workload carries them as annotations. @default - none */
  readonly exempt?: Exemptions;
  /** PriorityClass: who stays when a node is full. @default - the cluster's default, usually 0 */
  readonly priorityClass?: string;
}

/** Annotations of whatever makes such pods: what they do without, and why. */
export function podExemptions({ exempt, apartFrom, restartPolicy }: PodProps, unseen: readonly string[] = []): Record<string, string> {
  const exemptions = {
    R19: 'a digest names the same bits under any policy, and a pod restarts while the registry is down',
    ...(apartFrom === undefined &&
      restartPolicy !== 'Never' && {
        R36: 'topologySpreadConstraints keep its pods apart, and let one start where there is no other node',
      }),
    ...exempt,
  };
  return exemptionAnnotations(exemptions, unseen);
}

/**
 * Seconds that a question to DNS waits for its answer: with glibc each of two tries, with musl both together. By default 5. A second try comes
 * from the same port, and the kernel leads it to the same pod of DNS; with a node of such a pod lost, every child of PHP-FPM hung for 15 s in a
 * lookup, and pages failed until 10 s after Kubernetes knew (`e2e web power`).
 */
const LOOKUP_SECONDS = 2;

const CONTAINER_SECURITY: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A pod template that passes Pod Security `restricted`: no root, no capability, no token, read-only root file system. */
export function podTemplate(props: PodProps): PodTemplateSpec {
  const all = [...(props.initContainers ?? []), ...props.containers];
  const { lostNodeSeconds } = props;
  return {
    metadata: { labels: labelsFor(props.identity) },
    spec: {
      serviceAccountName: props.identity.instance,
      ...(props.priorityClass === undefined ? {} : { priorityClassName: props.priorityClass }),
      automountServiceAccountToken: false,
      // A Service named redis would inject REDIS_PORT=tcp://…, which Laravel reads as its own (laravel/framework#24999).
      enableServiceLinks: false,
      dnsConfig: { options: [{ name: 'timeout', value: String(LOOKUP_SECONDS) }] },
      restartPolicy: props.restartPolicy ?? 'Always',
      terminationGracePeriodSeconds: props.gracePeriodSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: props.user,
        runAsGroup: props.user,
        fsGroup: props.user,
        // A recursive chown of a large data directory would delay every restart.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      // Wishes, not demands: a lost zone must not leave pods unscheduled.
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selectorFor(props.identity) },
      })),
      ...(props.apartFrom && {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: props.apartFrom } },
            ],
          },
        },
      }),
      ...(lostNodeSeconds !== undefined && {
        tolerations: ['not-ready', 'unreachable'].map((state) => ({
          key: `node.kubernetes.io/${state}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: lostNodeSeconds,
        })),
      }),
      ...(props.initContainers && { initContainers: props.initContainers.map(containerOf) }),
      containers: props.containers.map(containerOf),
      volumes: volumesOf(all),
    },
  };
}

function containerOf(container: Container): ApiContainer {
  const { env, ports, preStopSeconds, user } = container;
  return {
    name: container.name,
    image: container.image,
    imagePullPolicy: 'IfNotPresent',
    ...(container.command && { command: container.command }),
    ...(container.args && { args: container.args }),
    ...(env && { env: Object.entries(env).map(([name, value]) => ({ name, value })) }),
    ...(ports && { ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })) }),
    resources: requirementsOf(container.resources),
    ...(container.startup && { startupProbe: container.startup }),
    ...(container.liveness && { livenessProbe: container.liveness }),
    ...(container.readiness && { readinessProbe: container.readiness }),
    // The built-in sleep action is newer than 1.27.
    ...(preStopSeconds && { lifecycle: { preStop: { exec: { command: ['sleep', String(preStopSeconds)] } } } }),
    securityContext: { ...CONTAINER_SECURITY, ...(user !== undefined && { runAsUser: user, runAsGroup: user }) },
    volumeMounts: container.mounts.map(({ volume, path, readOnly }) => ({
      name: volume.name,
      mountPath: path,
      readOnly: readOnly ?? true,
    })),
  };
}

/** Each volume once; what a StatefulSet claims itself is not the pod template's to name. */
function volumesOf(containers: readonly Container[]): Volume[] {
  const volumes = containers.flatMap((container) => container.mounts.map((mount) => mount.volume));
  const byName = new Map(
    volumes.filter(({ name, persistentVolumeClaim }) => persistentVolumeClaim?.claimName !== name).map((volume) => [volume.name, volume]),
  );
  return [...byName.values()];
}
