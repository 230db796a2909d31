import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import type { ISecretStore } from '@kubernetes-models/external-secrets/external-secrets.io/v1/SecretStore';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// The operator External Secrets, group external-secrets.io, version v1 (External Secrets 0.16 and later).

/** How a store is reached. */
export type SecretStoreProvider = NonNullable<ISecretStore['spec']>['provider'];

/** Where a kind of secret store is and how the operator logs in to it, for one namespace. */
export function secretStore(scope: Construct, id: string, object: Pick<ISecretStore, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'external-secrets.io/v1', kind: 'SecretStore', ...(object as object) });
}

/** A Secret that the operator makes of what a store has. */
export function externalSecret(scope: Construct, id: string, object: Pick<IExternalSecret, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', ...(object as object) });
}
