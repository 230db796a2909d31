import type { Manifest } from '../../lib/charts';
import { environments, type Environment } from '../../lib/environments';
import { DASHBOARDS_ROLE } from '../../lib/kubernetes/labels';
import { referenceFindings } from '../../lib/rules';
import { containersOf, find, manifestsFor, ownersOf, titleOf } from '../support/manifests';

/** What no pod mounts; test/alerts says that it is there. */
const isForGrafana = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/component'] === DASHBOARDS_ROLE;

const all: [string, Environment][] = Object.entries(environments);

describe.each(all)('the manifests of %s', (_, environment) => {
  const manifests = manifestsFor(environment);
  const without = (gone: Manifest) => manifests.filter((manifest) => manifest !== gone);

  /** Every place that `places` finds, each broken by `change` in a copy of its own: those that no finding betrays. */
  function unnoticed<Place>(
    places: (manifests: Manifest[]) => Place[],
    change: (place: Place) => void,
    name: (place: Place) => string,
  ): string[] {
    return places(manifests).flatMap((original, index) => {
      const copy = structuredClone(manifests);
      change(places(copy)[index] as Place);
      return referenceFindings(copy).length > 0 ? [] : [name(original)];
    });
  }

  test('name nothing that is not there', () => {
    expect(referenceFindings(manifests)).toEqual([]);
  });

  test('lose no object that another one names without a finding', () => {
    const kinds = ['ConfigMap', 'ServiceAccount', 'StatefulSet', 'Deployment', 'Job', 'Certificate', 'Issuer'];
    const named = manifests
      .filter(({ kind, spec }) => kinds.includes(kind) || (kind === 'Service' && spec.clusterIP === 'None'))
      .filter((manifest) => !isForGrafana(manifest));
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((manifest) => referenceFindings(without(manifest)).length === 0).map(titleOf)).toEqual([]);
  });

  test('lose no Service that the application’s settings or nginx.conf name without a finding', () => {
    const named = ['php', 'mysql', 'mysql-read', 'redis', 'redis-cache'].map((name) => find(manifests, 'Service', name));
    expect(named.filter((manifest) => referenceFindings(without(manifest)).length === 0).map(titleOf)).toEqual([]);
  });

  test('hold no object twice without a finding', () => {
    expect(manifests.filter((manifest) => referenceFindings([...manifests, manifest]).length === 0).map(titleOf)).toEqual([]);
  });

  test('break no label of a selector without a finding', () => {
    const maps = (objects: Manifest[]) => objects.flatMap((manifest) => selectorsIn(manifest).map((labels) => ({ manifest, labels })));
    const labels = (objects: Manifest[]) => maps(objects).flatMap((place) => Object.keys(place.labels).map((key) => ({ ...place, key })));
    expect(labels(manifests).length).toBeGreaterThan(50);
    const broken = unnoticed(
      labels,
      (place) => (place.labels[place.key] = 'nobody'),
      ({ manifest, key }) => `${titleOf(manifest)} ${key}`,
    );
    expect([...new Set(broken)]).toEqual([]);
  });

  test('rename no volume without a finding', () => {
    const volumes = (objects: Manifest[]) =>
      ownersOf(objects).flatMap(({ manifest, spec }) =>
        [...spec.volumes, ...(manifest['spec'].volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata)].map((volume) => ({
          manifest,
          volume,
        })),
      );
    expect(
      unnoticed(
        volumes,
        ({ volume }) => (volume.name = 'other'),
        ({ manifest, volume }) => `${titleOf(manifest)} ${volume.name}`,
      ),
    ).toEqual([]);
  });

  test('rename no mount without a finding', () => {
    const mounts = (objects: Manifest[]) =>
      ownersOf(objects).flatMap((owner) =>
        containersOf(owner).flatMap(({ volumeMounts }) => volumeMounts.map((mount: { name: string }) => ({ owner, mount }))),
      );
    expect(
      unnoticed(
        mounts,
        ({ mount }) => (mount.name = 'other'),
        ({ owner, mount }) => `${owner.title} ${mount.name}`,
      ),
    ).toEqual([]);
  });

  test('lose no key of a ConfigMap without a finding', () => {
    const keys = (objects: Manifest[]) =>
      objects
        .filter((manifest) => manifest.kind === 'ConfigMap' && !isForGrafana(manifest))
        .flatMap((manifest) => Object.keys(manifest['data']).map((key) => ({ manifest, key })));
    const lost = unnoticed(
      keys,
      ({ manifest, key }) => Reflect.deleteProperty(manifest['data'], key),
      ({ manifest, key }) => `${titleOf(manifest)} ${key}`,
    );
    expect(lost).toEqual([]);
  });

  // A pod without port "metrics" has no metrics: alert FintrackPodsMissing says so.
  test('rename no port of a container without a finding, but that for metrics', () => {
    const ports = (objects: Manifest[]) =>
      ownersOf(objects).flatMap((owner) =>
        owner.spec.containers.flatMap((container: { ports?: { name: string }[] }) =>
          (container.ports ?? []).filter(({ name }) => name !== 'metrics').map((port) => ({ owner, port })),
        ),
      );
    expect(
      unnoticed(
        ports,
        ({ port }) => (port.name = 'other'),
        ({ owner, port }) => `${owner.title} ${port.name}`,
      ),
    ).toEqual([]);
  });

  test('name no other key of a Secret without a finding', () => {
    const items = (objects: Manifest[]) =>
      ownersOf(objects).flatMap((owner) =>
        owner.spec.volumes
          .flatMap((volume: { projected?: { sources: { secret: { items: object[] } }[] } }) => volume.projected?.sources ?? [])
          .flatMap(({ secret }: { secret: { items: { key: string }[] } }) => secret.items.map((item) => ({ owner, item }))),
      );
    expect(
      unnoticed(
        items,
        ({ item }) => (item.key = 'other'),
        ({ owner, item }) => `${owner.title} ${item.key}`,
      ),
    ).toEqual([]);
  });
});

/** Every label map by which an object chooses pods of its namespace. */
function selectorsIn({ kind, spec }: Manifest): Record<string, string>[] {
  switch (kind) {
    case 'Service':
      return [spec.selector];
    case 'NetworkPolicy': {
      const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])] as Record<string, Manifest['spec'][]>[];
      const peers = rules.flatMap((rule) => rule['from'] ?? rule['to'] ?? []).filter((peer) => peer.podSelector && !peer.namespaceSelector);
      return [spec.podSelector.matchLabels ?? {}, ...peers.map((peer) => peer.podSelector.matchLabels)];
    }
    case 'Deployment':
    case 'StatefulSet':
    case 'PodDisruptionBudget':
      return [spec.selector.matchLabels];
    default:
      return [];
  }
}
