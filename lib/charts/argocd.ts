import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { application, appProject, type AppProjectSpec } from '../../imports/argo-cd';
import type { ArgoCdSettings, Environment } from '../environments';
import { SYNC_WAVE } from '../kubernetes/argocd';
import { labelsFor } from '../kubernetes/labels';
import type { Manifest, Tier } from './tier';

/** An environment that Argo CD keeps. */
export interface Delivery {
  readonly environment: Environment & { readonly argocd: ArgoCdSettings };
  /** In the order in which they are applied. */
  readonly tiers: readonly Tier[];
}

/** Namespace of Argo CD, and of the objects that it reads. */
const ARGOCD = 'argocd';

/** The cluster that Argo CD runs in. */
const SERVER = 'https://kubernetes.default.svc';

const PROJECT = 'fintrack';

/** Name of the Application of a tier. */
export const applicationOf = ({ name }: Pick<Environment, 'name'>, tier: string) => `fintrack-${name}-${tier}`;

const labelsOf = (name: string) => labelsFor({ name: 'argocd', instance: name, role: 'delivery' });

/** The AppProject: what FinTrack's Applications may read, and the kinds, namespaces and names that they may write. No more than they do. */
export class ArgoCdProject extends Chart {
  constructor(scope: Construct, id: string, deliveries: readonly Delivery[]) {
    super(scope, id, { namespace: ARGOCD, disableResourceNameHashes: true });
    const manifests = deliveries.flatMap(({ tiers }) => tiers.flatMap((tier) => tier.toJson()));
    appProject(this, 'project', {
      metadata: { name: PROJECT, labels: labelsOf(PROJECT) },
      spec: {
        description: 'FinTrack: the kinds that its manifests have, in its own namespaces',
        sourceRepos: unique(deliveries.map(({ environment }) => environment.argocd.repository)),
        destinations: deliveries.map(({ environment: { namespace } }) => ({ server: SERVER, namespace })),
        // By name too; an Argo CD that is older than this field allows the kinds.
        clusterResourceWhitelist: manifests
          .filter(({ metadata }) => metadata.namespace === undefined)
          .map((manifest) => ({ ...groupKindOf(manifest), name: manifest.metadata.name })),
        namespaceResourceWhitelist: kindsOf(manifests.filter(({ metadata }) => metadata.namespace !== undefined)),
      },
    });
  }
}

/** The Applications of an environment, one for each tier. */
export class ArgoCdApplications extends Chart {
  constructor(scope: Construct, id: string, { environment, tiers }: Delivery) {
    super(scope, id, { namespace: ARGOCD, disableResourceNameHashes: true });
    const { repository, revision } = environment.argocd;
    tiers.forEach(({ node: { id: tier }, holdsData }, wave) => {
      const name = applicationOf(environment, tier);
      application(this, tier, {
        metadata: {
          name,
          labels: labelsOf(name),
          annotations: {
            [SYNC_WAVE]: String(wave),
            // Compares what the API server would make of a manifest, defaults included, so that no difference must be ignored.
            'argocd.argoproj.io/compare-options': 'ServerSideDiff=true',
          },
          // No finalizer: who deletes an Application ends what Argo CD does, and nothing that runs.
        },
        spec: {
          project: PROJECT,
          // One folder for kubectl, one file of it for each Application; the number before the name may change.
          source: {
            repoURL: repository,
            targetRevision: revision,
            path: `dist/${environment.name}`,
            directory: { include: `*-${tier}.k8s.yaml` },
          },
          destination: { server: SERVER, namespace: environment.namespace },
          syncPolicy: {
            automated: { selfHeal: true, prune: !holdsData },
            // Last, when the rest is healthy: until then pods of the last release find their ConfigMaps.
            syncOptions: ['ServerSideApply=true', ...(holdsData ? [] : ['PruneLast=true'])],
            // Where nothing orders the Applications, the namespace may come later. Few times: a migration that failed fails again.
            retry: { limit: 3, backoff: { duration: '10s', factor: 2, maxDuration: '3m' }, refresh: true },
          },
        },
      });
    });
  }
}

type Kinds = NonNullable<AppProjectSpec['namespaceResourceWhitelist']>;

/** Group and kind, without the version. */
function groupKindOf({ apiVersion, kind }: Manifest): Kinds[number] {
  const [group = '', version] = apiVersion.split('/');
  return { group: version === undefined ? '' : group, kind };
}

/** Each kind once, sorted. */
function kindsOf(manifests: readonly Manifest[]): Kinds {
  const kinds = new Map(manifests.map(groupKindOf).map((kind) => [`${kind.group}/${kind.kind}`, kind]));
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

const unique = (texts: readonly string[]) => [...new Set(texts)];
