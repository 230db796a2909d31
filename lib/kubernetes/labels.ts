/** Who a pod is: the three words that every label and selector is made of. */
export interface Identity {
  /** The component it belongs to, for instance `php`. */
  readonly name: string;
  /** The workload, unique in the namespace and equal to its object's name, for instance `queue-worker`. */
  readonly instance: string;
  /** What it does in its component, for instance `worker`. */
  readonly role: string;
}

/** A Kubernetes label map. */
export type Labels = Readonly<Record<string, string>>;

/** Label of a namespace whose environment is held to what only the real thing can give: images by digest, and spare pods. */
export const STRICT = { 'fintrack/strict': 'true' };

/** Label of a namespace in which nothing may run but what is hardened as FinTrack's pods are. */
export const HARDENED = { 'fintrack/hardened': 'true' };

/** Label of a namespace whose Secrets come from a store. */
export const SECRETS_FROM_STORE = { 'fintrack/secrets': 'from-store' };

/** The label by which the StatefulSet controller names each pod; a Service uses it to reach one pod. */
export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';

/** Label with the name of a workload. */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** Role of a ConfigMap that no pod mounts: Grafana reads it. */
export const DASHBOARDS_ROLE = 'dashboards';

/** What every object and every pod has that FinTrack makes. */
export const PART_OF_FINTRACK: Labels = { 'app.kubernetes.io/part-of': 'fintrack' };

/**
 * Labels of a workload and its pods.
 *
 * @param version changes with every release, so it belongs on the workload's own metadata only, never on pods or in selectors
 */
export function labelsFor(identity: Identity, version?: string): Labels {
  return {
    ...selectorFor(identity),
    'app.kubernetes.io/component': identity.role,
    ...PART_OF_FINTRACK,
    'app.kubernetes.io/managed-by': 'cdk8s',
    ...(version === undefined ? {} : { 'app.kubernetes.io/version': version }),
  };
}

/** Selector of one workload's pods. Selectors are immutable on a live object, so nothing in it may ever change. */
export function selectorFor(identity: Pick<Identity, 'name' | 'instance'>): Labels {
  return { ...componentSelector(identity.name), [INSTANCE_LABEL]: identity.instance };
}

/** Selector of all pods of a component, whatever their workload. */
export function componentSelector(name: string): Labels {
  return { 'app.kubernetes.io/name': name };
}

/** Selector of the pods of all workloads that do the same in a component. */
export function roleSelector(name: string, role: string): Labels {
  return { ...componentSelector(name), 'app.kubernetes.io/component': role };
}

/** Selector of one workload's pods by a single label, as NetworkPolicies use it. */
export function instanceSelector(instance: string): Labels {
  return { [INSTANCE_LABEL]: instance };
}
