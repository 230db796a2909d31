import type { Manifest } from '../charts';
import { POD_NAME_LABEL } from '../kubernetes/labels';
import { PORTS } from '../kubernetes/ports';
import { MADE_BY_OPERATORS, selects, templateOf, titleOf } from './objects';
import { backendsOf } from './targets';

/** Pods of one object. */
interface Pods {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether an operator makes them, and their Services. @default false */
  readonly operator?: boolean;
}

/**
 * What must stand beside an object and is named by nobody: one line for each that is missing. Its namespace; for pods a network policy, or
 * all that policies do not open to them is closed; for those that stay a disruption budget; an autoscaler where no replicas are given; and
 * for pods that users may reach the routes by which they do.
 */
export function companionFindings(manifests: readonly Manifest[]): string[] {
  const of = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
  const selectorsOf = (kind: string, at: (spec: Manifest['spec']) => { readonly matchLabels?: Pods['labels'] }): Pods['labels'][] =>
    of(kind).flatMap(({ spec }) => {
      const { matchLabels } = at(spec);
      return matchLabels === undefined ? [] : [matchLabels];
    });

  const namespaces = new Set(of('Namespace').map(({ metadata }) => metadata.name));
  const homeless = new Set(
    manifests.flatMap(({ metadata: { namespace } }) => (namespace === undefined || namespaces.has(namespace) ? [] : namespace)),
  );

  const policies = selectorsOf('NetworkPolicy', (spec) => spec.podSelector);
  const denied = of('NetworkPolicy').some(
    ({ spec }) => spec.podSelector.matchLabels === undefined && spec.ingress === undefined && spec.egress === undefined,
  );
  const budgets = selectorsOf('PodDisruptionBudget', (spec) => spec.selector);
  const lasting = of('Deployment', 'StatefulSet').map(podsOf);
  const all = [...lasting, ...of('Job', 'CronJob').map(podsOf), ...operated(manifests)];
  const without = (pods: readonly Pods[], selectors: readonly Pods['labels'][]) =>
    pods.filter(({ labels }) => !selectors.some((selector) => selects(selector, labels)));

  const scaled = new Set(of('HorizontalPodAutoscaler', 'ScaledObject').map(({ spec }) => spec.scaleTargetRef.name as string));
  return [
    ...[...homeless].map((namespace) => `there is no Namespace ${namespace}, which objects are in`),
    ...(denied ? [] : ['there is no NetworkPolicy that denies what no other one allows; every pod would be open to every other']),
    ...without(all, policies).map(({ title }) => `${title}: no NetworkPolicy is about its pods; nobody would reach them, and they nobody`),
    ...without(lasting, budgets).map(
      ({ title }) => `${title}: no PodDisruptionBudget is about its pods; a drain could take all of them at once`,
    ),
    ...waysFindings(of('NetworkPolicy'), all, of('Service')),
    ...routeFindings(of('NetworkPolicy'), of('HTTPRoute', 'Ingress')),
    ...of('Deployment')
      .filter(({ metadata, spec }) => spec.replicas === undefined && !scaled.has(metadata.name))
      .map((manifest) => `${titleOf(manifest)}: has neither replicas nor an autoscaler; it would run as one pod`),
  ];
}

/** Ways that policies open to pods which have no address that stays. */
function waysFindings(policies: readonly Manifest[], all: readonly Pods[], services: readonly Manifest[]): string[] {
  const served = services.flatMap(({ spec }): Pods['labels'][] => {
    // A Service of one pod selects it by a label that no template has.
    const labels = Object.entries((spec.selector ?? {}) as Pods['labels']).filter(([key]) => key !== POD_NAME_LABEL);
    return labels.length === 0 ? [] : [Object.fromEntries(labels)];
  });
  const goals = policies.flatMap(({ spec }): Pods['labels'][] =>
    (spec.egress ?? []).flatMap(({ to = [] }: Manifest['spec']) =>
      to.flatMap(({ podSelector, namespaceSelector }: Manifest['spec']) => (namespaceSelector ? [] : (podSelector?.matchLabels ?? []))),
    ),
  );
  return all
    .filter(
      ({ labels, operator }) =>
        !operator && goals.some((goal) => selects(goal, labels)) && !served.some((labelsOf) => selects(labelsOf, labels)),
    )
    .map(({ title }) => `${title}: policies open ways to its pods, and no Service leads to them`);
}

/** Routes without which users reach nothing: to the pods that a policy opens to whoever is outside, and away from an address without TLS. */
function routeFindings(policies: readonly Manifest[], routes: readonly Manifest[]): string[] {
  const isOutside = (peer: Manifest['spec']) => peer.ipBlock !== undefined || peer.namespaceSelector !== undefined;
  const opened = policies.some(({ spec }) =>
    (spec.ingress ?? []).some(
      ({ from = [], ports = [] }: Manifest['spec']) =>
        from.some(isOutside) && ports.some(({ port }: { port: number }) => port === PORTS.http),
    ),
  );
  const serving = routes.filter(({ kind, spec }) => backendsOf(kind, spec).length > 0);
  const redirected = new Set<string>(
    routes
      .filter(({ kind, spec }) => kind === 'HTTPRoute' && JSON.stringify(spec.rules).includes('"requestRedirect"'))
      .flatMap(({ spec }) => spec.hostnames as string[]),
  );
  return [
    ...(opened && serving.length === 0
      ? ['a NetworkPolicy lets users in from outside, and no HTTPRoute or Ingress leads them to a Service; add one, or close the way']
      : []),
    ...serving
      .filter(({ kind }) => kind === 'HTTPRoute')
      .flatMap((route) =>
        (route['spec'].hostnames as string[])
          .filter((host) => !redirected.has(host))
          .map((host) => `${titleOf(route)}: no HTTPRoute redirects http://${host}; who leaves https:// out would reach nothing. Add one`),
      ),
  ];
}

const podsOf = (manifest: Manifest): Pods => ({ title: titleOf(manifest), labels: templateOf(manifest).metadata.labels });

/** Pods that an operator makes of an object. */
function operated(manifests: readonly Manifest[]): Pods[] {
  return manifests.flatMap((manifest) => {
    const made = MADE_BY_OPERATORS[manifest.kind];
    return made === undefined ? [] : [{ title: titleOf(manifest), labels: made.pods, operator: true }];
  });
}
