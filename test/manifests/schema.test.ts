import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { schemaFindings, type KubernetesVersion } from '../support/schema';

const dist = join(__dirname, '../../dist');

interface Manifest {
  file: string;
  content: { apiVersion?: string; kind?: string } | null;
}

function readManifests(): Manifest[] {
  if (!existsSync(dist)) return [];
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.k8s.yaml'))
    .sort()
    .flatMap((file) =>
      // Kubernetes reads YAML 1.1, where an unquoted `yes` or `on` is a boolean.
      parseAllDocuments(readFileSync(join(dist, file), 'utf8'), { version: '1.1' }).map((document) => {
        const [error] = document.errors;
        if (error) throw new Error(`${file}: ${error.message}`);
        return { file: file.split(sep).join('/'), content: document.toJS() };
      }),
    );
}

// The one exception from 1.27: admission policies, which become stable in 1.30.
function isAdmissionPolicy({ file, content }: Manifest): boolean {
  return file.startsWith('cluster/') && (content?.kind ?? '').startsWith('ValidatingAdmissionPolicy');
}

describe('the manifests in dist/', () => {
  let manifests: Manifest[] = [];

  beforeAll(() => {
    manifests = readManifests();
  });

  test('are there', () => {
    expect(manifests.length).toBeGreaterThan(0);
  });

  test.each<KubernetesVersion>(['1.27', '1.34'])('fit the API of Kubernetes %s', (version) => {
    const findings = manifests
      .filter((manifest) => version !== '1.27' || !isAdmissionPolicy(manifest))
      .flatMap(({ file, content }) => schemaFindings(content, version).map((finding) => `${file}: ${finding}`));
    expect(findings).toEqual([]);
  });
});

describe('the schema check', () => {
  const deployment = () => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'php', annotations: { 'argocd.argoproj.io/sync-wave': '1' } as Record<string, unknown> },
    spec: {
      replicas: 2 as unknown,
      selector: { matchLabels: { app: 'php' } } as unknown,
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: 'php' } },
        spec: {
          initContainers: [{ name: 'wait', image: 'php' } as Record<string, unknown>],
          containers: [
            {
              name: 'php',
              image: 'php',
              env: [{ name: 'DB_PORT', value: '3306' as unknown }],
              resources: { requests: { cpu: 0.5, memory: '256Mi' } },
            } as Record<string, unknown>,
          ],
        },
      },
    },
  });

  const statefulSet = (storage: unknown) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'mysql-primary' },
    spec: {
      serviceName: 'mysql-primary',
      selector: { matchLabels: { app: 'mysql' } },
      template: { metadata: { labels: { app: 'mysql' } }, spec: { containers: [{ name: 'mysql' }] } },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
        },
      ],
    },
  });

  const autoscaler = (apiVersion: string, maxReplicas: number) => ({
    apiVersion,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'php' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'php' }, maxReplicas },
  });

  /** A correct Deployment with one change, and what each version says about it. */
  function findingsAfter(change: (manifest: ReturnType<typeof deployment>, container: Record<string, unknown>) => void) {
    const manifest = deployment();
    const [container] = manifest.spec.template.spec.containers;
    change(manifest, container ?? {});
    return { '1.27': schemaFindings(manifest, '1.27'), '1.34': schemaFindings(manifest, '1.34') };
  }

  const bothSay = (...findings: string[]) => ({ '1.27': findings, '1.34': findings });

  test('accepts correct objects', () => {
    expect(findingsAfter(() => undefined)).toEqual(bothSay());
    for (const manifest of [statefulSet('20Gi'), autoscaler('autoscaling/v2', 3)]) {
      expect(schemaFindings(manifest, '1.27')).toEqual([]);
      expect(schemaFindings(manifest, '1.34')).toEqual([]);
    }
  });

  test('finds an unknown field', () => {
    expect(
      findingsAfter((_, container) => {
        container['livenesProbe'] = {};
      }),
    ).toEqual(bothSay('Deployment php: spec.template.spec.containers[0].livenesProbe: unknown field'));
  });

  test('finds a string where a number belongs', () => {
    expect(
      findingsAfter((manifest) => {
        manifest.spec.replicas = '2';
      }),
    ).toEqual(bothSay('Deployment php: spec.replicas: must be integer, is "2"'));
  });

  test('finds a number as the value of an environment variable', () => {
    expect(
      findingsAfter((_, container) => {
        container['env'] = [{ name: 'DB_PORT', value: 3306 }];
      }),
    ).toEqual(bothSay('Deployment php: spec.template.spec.containers[0].env[0].value: must be string, is 3306'));
  });

  test('finds a number as the value of an annotation', () => {
    expect(
      findingsAfter((manifest) => {
        manifest.metadata.annotations['argocd.argoproj.io/sync-wave'] = 1;
      }),
    ).toEqual(bothSay("Deployment php: metadata.annotations['argocd.argoproj.io/sync-wave']: must be string, is 1"));
  });

  test('finds a missing selector', () => {
    expect(
      findingsAfter((manifest) => {
        delete (manifest.spec as { selector?: unknown }).selector;
      }),
    ).toEqual(bothSay('Deployment php: spec.selector: missing'));
  });

  test('reports all errors of an object at once', () => {
    const { '1.27': findings } = findingsAfter((manifest, container) => {
      manifest.spec.replicas = null;
      container['image'] = ['php'];
    });
    expect(findings).toEqual([
      'Deployment php: spec.replicas: must be integer, is null',
      'Deployment php: spec.template.spec.containers[0].image: must be string, is a list',
    ]);
  });

  test.each<KubernetesVersion>(['1.27', '1.34'])('finds removed APIs, empty sizes and fractions on %s', (version) => {
    expect(schemaFindings(autoscaler('autoscaling/v2beta2', 3), version)).toEqual([
      `HorizontalPodAutoscaler php: autoscaling/v2beta2 HorizontalPodAutoscaler is not in the stable API of Kubernetes ${version}`,
    ]);
    expect(schemaFindings(autoscaler('autoscaling/v2', 3.5), version)).toEqual([
      'HorizontalPodAutoscaler php: spec.maxReplicas: must be integer, is 3.5',
    ]);
    expect(schemaFindings(statefulSet(null), version)).toEqual([
      'StatefulSet mysql-primary: spec.volumeClaimTemplates[0].spec.resources.requests.storage: must be string or number, is null',
    ]);
  });

  test('refuses preStop.sleep on 1.27 only', () => {
    expect(
      findingsAfter((_, container) => {
        container['lifecycle'] = { preStop: { sleep: { seconds: 10 } } };
      }),
    ).toEqual({
      '1.27': ['Deployment php: spec.template.spec.containers[0].lifecycle.preStop.sleep: unknown field'],
      '1.34': [],
    });
  });

  test('refuses a native sidecar on 1.27 only', () => {
    expect(
      findingsAfter((manifest) => {
        Object.assign(manifest.spec.template.spec.initContainers[0] ?? {}, { restartPolicy: 'Always' });
      }),
    ).toEqual({
      '1.27': ['Deployment php: spec.template.spec.initContainers[0].restartPolicy: unknown field'],
      '1.34': [],
    });
  });

  test('leaves custom resources of known groups to their types, but neither unknown groups nor wrong built-in ones', () => {
    const metadata = { name: 'fintrack' };
    expect(schemaFindings({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata }, '1.34')).toEqual([]);
    expect(schemaFindings({ apiVersion: 'gateway.networking.io/v1', kind: 'HTTPRoute', metadata }, '1.34')).toEqual([
      'HTTPRoute fintrack: no schema for gateway.networking.io/v1',
    ]);
    expect(schemaFindings({ apiVersion: 'networking.k8s.io/v1beta1', kind: 'Ingress', metadata }, '1.34')).toEqual([
      'Ingress fintrack: networking.k8s.io/v1beta1 Ingress is not in the stable API of Kubernetes 1.34',
    ]);
  });

  test('refuses what is no manifest', () => {
    expect(schemaFindings(null, '1.34')).toEqual(['a manifest must be an object, is null']);
    expect(schemaFindings({ kind: 'Pod' }, '1.34')).toEqual(['Pod (no name): apiVersion and kind must be strings']);
  });
});
