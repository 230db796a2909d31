import type { Manifest } from '../charts';
import { DASHBOARDS_ROLE, POD_NAME_LABEL, type Labels } from '../kubernetes/labels';
import { containersOf, credentialFindings, MADE_BY_OPERATORS, podsOf, portsOf, selects, templateOf, titleOf } from './objects';
import { targetFindings } from './targets';

/** A pod template and the object that makes pods of it. */
interface Owner {
  readonly title: string;
  readonly manifest: Manifest;
  readonly template: Manifest;
}

/** Names that clash, selectors that match nothing and references to what is not there: one line each. */
export function referenceFindings(manifests: readonly Manifest[]): string[] {
  const owners = manifests.flatMap((manifest): Owner[] => {
    const template = templateOf(manifest);
    return template ? [{ title: titleOf(manifest), manifest, template }] : [];
  });
  const others = operatorPods(manifests);
  return [
    ...duplicates(manifests),
    ...manifests.flatMap((manifest) => selectorFindings(manifest, owners, others)),
    ...owners.flatMap((owner) => podFindings(owner, manifests)),
    ...targetFindings(manifests),
    ...unmounted(manifests, owners),
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
      portsOf(template).has(targetPort)
        ? []
        : [`${title}: its port ${targetPort} is not a port of ${owner}, which has ${[...portsOf(template)].join(', ')}`],
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

/** The label that the StatefulSet controller puts on a pod, where a selector asks for one of its pods. */
function podNameOf({ manifest }: Owner, selector: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pod = selector[POD_NAME_LABEL];
  return pod !== undefined && manifest.kind === 'StatefulSet' && podsOf(manifest).includes(pod) ? { [POD_NAME_LABEL]: pod } : {};
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
    const sources: { secret: { name: string; items: { key: string; path?: string }[] } }[] = volume['projected']?.sources ?? [];
    for (const { secret } of sources) {
      for (const { key, path } of secret.items) {
        findings.push(...credentialFindings(title, secret.name, key, manifests, path));
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
        findings.push(`${title}: container ${container['name']} mounts ${name}, which is no volume; add it to the pod`);
      }
    }
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const port = container[probe]?.httpGet?.port ?? container[probe]?.tcpSocket?.port;
      if (port !== undefined && !own.has(port)) {
        findings.push(
          `${title}: ${probe} of ${container['name']} asks port ${port}, which the container does not name; it has ${[...own].join(', ') || 'none'}`,
        );
      }
    }
  }
  [...available]
    .filter((name) => !used.has(name))
    .forEach((name) => findings.push(`${title}: volume ${name} is mounted by no container; remove it`));
  return findings;
}

/** ConfigMaps that no pod mounts, and Grafana does not read. */
function unmounted(manifests: readonly Manifest[], owners: readonly Owner[]): string[] {
  const mounted = new Set<string | undefined>([
    ...owners.flatMap(({ template }) => (template['spec'].volumes ?? []).map((volume: Manifest) => volume['configMap']?.name)),
    ...manifests.flatMap(({ kind, spec }) => MADE_BY_OPERATORS[kind]?.configMaps(spec) ?? []),
  ]);
  return manifests
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && !mounted.has(metadata.name))
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] !== DASHBOARDS_ROLE)
    .map((manifest) => `${titleOf(manifest)}: no pod mounts it; remove it`);
}
