import type { Environment } from '../../../lib/environments';
import { local } from '../../../lib/environments/local';
import { production } from '../../../lib/environments/production';
import { manifests, type Changeable } from './refusal';

const PRIMARY = 'statefulset.kubernetes.io/pod-name';
const topology = (what: string, change: (data: Record<string, string>) => unknown) =>
  manifests(what, ({ get }) => change(get('ConfigMap', 'mysql-topology')['data']));
const object = (kind: string, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'other', ...(namespace !== undefined && { namespace }) },
});
const added = (kind: string, namespace?: string) =>
  manifests(`an object of kind ${kind}`, ({ tiers }) => tiers['web']?.push(object(kind, namespace)));
const without = (kind: string, name: string) => manifests(`no ${kind} ${name}`, ({ remove }) => remove(kind, name));
const annotated = (kind: string, name: string, annotations: Record<string, string>) => (changeable: Changeable) => {
  const { metadata } = changeable.get(kind, name);
  Object.assign(metadata, { annotations: { ...metadata.annotations, ...annotations } });
};
/** Production without TLS for Redis, whose certificates would name what is missing too. */
const PLAIN: Environment = {
  ...production,
  redis: { ...production.redis, tls: 'off' },
  redisCache: { ...production.redisCache, tls: 'off' },
};
const plain = (kind: string, name: string) =>
  manifests(`no ${kind} ${name}, where Redis does not encrypt`, ({ remove }) => remove(kind, name), PLAIN);
const later = (kind: string, name: string) =>
  manifests(`${kind} ${name} in wave 3`, annotated(kind, name, { 'argocd.argoproj.io/sync-wave': '3' }));

export const kinds = [
  ...['Secret', 'Role', 'RoleBinding', 'Application'].map((kind) => added(kind, 'fintrack-production')),
  ...['ClusterRole', 'ClusterRoleBinding', 'StorageClass'].map((kind) => added(kind)),
];

export const references = [
  manifests('an object that is there twice', ({ tiers, get }) => tiers['web']?.push(get('Service', 'php'))),
  without('ServiceAccount', 'scheduler'),
  manifests('a PriorityClass that is not there', ({ pod }) => (pod('Deployment', 'redis-cache').priorityClassName = 'high')),
  without('ConfigMap', 'nginx'),
  without('ConfigMap', 'mysql-topology'),
  manifests('a key less in a ConfigMap', ({ get }) => delete get('ConfigMap', 'mysql')['data']['ready.sh']),
  manifests('a key that no ExternalSecret brings', ({ get }) => {
    const { spec } = get('ExternalSecret', 'fintrack-redis');
    spec.data = spec.data.filter(({ secretKey }: { secretKey: string }) => secretKey !== 'sentinel-password');
  }),
  manifests('a ConfigMap that nobody mounts', ({ tiers }) =>
    tiers['web']?.push({ ...object('ConfigMap', production.namespace), data: {} }),
  ),
  manifests('a ConfigMap that the API server would refuse', ({ get }) => {
    const { data } = get('ConfigMap', 'nginx');
    data['fastcgi.conf'] = '#'.repeat(700 * 1024);
    data['security-headers.conf'] = '#'.repeat(700 * 1024);
  }),
  manifests(
    'a Secret that nobody declared',
    ({ pod }) =>
      (pod('StatefulSet', 'redis').volumes.find(({ name }: { name: string }) => name === 'secrets').projected.sources[0].secret = {
        name: 'other',
        items: [{ key: 'app-password', path: 'x' }],
      }),
  ),
  manifests('a mount without a volume', ({ pod }) =>
    pod('Deployment', 'php').containers[0].volumeMounts.push({ name: 'other', mountPath: '/other' }),
  ),
  manifests('a volume without a mount', ({ pod }) => pod('Deployment', 'php').volumes.push({ name: 'other', emptyDir: {} })),
  manifests(
    'a probe of a port without a name',
    ({ pod }) => (pod('Deployment', 'php').containers[0].livenessProbe.tcpSocket.port = 'other'),
  ),
];

/** One more autoscaler, of nothing. */
const stray = (kind: string, name: string) =>
  manifests(`${kind} that scales nothing`, ({ tiers, get }) => {
    const { metadata, spec, ...rest } = structuredClone(get(kind, name));
    tiers['web']?.push({
      ...rest,
      metadata: { ...metadata, name: 'other' },
      spec: { ...spec, scaleTargetRef: { ...spec.scaleTargetRef, name: 'other' } },
    });
  });

export const targets = [
  manifests(
    'a selector that misses its own pods',
    ({ get }) => (get('Deployment', 'scheduler')['spec'].selector.matchLabels['app.kubernetes.io/instance'] = 'nobody'),
  ),
  manifests('a Service of no pod', ({ get }) => (get('Service', 'mysql-read')['spec'].selector = { app: 'mysql' })),
  manifests(
    'a way from no pod',
    ({ get }) => (get('NetworkPolicy', 'php')['spec'].ingress[0].from[0].podSelector.matchLabels = { app: 'nginx' }),
  ),
  manifests('a Service of a port that no container has', ({ get }) => (get('Service', 'nginx')['spec'].ports[0].targetPort = 'https')),
  without('Service', 'redis-headless'),
  plain('Service', 'redis-cache'),
  plain('Service', 'redis-0'),
  manifests('a headless Service with an address', ({ get }) => (get('Service', 'redis-headless')['spec'].clusterIP = undefined)),
  manifests('a route to another port', ({ get }) => (get('HTTPRoute', 'nginx')['spec'].rules[0].backendRefs[0].port = 80)),
  stray('HorizontalPodAutoscaler', 'nginx'),
  stray('ScaledObject', 'queue-worker-default'),
  plain('TriggerAuthentication', 'queue-worker-default'),
  without('ServiceAccount', 'secret-store'),
  without('SecretStore', 'fintrack'),
  without('Certificate', 'mysql'),
  without('Certificate', 'redis'),
  without('Certificate', 'fintrack-ca'),
  without('Issuer', 'fintrack-ca'),
  manifests('a certificate for nobody', ({ get }) => get('Certificate', 'mysql')['spec'].dnsNames.push('postgres')),
  manifests('a certificate that lacks the name which PHP calls', ({ get }) => {
    const { spec } = get('Certificate', 'redis-cache');
    spec.dnsNames = spec.dnsNames.filter((name: string) => name !== 'redis-cache');
  }),
  manifests('a certificate that lacks the name which KEDA calls', ({ get }) => {
    const { spec } = get('Certificate', 'redis');
    spec.dnsNames = spec.dnsNames.filter((name: string) => !name.endsWith('.svc'));
  }),
  manifests('a certificate that lacks the name for reads', ({ get }) => {
    const { spec } = get('Certificate', 'mysql');
    spec.dnsNames = spec.dnsNames.filter((name: string) => name !== 'mysql-read');
  }),
  manifests('an autoscaler that trusts no authority', ({ get }) =>
    get('TriggerAuthentication', 'queue-worker-default')['spec'].secretTargetRef.pop(),
  ),
  manifests(
    'a login whose password nobody declared',
    ({ get }) => (get('TriggerAuthentication', 'queue-worker-default')['spec'].secretTargetRef[0].key = 'other'),
  ),
];

export const primary = [
  topology('a server too few', (data) => (data['servers'] = 'mysql-primary-0\nmysql-replica-0\n')),
  topology('a server too many', (data) => (data['servers'] = `${data['servers']}mysql-replica-2\n`)),
  topology('another primary than that of Service mysql', (data) => (data['primary'] = 'mysql-replica-0\n')),
  manifests('writes that lead to no pod', ({ get }) => (get('Service', 'mysql')['spec'].selector[PRIMARY] = 'mysql-replica-2')),
  manifests('no Service mysql-replica-0, where nobody encrypts', ({ remove }) => remove('Service', 'mysql-replica-0'), local),
];

export const companions = [
  without('Namespace', 'fintrack-production'),
  without('NetworkPolicy', 'deny-all'),
  without('NetworkPolicy', 'redis'),
  without('PodDisruptionBudget', 'php'),
  without('Service', 'nginx'),
  without('HorizontalPodAutoscaler', 'nginx'),
  without('ScaledObject', 'queue-worker-default'),
  without('HTTPRoute', 'nginx'),
  without('HTTPRoute', 'nginx-redirect'),
  without('PodMonitor', 'fintrack'),
  without('PrometheusRule', 'fintrack-limits'),
  without('ConfigMap', 'fintrack-dashboards'),
  manifests('no Service of pods that others may reach', ({ remove }) => remove('Service', 'nginx'), local),
];

export const waves = [
  manifests('a migration before all waves', annotated('Job', 'migration', { 'argocd.argoproj.io/hook': 'PreSync' })),
  later('ConfigMap', 'nginx'),
  later('ServiceAccount', 'scheduler'),
  later('Deployment', 'php'),
  later('TriggerAuthentication', 'queue-worker-default'),
  later('Service', 'nginx'),
  later('Service', 'redis-headless'),
  later('ServiceAccount', 'secret-store'),
  later('SecretStore', 'fintrack'),
  manifests('what makes a Secret in a later tier', ({ tiers, get, remove }) => {
    const maker = get('ExternalSecret', 'fintrack-redis');
    remove('ExternalSecret', 'fintrack-redis');
    tiers['web']?.push(maker);
  }),
  manifests('a PriorityClass in a later tier', ({ tiers, get, remove }) => {
    const priority = get('PriorityClass', 'fintrack-production-data');
    remove('PriorityClass', 'fintrack-production-data');
    tiers['web']?.push(priority);
  }),
];

const grace = (kind: string, name: string, seconds: number) =>
  manifests(`${kind} ${name}, killed after ${seconds} s`, ({ pod }) => (pod(kind, name).terminationGracePeriodSeconds = seconds));

export const memory = [
  manifests('a pod that one request may fill', ({ pod }) => (pod('Deployment', 'php').containers[0].resources.limits.memory = '128Mi')),
];

export const disruptions = [
  manifests('a budget of no pod', ({ get }) => (get('PodDisruptionBudget', 'nginx')['spec'].maxUnavailable = 0)),
  manifests('a budget that wants the only pod', ({ get }) => {
    const { spec } = get('PodDisruptionBudget', 'scheduler');
    delete spec.maxUnavailable;
    spec.minAvailable = 1;
  }),
  manifests('more servers than nodes', () => undefined, { ...production, mysql: { ...production.mysql, replicas: 3 } }),
  grace('Deployment', 'nginx', 75),
  grace('Deployment', 'php', 70),
  grace('Deployment', 'redis-proxy', 15),
  grace('StatefulSet', 'redis', 20),
  grace('Deployment', 'queue-worker-default', 120),
  manifests('a job that another worker gets while it runs', ({ get }) => {
    const { data } = get('ConfigMap', 'laravel');
    for (const file of Object.keys(data)) data[file] = data[file].replace("RETRY_AFTER='120'", "RETRY_AFTER='90'");
  }),
];
