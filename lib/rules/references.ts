import type { Manifest } from '../charts';
import { mocoBackupLabels, mocoServerLabels, mocoServices } from '../components/mysql';
import { CREDENTIALS } from '../components/secrets';
import { LARGEST } from '../docker/docker-files';
import { POD_NAME_LABEL, type Labels } from '../kubernetes/labels';

/** A pod template and the object that makes pods of it. */
interface Owner {
  readonly title: string;
  readonly manifest: Manifest;
  readonly template: Manifest;
}

const titleOf = (manifest: Manifest) => `${manifest.kind} ${manifest.metadata.name}`;

/** What an operator makes of an object once it is applied. */
interface Made {
  /** Labels of the pods. */
  readonly pods: Labels;
  /** Names of the Services. */
  readonly services: readonly string[];
  /** ConfigMaps that the pods mount. */
  readonly configMaps: (spec: Manifest['spec']) => readonly string[];
}

const MADE_BY_OPERATORS: Readonly<Record<string, Made>> = {
  MySQLCluster: { pods: mocoServerLabels, services: Object.values(mocoServices), configMaps: (spec) => [spec.mysqlConfigMapName] },
  BackupPolicy: { pods: mocoBackupLabels, services: [], configMaps: () => [] },
};

/** Whether labels satisfy a selector of equalities. */
function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Names that clash, selectors that match nothing and references to what is not there: one line each. */
export function referenceFindings(manifests: readonly Manifest[]): string[] {
  const owners = manifests.flatMap((manifest): Owner[] =>
    manifest['spec']?.template ? [{ title: titleOf(manifest), manifest, template: manifest['spec'].template }] : [],
  );
  const others = operatorPods(manifests);
  return [
    ...duplicates(manifests),
    ...manifests.flatMap((manifest) => selectorFindings(manifest, owners, others)),
    ...owners.flatMap((owner) => podFindings(owner, manifests)),
    ...manifests.flatMap((manifest) => targetFindings(manifest, manifests)),
    ...unmounted(manifests, owners),
    ...topologyFindings(manifests),
  ];
}

/** Labels of the pods that operators will make. */
function operatorPods(manifests: readonly Manifest[]): Labels[] {
  return manifests.flatMap(({ kind }) => {
    const made = MADE_BY_OPERATORS[kind];
    return made === undefined ? [] : [made.pods];
  });
}

function duplicates(manifests: readonly Manifest[]): string[] {
  const titles = manifests.map((manifest) => `${titleOf(manifest)} (${manifest.apiVersion})`);
  return [...new Set(titles.filter((title, index) => titles.indexOf(title) !== index))].map(
    (title) => `${title} exists twice; the second would overwrite the first`,
  );
}

/** A workload selects its own pods; a Service, a disruption budget and a NetworkPolicy select somebody's, and a Service's ports exist there. */
function selectorFindings(manifest: Manifest, owners: readonly Owner[], others: readonly Labels[]): string[] {
  const { kind, spec } = manifest;
  const title = titleOf(manifest);
  if (kind === 'Deployment' || kind === 'StatefulSet') {
    return selects(spec.selector.matchLabels, spec.template.metadata.labels) ? [] : [`${title}: its selector does not match its own pods`];
  }
  const selector: Record<string, string> | undefined =
    kind === 'Service'
      ? spec.selector
      : kind === 'PodDisruptionBudget'
        ? spec.selector.matchLabels
        : kind === 'NetworkPolicy'
          ? spec.podSelector.matchLabels
          : undefined;
  if (selector === undefined) {
    return [];
  }
  const chosen = owners.filter((owner) => selects(selector, { ...owner.template.metadata.labels, ...podNameOf(owner, selector) }));
  if (chosen.length === 0 && !others.some((labels) => selects(selector, labels))) {
    return [`${title}: its selector ${JSON.stringify(selector)} matches no pod`];
  }
  const unknown =
    kind === 'NetworkPolicy'
      ? peersOf(spec).filter(
          (peer) => ![...owners.map(({ template }) => template.metadata.labels ?? {}), ...others].some((labels) => selects(peer, labels)),
        )
      : [];
  if (unknown.length > 0) {
    return unknown.map((peer) => `${title}: its peer ${JSON.stringify(peer)} matches no pod`);
  }
  const ports: { name: string; targetPort: string }[] = kind === 'Service' ? spec.ports : [];
  return ports.flatMap(({ targetPort }) =>
    chosen.flatMap(({ title: owner, template }) =>
      portsOf(template).has(targetPort) ? [] : [`${title}: its port ${targetPort} is not a port of ${owner}`],
    ),
  );
}

/** Selectors of the pods of this namespace that a policy lets talk. */
function peersOf(spec: Manifest['spec']): Record<string, string>[] {
  const rules: { from?: Manifest['spec'][]; to?: Manifest['spec'][] }[] = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
  return rules
    .flatMap(({ from, to }) => from ?? to ?? [])
    .filter((peer) => peer.podSelector && !peer.namespaceSelector)
    .map((peer) => peer.podSelector.matchLabels ?? {});
}

/** Names of a StatefulSet's pods. */
function podsOf({ metadata, spec }: Manifest): string[] {
  return Array.from({ length: spec.replicas }, (_, ordinal) => `${metadata.name}-${ordinal}`);
}

/** The label that the StatefulSet controller puts on a pod, where a selector asks for one of its pods. */
function podNameOf({ manifest }: Owner, selector: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pod = selector[POD_NAME_LABEL];
  return pod !== undefined && manifest.kind === 'StatefulSet' && podsOf(manifest).includes(pod) ? { [POD_NAME_LABEL]: pod } : {};
}

function containersOf(template: Manifest): Manifest[] {
  return [...(template['spec'].initContainers ?? []), ...template['spec'].containers];
}

function portsOf(template: Manifest): Set<string> {
  return new Set(containersOf(template).flatMap((container) => (container['ports'] ?? []).map((port: { name: string }) => port.name)));
}

/** What a pod names: ServiceAccount, ConfigMaps with their keys, Secrets with their keys, volumes, ports of probes. */
function podFindings({ title, template }: Owner, manifests: readonly Manifest[]): string[] {
  const findings: string[] = [];
  const spec = template['spec'];
  const named = (kind: string, name: string) => manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

  if (!named('ServiceAccount', spec.serviceAccountName)) {
    findings.push(`${title}: there is no ServiceAccount ${spec.serviceAccountName}`);
  }
  if (spec.priorityClassName && !named('PriorityClass', spec.priorityClassName)) {
    findings.push(`${title}: there is no PriorityClass ${spec.priorityClassName}; the API server would refuse its pods`);
  }
  const volumes: Manifest[] = spec.volumes ?? [];
  for (const volume of volumes) {
    const config = volume['configMap'];
    if (config) {
      const data: Record<string, string> | undefined = named('ConfigMap', config.name)?.['data'];
      if (!data) {
        findings.push(`${title}: there is no ConfigMap ${config.name}`);
      }
      const items: { key: string }[] = config.items ?? [];
      items
        .filter(({ key }) => data && !(key in data))
        .forEach(({ key }) => findings.push(`${title}: ConfigMap ${config.name} has no key ${key}`));
    }
    const sources: { secret: { name: string; items: { key: string }[] } }[] = volume['projected']?.sources ?? [];
    for (const { secret } of sources) {
      for (const { key } of secret.items) {
        findings.push(...credentialFindings(title, secret.name, key));
      }
    }
  }

  const claims: Manifest[] = manifests.find((manifest) => titleOf(manifest) === title)?.['spec'].volumeClaimTemplates ?? [];
  const available = new Set([...volumes.map((volume) => volume['name'] as string), ...claims.map((claim) => claim.metadata.name)]);
  const used = new Set<string>();
  for (const container of containersOf(template)) {
    const own = new Set<string>((container['ports'] ?? []).map((port: { name: string }) => port.name));
    for (const { name } of container['volumeMounts'] ?? []) {
      used.add(name);
      if (!available.has(name)) {
        findings.push(`${title}: container ${container['name']} mounts ${name}, which is no volume`);
      }
    }
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const port = container[probe]?.httpGet?.port ?? container[probe]?.tcpSocket?.port;
      if (port !== undefined && !own.has(port)) {
        findings.push(`${title}: ${probe} of ${container['name']} asks port ${port}, which the container does not name`);
      }
    }
  }
  [...available].filter((name) => !used.has(name)).forEach((name) => findings.push(`${title}: volume ${name} is mounted by no container`));
  return findings;
}

/** A key of a Secret that nobody declared. */
function credentialFindings(title: string, secret: string, key: string): string[] {
  return Object.values(CREDENTIALS).some((credential) => credential.secret === secret && credential.key === key)
    ? []
    : [`${title}: key ${key} of Secret ${secret} is not among the credentials; declare it in lib/components/secrets`];
}

/** What other objects name: an autoscaler its target, a route its Service, a StatefulSet its headless Service; and every ConfigMap is mounted by somebody. */
function targetFindings(manifest: Manifest, manifests: readonly Manifest[]): string[] {
  const title = titleOf(manifest);
  const { kind, spec } = manifest;
  const exists = (wanted: string) => manifests.some((candidate) => titleOf(candidate) === wanted);
  if (kind === 'HorizontalPodAutoscaler') {
    const target = `${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`;
    return exists(target) ? [] : [`${title}: there is no ${target} to scale`];
  }
  if (kind === 'ScaledObject') {
    const { name } = spec.scaleTargetRef;
    const missing = exists(`Deployment ${name}`) ? [] : [`${title}: there is no Deployment ${name} to scale`];
    const logins: string[] = spec.triggers.map((trigger: Manifest) => trigger['authenticationRef'].name);
    return [
      ...missing,
      ...[...new Set(logins)]
        .filter((login) => !exists(`TriggerAuthentication ${login}`))
        .map((login) => `${title}: there is no TriggerAuthentication ${login}`),
    ];
  }
  if (kind === 'TriggerAuthentication') {
    const keys: { name: string; key: string }[] = spec.secretTargetRef;
    return keys.flatMap(({ name, key }) => credentialFindings(title, name, key));
  }
  if (kind === 'HTTPRoute' || kind === 'Ingress') {
    return backendsOf(manifest)
      .filter(({ name, port }) => {
        const service = manifests.find((candidate) => titleOf(candidate) === `Service ${name}`);
        return !service?.['spec'].ports.some((own: { port: number }) => own.port === port);
      })
      .map(({ name, port }) => `${title}: there is no port ${port} of Service ${name}`);
  }
  if (kind === 'StatefulSet') {
    const service = manifests.find((candidate) => titleOf(candidate) === `Service ${spec.serviceName}`);
    return service?.['spec'].clusterIP === 'None'
      ? []
      : [`${title}: there is no headless Service ${spec.serviceName}; its pods would have no names`];
  }
  if (kind === 'ConfigMap') {
    const texts = Object.values<string>(manifest['data']);
    const hosts = texts.flatMap((text) => HOSTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, host]) => host)));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return [
      ...[...new Set(hosts)]
        .filter(
          (host) => !exists(`Service ${host}`) && !manifests.some((other) => MADE_BY_OPERATORS[other.kind]?.services.includes(host ?? '')),
        )
        .map((host) => `${title}: there is no Service ${host}, which it names as a host`),
      ...(bytes > LARGEST ? [`${title}: has ${bytes} bytes; a ConfigMap holds at most ${LARGEST}`] : []),
    ];
  }
  return [];
}

/** Services that a route or an Ingress leads to. */
function backendsOf({ kind, spec }: Manifest): { name: string; port: number }[] {
  const rules: Manifest['spec'][] = spec.rules;
  return kind === 'HTTPRoute'
    ? rules.flatMap((rule) => rule.backendRefs ?? [])
    : rules.flatMap((rule) =>
        rule.http.paths.map(({ backend }: Manifest['spec']) => ({ name: backend.service.name, port: backend.service.port.number })),
      );
}

/** MySQL's topology against the servers that there are, and against the Service for writes. */
function topologyFindings(manifests: readonly Manifest[]): string[] {
  const topology = manifests.find((manifest) => titleOf(manifest) === 'ConfigMap mysql-topology');
  if (!topology) {
    return [];
  }
  const lines = (key: string): string[] => topology['data'][key]?.split('\n').filter(Boolean) ?? [];
  const pods = manifests
    .filter(({ kind, spec }) => kind === 'StatefulSet' && spec.template.metadata.labels['app.kubernetes.io/name'] === 'mysql')
    .flatMap(podsOf);
  const servers = lines('servers');
  const primary = lines('primary').join();
  const written: string | undefined = manifests.find((manifest) => titleOf(manifest) === 'Service mysql')?.['spec'].selector[
    POD_NAME_LABEL
  ];
  return [
    ...servers.filter((pod) => !pods.includes(pod)).map((pod) => `its server ${pod} is a pod of no StatefulSet`),
    ...pods.filter((pod) => !servers.includes(pod)).map((pod) => `server ${pod} is missing; the others would not ask it`),
    ...pods
      .filter((pod) => !manifests.some((manifest) => titleOf(manifest) === `Service ${pod}`))
      .map((pod) => `there is no Service ${pod}; the others could not reach it`),
    ...(pods.includes(primary) ? [] : [`its primary ${JSON.stringify(primary)} is no pod of a StatefulSet`]),
    ...(written === primary ? [] : [`its primary is ${JSON.stringify(primary)}, and Service mysql leads to ${written}`]),
  ].map((finding) => `ConfigMap mysql-topology: ${finding}`);
}

/** ConfigMaps that no pod mounts. */
function unmounted(manifests: readonly Manifest[], owners: readonly Owner[]): string[] {
  const mounted = new Set<string | undefined>([
    ...owners.flatMap(({ template }) => (template['spec'].volumes ?? []).map((volume: Manifest) => volume['configMap']?.name)),
    ...manifests.flatMap(({ kind, spec }) => MADE_BY_OPERATORS[kind]?.configMaps(spec) ?? []),
  ]);
  return manifests
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && !mounted.has(metadata.name))
    .map((manifest) => `${titleOf(manifest)}: no pod mounts it`);
}

/** Hosts that files name: Laravel's settings and nginx. One with a dot lies outside. */
const HOSTS = [/^\w*HOST='([^'.]+)'$/gm, /^\s*fastcgi_pass ([^:.;\s]+):\d+;/gm];
