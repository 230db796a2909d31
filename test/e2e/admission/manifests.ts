import { App } from 'cdk8s';
import { ClusterPolicies, type Manifest } from '../../../lib/charts';
import { DockerFiles } from '../../../lib/docker/docker-files';
import { production } from '../../../lib/environments/production';
import { createFinTrack, manifestsOf } from '../../../lib/fintrack';

/** Kinds that a policy looks at. */
const LOOKED_AT = ['Deployment', 'StatefulSet', 'Job', 'CronJob', 'Service', 'HorizontalPodAutoscaler'];

const inNamespace = (namespace: string) => manifestsOf(createFinTrack({ ...production, namespace }, new DockerFiles()));

/** What production would be in a namespace, as far as a policy looks at it. */
export function fintrackIn(namespace: string): Manifest[] {
  return inNamespace(namespace)
    .filter(({ kind }) => LOOKED_AT.includes(kind))
    .map((manifest) => {
      // A PriorityClass of this name is not there, and its admission would come first.
      const object = structuredClone(manifest);
      delete (object['spec'].jobTemplate?.spec ?? object['spec']).template?.spec.priorityClassName;
      return object;
    });
}

/** The namespace of production under another name, every label on it. */
export function namespaceOf(namespace: string): Manifest {
  const object = inNamespace(namespace).find(({ kind }) => kind === 'Namespace');
  if (object === undefined) {
    throw new Error('production has no Namespace');
  }
  return object;
}

/** The policies of dist/cluster, for one namespace alone: under names of its own, and bound to it beside their labels. */
export function policiesFor(namespace: string): object {
  const items = (new ClusterPolicies(new App(), 'policies').toJson() as Manifest[]).map((manifest) => {
    const object = structuredClone(manifest) as Manifest['spec'];
    object.metadata.name = `${manifest.metadata.name}-${namespace}`;
    if (object.kind === 'ValidatingAdmissionPolicyBinding') {
      object.spec.policyName = `${object.spec.policyName}-${namespace}`;
      object.spec.matchResources.namespaceSelector.matchLabels['kubernetes.io/metadata.name'] = namespace;
    }
    return object as Manifest;
  });
  return { apiVersion: 'v1', kind: 'List', items };
}
