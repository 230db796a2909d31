import type { Manifest } from '../charts';
import type { Environment } from '../environments';
import { titleOf } from './objects';
import { unless } from './outside';

/** Kinds that no environment may have, and why. The AppProject allows the kinds that there are, so it is here that they end. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  Secret: 'values do not belong into Git; npm run secrets lists what must exist',
  ...Object.fromEntries(
    ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map((kind) => [
      kind,
      'a commit must not hand out rights; whoever owns the cluster applies it',
    ]),
  ),
  ...Object.fromEntries(
    ['Application', 'ApplicationSet', 'AppProject'].map((kind) => [
      kind,
      'it would widen what Argo CD may do here; it belongs into dist/argocd',
    ]),
  ),
};

/** Kinds without a namespace that an environment may have. */
const CLUSTER_SCOPED = ['Namespace', 'PriorityClass'];

/** Objects that Argo CD must not be handed: one line each. */
export function kindFindings(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const { kind, metadata } = manifest;
    const reason = FORBIDDEN[kind];
    if (reason !== undefined) {
      return [`${titleOf(manifest)}: no environment may have this kind; ${reason}`];
    }
    return unless(
      metadata.namespace !== undefined || CLUSTER_SCOPED.includes(kind),
      `${titleOf(manifest)}: belongs to no namespace, and an environment has only ${CLUSTER_SCOPED.join(' and ')} of that sort; it belongs into dist/cluster`,
    );
  });
}

/** Environments that would overwrite one another: one line for each name or namespace that several have. */
export function collisionFindings(environments: readonly Environment[]): string[] {
  const repeated = (values: readonly string[]) => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
  return [
    ...repeated(environments.map(({ name }) => name)).map(
      (name) =>
        `${name}: is the name of several environments; one dist/${name} and one set of Applications fintrack-${name}-… would serve all of them. ` +
        'Name each by its key',
    ),
    ...repeated(environments.map(({ namespace }) => namespace)).flatMap((namespace) => {
      const names = [...new Set(environments.filter((environment) => environment.namespace === namespace).map(({ name }) => name))];
      return unless(
        names.length < 2,
        `${names.join(', ')}: namespace ${namespace} is that of each, and one would overwrite the other; give each its own, ` +
          `for instance fintrack-${names.at(-1)}`,
      );
    }),
  ];
}

/** What cannot work in how Argo CD reads an environment. */
export function argocdFindings({ argocd }: Pick<Environment, 'argocd'>): string[] {
  if (argocd === undefined) {
    return [];
  }
  const { repository, revision } = argocd;
  return [
    ...unless(
      /^((https?|ssh|git):\/\/|[\w.-]+@[\w.-]+:)[^\s]+$/.test(repository),
      `argocd.repository ${JSON.stringify(repository)} must be the address of a Git repository, for instance https://git.example.com/fintrack/fintrack-kubernetes.git`,
    ),
    ...unless(
      !/^\w+:\/\/[^/@]*:[^/@]*@/.test(repository),
      'argocd.repository has a password in it, and dist/ is committed; Argo CD keeps those of repositories in a Secret of its own',
    ),
    ...unless(
      /^[\w][\w./-]*$/.test(revision),
      `argocd.revision ${JSON.stringify(revision)} must be a branch, a tag or a commit, for instance main`,
    ),
  ];
}
