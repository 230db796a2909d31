import { JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { NetworkPolicies, networkOf } from '../components/network';
import { Secrets } from '../components/secrets';
import { KubeNamespace } from '../../imports/k8s';
import { keep } from '../kubernetes/argocd';
import { PROTECTED } from '../kubernetes/data-protection';
import { HARDENED, labelsFor, SECRETS_FROM_STORE, STRICT } from '../kubernetes/labels';
import { DataPriority } from '../kubernetes/priority';
import { credentialsFor } from './credentials';
import { Tier, type TierProps } from './tier';

/**
 * The profile of Pod Security that is enforced, as of the newest Kubernetes that the drills ran on: an older one takes its own newest, and what a
 * newer one adds to the profile is warned of and audited, so that an upgrade of the cluster refuses no pod.
 */
const ENFORCED = 'v1.35';

/** The namespace, what is enforced in it, who may talk to whom, and where its Secrets come from. */
export class BaseTier extends Tier {
  constructor(scope: Construct, id: string, props: TierProps) {
    super(scope, id, props);
    const name = props.environment.namespace;
    const namespace = new KubeNamespace(this, 'namespace', {
      metadata: {
        name,
        labels: {
          ...labelsFor({ name: 'namespace', instance: name, role: 'base' }),
          ...Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted'])),
          'pod-security.kubernetes.io/enforce-version': ENFORCED,
          ...(props.environment.protectData && PROTECTED),
          ...(props.environment.strict && STRICT),
          // MOCO's pods are as MOCO makes them, and it makes Secrets.
          ...(props.environment.mysql.engine !== 'moco' && {
            ...HARDENED,
            ...(props.environment.secrets.source !== 'existing' && SECRETS_FROM_STORE),
          }),
        },
      },
    });
    // cdk8s puts the chart's namespace on every object, and this one has none.
    namespace.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    keep(namespace);
    new DataPriority(this, 'data-priority');
    new NetworkPolicies(this, 'network-policies', networkOf(props.environment));
    new Secrets(this, 'secrets', {
      settings: props.environment.secrets,
      namespace: name,
      credentials: credentialsFor(props.environment),
    });
  }
}
