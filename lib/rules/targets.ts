import type { Manifest } from '../charts';
import { LARGEST } from '../docker/docker-files';
import { STORE_ACCOUNT } from '../components/secrets';
import { POD_NAME_LABEL } from '../kubernetes/labels';
import { accountsOf, certificateSecretsOf, credentialFindings, MADE_BY_OPERATORS, podsOf, templateOf, titleOf } from './objects';

/** What an object names, and whether that is there. */
type Rule = (manifest: Manifest, manifests: readonly Manifest[]) => string[];

const named = (manifests: readonly Manifest[], title: string) => manifests.find((candidate) => titleOf(candidate) === title);

/** Hosts that files name: Laravel's settings, nginx and HAProxy. One with a dot lies outside. */
const HOSTS = [/^\w*HOST='(?:tls:\/\/)?([^'.]+)'$/gm, /^\s*fastcgi_pass ([^:.;\s]+):\d+;/gm, /^\s*server (?:\S+ )?([^:.\s]+):\d+/gm];

/** Variables of containers that name hosts. */
const LISTS = ['HOST', 'SERVERS', 'SENTINELS'];

const backends: Rule = (manifest, manifests) =>
  backendsOf(manifest.kind, manifest['spec'])
    .map(({ name, port }) => ({ name, port, own: portsOf(named(manifests, `Service ${name}`)) }))
    .filter(({ port, own }) => !own.includes(port))
    .map(({ name, port, own }) => `${titleOf(manifest)}: there is no port ${port} of Service ${name}; it has ${own.join(', ') || 'none'}`);

const portsOf = (service: Manifest | undefined): number[] => (service?.['spec'].ports ?? []).map(({ port }: { port: number }) => port);

const RULES: Readonly<Record<string, Rule>> = {
  HorizontalPodAutoscaler: (manifest, manifests) => {
    const { kind, name } = manifest['spec'].scaleTargetRef;
    return named(manifests, `${kind} ${name}`) ? [] : [`${titleOf(manifest)}: there is no ${kind} ${name} to scale`];
  },
  ScaledObject: (manifest, manifests) => {
    const { scaleTargetRef, triggers } = manifest['spec'];
    const logins: string[] = triggers.flatMap((trigger: Manifest) => trigger['authenticationRef']?.name ?? []);
    return [
      ...(named(manifests, `Deployment ${scaleTargetRef.name}`) ? [] : [`there is no Deployment ${scaleTargetRef.name} to scale`]),
      ...[...new Set(logins)]
        .filter((login) => !named(manifests, `TriggerAuthentication ${login}`))
        .map((login) => `there is no TriggerAuthentication ${login}`),
    ].map((finding) => `${titleOf(manifest)}: ${finding}`);
  },
  TriggerAuthentication: (manifest, manifests) =>
    manifest['spec'].secretTargetRef.flatMap(({ name, key }: { name: string; key: string }) =>
      credentialFindings(titleOf(manifest), name, key, manifests),
    ),
  ExternalSecret: (manifest, manifests) => {
    const { kind, name } = manifest['spec'].secretStoreRef;
    // Either FinTrack makes its store or it uses one that is there; what is there nobody knows here.
    const own = named(manifests, `ServiceAccount ${STORE_ACCOUNT}`);
    return !own || named(manifests, `${kind} ${name}`) ? [] : [`${titleOf(manifest)}: there is no SecretStore ${name} to bring it from`];
  },
  SecretStore: (manifest, manifests) =>
    accountsOf(manifest['spec'].provider)
      .filter((account) => !named(manifests, `ServiceAccount ${account}`))
      .map((account) => `${titleOf(manifest)}: there is no ServiceAccount ${account} to log in with`),
  Certificate: (manifest, manifests) => {
    const { dnsNames = [], issuerRef } = manifest['spec'] as { dnsNames?: string[]; issuerRef: { kind: string; name: string } };
    // A name with a dot is one of these with the namespace behind it.
    const services = dnsNames.filter((name) => !name.includes('.') && name !== 'localhost');
    // Either FinTrack makes its issuers or it uses one that is there; what is there nobody knows here.
    const own = manifests.some(({ kind }) => kind === 'Issuer');
    return [
      ...services.filter((name) => !named(manifests, `Service ${name}`)).map((name) => `there is no Service ${name}, which it is for`),
      ...(own && !named(manifests, `${issuerRef.kind} ${issuerRef.name}`)
        ? [`there is no ${issuerRef.kind} ${issuerRef.name}, which would sign it`]
        : []),
    ].map((finding) => `${titleOf(manifest)}: ${finding}`);
  },
  Issuer: (manifest, manifests) => {
    const secret: string | undefined = manifest['spec'].ca?.secretName;
    return secret === undefined || certificateSecretsOf(manifests).has(secret)
      ? []
      : [`${titleOf(manifest)}: no Certificate provides Secret ${secret}, with which it would sign`];
  },
  HTTPRoute: backends,
  Ingress: backends,
  StatefulSet: (manifest, manifests) => {
    const { serviceName } = manifest['spec'];
    return named(manifests, `Service ${serviceName}`)?.['spec'].clusterIP === 'None'
      ? []
      : [`${titleOf(manifest)}: there is no headless Service ${serviceName}; its pods would have no names`];
  },
  ConfigMap: (manifest, manifests) => {
    const texts = Object.values<string>(manifest['data']);
    const hosts = texts.flatMap((text) => HOSTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, host = '']) => host)));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return [
      ...[...new Set(hosts)]
        .filter(
          (host) => !named(manifests, `Service ${host}`) && !manifests.some(({ kind }) => MADE_BY_OPERATORS[kind]?.services.includes(host)),
        )
        .map((host) => `there is no Service ${host}, which it names as a host`),
      ...(bytes > LARGEST ? [`has ${bytes} bytes; a ConfigMap holds at most ${LARGEST}`] : []),
    ].map((finding) => `${titleOf(manifest)}: ${finding}`);
  },
};

/** What objects name beside what their pods mount: an autoscaler its target, a route its Service, a StatefulSet its headless Service, a file or a variable its hosts. */
export function targetFindings(manifests: readonly Manifest[]): string[] {
  return [
    ...manifests.flatMap((manifest) => [...(RULES[manifest.kind]?.(manifest, manifests) ?? []), ...listFindings(manifest, manifests)]),
    ...topologyFindings(manifests),
  ];
}

function listFindings(manifest: Manifest, manifests: readonly Manifest[]): string[] {
  const containers: Manifest['spec'][] = templateOf(manifest)?.spec.containers ?? [];
  const hosts = containers
    .flatMap(({ env = [] }): { name: string; value: string }[] => env)
    .flatMap(({ name, value }) => (LISTS.includes(name) ? value.split(' ') : []));
  return [...new Set(hosts)]
    .filter((host) => !named(manifests, `Service ${host}`))
    .map((host) => `${titleOf(manifest)}: there is no Service ${host}, which it names as a host`);
}

/** Services that a route or an Ingress leads to. */
export function backendsOf(kind: string, spec: Manifest['spec']): { name: string; port: number }[] {
  const rules: Manifest['spec'][] = spec.rules;
  return kind === 'HTTPRoute'
    ? rules.flatMap((rule) => rule.backendRefs ?? [])
    : rules.flatMap((rule) =>
        rule.http.paths.map(({ backend }: Manifest['spec']) => ({ name: backend.service.name, port: backend.service.port.number })),
      );
}

/** MySQL's topology against the servers that there are, and against the Service for writes. */
function topologyFindings(manifests: readonly Manifest[]): string[] {
  const topology = named(manifests, 'ConfigMap mysql-topology');
  if (!topology) {
    return [];
  }
  const lines = (key: string): string[] => topology['data'][key]?.split('\n').filter(Boolean) ?? [];
  const pods = manifests
    .filter(({ kind, spec }) => kind === 'StatefulSet' && spec.template.metadata.labels['app.kubernetes.io/name'] === 'mysql')
    .flatMap(podsOf);
  const servers = lines('servers');
  const primary = lines('primary').join();
  const written: string | undefined = named(manifests, 'Service mysql')?.['spec'].selector[POD_NAME_LABEL];
  return [
    ...servers.filter((pod) => !pods.includes(pod)).map((pod) => `its server ${pod} is a pod of no StatefulSet`),
    ...pods.filter((pod) => !servers.includes(pod)).map((pod) => `server ${pod} is missing; the others would not ask it`),
    ...pods.filter((pod) => !named(manifests, `Service ${pod}`)).map((pod) => `there is no Service ${pod}; the others could not reach it`),
    ...(written === primary ? [] : [`its primary is ${JSON.stringify(primary)}, and Service mysql leads to ${written}`]),
  ].map((finding) => `ConfigMap mysql-topology: ${finding}`);
}
