import type { Manifest } from '../../charts';
import { POD_NAME_LABEL } from '../../kubernetes/labels';
import { companionFindings } from '../companions';
import { selects } from '../objects';
import { objects, podsIn, type HeldElsewhere, type Requirement } from './requirement';

const LABELS = ['name', 'instance', 'component', 'part-of', 'managed-by'].map((key) => `app.kubernetes.io/${key}`);

/** A label's value as the API server takes it. */
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/** A name that a certificate can be for, without a star. */
const isExact = (host: unknown) => typeof host === 'string' && host !== '' && !host.includes('*');

/** What stands around pods: networks, the edge, the namespace, and what every object has. */
export const SURROUNDINGS = {
  /**
   * Default deny plus exact allows. KS pod-networkpolicy, networkpolicy-targets-pod; KL dangling-networkpolicy,
   * dangling-networkpolicypeer-podselector, non-isolated-pod; PO missingNetworkPolicy; CK v2:6; TR 0038; KC C030, C049, C052, C054, C206,
   * C260, C299.
   */
  R40: { wants: 'a policy that denies all, and one for each pod', rule: companionFindings } satisfies HeldElsewhere,
  /**
   * Services internal, selecting something. KS service-targets-pod, service-type; KL dangling-service, exposed-services; TR 0108; KC C021,
   * C293; DT SERVICE_INCORRECT_TYPE_VALUE_NODEPORT.
   */
  R41: objects(
    'a Service inside the cluster, whose pods are known by the labels of their template',
    ['Service'],
    ({ spec }) =>
      (spec.type ?? 'ClusterIP') === 'ClusterIP' &&
      spec.externalIPs === undefined &&
      spec.selector !== undefined &&
      spec.selector[POD_NAME_LABEL] === undefined,
  ),
  /**
   * TLS at the edge. KS ingress-targets-service; KL dangling-ingress; PO tlsSettingsMissing; CK 152, 153, 154; KC C059, C263, C292, C298,
   * C302; DT INGRESS_INCORRECT_HOST_VALUE_PERMISSIVE, CONFIGMAP_CVE2021_25742_INCORRECT_SNIPPET_ANNOTATIONS_VALUE,
   * INGRESS_CVE2021_25742_INCORRECT_SERVER_SNIPPET_KEY.
   */
  R42: objects(
    'exact host names, TLS for each of an Ingress, and no snippets of a proxy’s own language',
    ['Ingress', 'HTTPRoute'],
    ({ kind, metadata, spec }) => {
      const hosts: string[] = kind === 'Ingress' ? spec.rules.map(({ host }: Manifest['spec']) => host) : (spec.hostnames ?? []);
      const covered = (spec.tls ?? []).flatMap((tls: Manifest['spec']) => tls.hosts) as string[];
      return (
        hosts.length > 0 &&
        hosts.every((host) => isExact(host) && (kind !== 'Ingress' || covered.includes(host))) &&
        !Object.keys(metadata.annotations ?? {}).some((key) => key.includes('snippet'))
      );
    },
  ),
  /**
   * Own namespace with PSA labels. KL use-namespace; CK 21; TR 0037, 0110; KC C061, C068, C209, C212; DT
   * WORKLOAD_INCORRECT_NAMESPACE_VALUE_DEFAULT, ARGO_APP_PROJECT_INCORRECT_NAMESPACE_VALUE.
   */
  R43: objects(
    'a namespace on every object that can have one, and Pod Security restricted on that, enforced as of one version',
    [],
    ({ kind, metadata }) =>
      kind === 'Namespace'
        ? ['enforce', 'audit', 'warn'].every((mode) => metadata.labels?.[`pod-security.kubernetes.io/${mode}`] === 'restricted') &&
          /^v1\.\d+$/.test(metadata.labels?.['pod-security.kubernetes.io/enforce-version'] ?? '')
        : kind === 'PriorityClass' || !['default', 'kube-system', undefined].includes(metadata.namespace),
  ),
  /**
   * Labels and ownership. KS label-values; KL required-annotation-email, required-label-owner; PO metadataAndInstanceMismatched; KC C076,
   * C077; DT WORKLOAD_INVALID_LABELS_VALUE, WORKLOAD_MISSING_LABEL_OWNER_VALUE, DEPLOYMENT_MISSING_LABEL_ENV_VALUE, RESOURCE_MISSING_NAME.
   */
  R44: objects(
    `the labels ${LABELS.join(', ')}; no owner and no environment, for the namespace holds nothing else`,
    [],
    ({ kind, metadata }) => {
      const labels = metadata.labels ?? {};
      return (
        LABELS.every((key) => labels[key] !== undefined) &&
        Object.values(labels).every((value) => LABEL_VALUE.test(value)) &&
        (!['Deployment', 'StatefulSet'].includes(kind) || labels['app.kubernetes.io/instance'] === metadata.name)
      );
    },
  ),
  /**
   * Current APIs, valid schema, sorted keys. KS stable-version; KL no-extensions-v1beta, schema-validation, sorted-keys; TR 0107; KC C073;
   * DT K8S_INCORRECT_KIND_VALUE_POD, K8S_*_APIVERSION_*.
   */
  R45: objects(
    'no Pod without an owner and no beta API of Kubernetes; test/manifests holds every field against the oldest and the newest API',
    [],
    ({ apiVersion, kind }) => kind !== 'Pod' && !(/^[^.]*\/|\.k8s\.io\//.test(apiVersion) && /v\d+(alpha|beta)\d+$/.test(apiVersion)),
  ),
  /**
   * Jobs. KS cronjob-has-deadline, cronjob-restartpolicy; KL job-ttl-seconds-after-finished; DT CRONJOB_INVALID_SCHEDULE_VALUE,
   * CRONJOB_MISSING_STARTINGDEADLINESECOND_KEY, CRONJOB_MISSING_CONCURRENCYPOLICY_KEY.
   */
  R46: objects(
    'of a Job activeDeadlineSeconds and ttlSecondsAfterFinished, of a CronJob a deadline, Forbid and limits of its history',
    ['Job', 'CronJob'],
    ({ kind, spec }) =>
      kind === 'Job'
        ? spec.activeDeadlineSeconds > 0 && spec.ttlSecondsAfterFinished >= 0
        : spec.startingDeadlineSeconds > 0 &&
          spec.concurrencyPolicy === 'Forbid' &&
          [spec.successfulJobsHistoryLimit, spec.failedJobsHistoryLimit].every(Number.isInteger) &&
          spec.jobTemplate.spec.activeDeadlineSeconds > 0 &&
          spec.jobTemplate.spec.ttlSecondsAfterFinished === undefined,
  ),
  /** ServiceMonitor matches a Service. KL dangling-servicemonitor. */
  R47: {
    wants: 'a monitor to select somebody',
    breaches: (all) => {
      const services = all.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.labels ?? {});
      const targets = { ServiceMonitor: services, PodMonitor: podsIn(all).map(({ labels }) => labels) };
      return Object.entries(targets).flatMap(([kind, labels]) =>
        objects('', [kind], ({ spec }) => labels.some((each) => selects(spec.selector.matchLabels ?? {}, each))).breaches(all),
      );
    },
  } satisfies Requirement,
};
