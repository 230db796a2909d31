import { Construct } from 'constructs';
import { secretStore, type SecretStoreProvider } from '../../../imports/external-secrets';
import { KubeServiceAccount } from '../../../imports/k8s';
import { keep } from '../../kubernetes/argocd';
import { labelsFor } from '../../kubernetes/labels';

/** AWS Secrets Manager, which lets in a role that the cluster's service accounts can take (IAM roles for service accounts). */
export interface AwsStoreSettings {
  readonly provider: 'aws';
  /** For instance `eu-central-1`. */
  readonly region: string;
  /** ARN of the role. It needs `secretsmanager:GetSecretValue` and `secretsmanager:DescribeSecret` on the prefix, no more. */
  readonly role: string;
}

/** The key-value engine, version 2, of HashiCorp Vault or OpenBao, which lets in service accounts of this cluster. */
export interface VaultStoreSettings {
  readonly provider: 'vault';
  /** Its address, for instance `https://vault.example.com:8200`. */
  readonly server: string;
  /** Where the engine is mounted. @default secret */
  readonly mount?: string;
  /** Where the login for service accounts of this cluster is mounted. @default kubernetes */
  readonly login?: string;
  /** Role of that login. Its policy needs `read` on the prefix, no more. */
  readonly role: string;
  /** ConfigMap of the namespace whose key `ca.crt` has who signed Vault's certificate. @default - somebody whom the whole world trusts */
  readonly certificateAuthorities?: string;
}

/** Azure Key Vault, which lets in an identity that the cluster's service accounts can take (workload identity). */
export interface AzureStoreSettings {
  readonly provider: 'azure';
  /** Address of the vault, for instance `https://fintrack.vault.azure.net`. */
  readonly vault: string;
  readonly tenantId: string;
  /** Client id of the identity. It needs the role `Key Vault Secrets User`, no more. */
  readonly clientId: string;
}

/** A store that is there already, of whatever provider. */
export interface ExistingStoreSettings {
  readonly provider: 'existing';
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
}

/** A store of secrets outside the cluster. */
export type SecretStoreSettings = AwsStoreSettings | VaultStoreSettings | AzureStoreSettings | ExistingStoreSettings;

/** How an ExternalSecret names its store. */
export type StoreReference = Pick<ExistingStoreSettings, 'kind' | 'name'>;

/** The account by which the operator logs in. No pod runs as it, and the operator asks for its tokens itself. */
export const STORE_ACCOUNT = 'secret-store';

/** The store that is said to be there, or a SecretStore with the account that logs in to it. */
export class Store extends Construct {
  readonly reference: StoreReference;

  constructor(scope: Construct, id: string, settings: SecretStoreSettings) {
    super(scope, id);
    if (settings.provider === 'existing') {
      this.reference = { kind: settings.kind, name: settings.name };
      return;
    }
    this.reference = { kind: 'SecretStore', name: 'fintrack' };
    const labels = labelsFor({ name: 'secrets', instance: STORE_ACCOUNT, role: 'store' });
    new KubeServiceAccount(this, 'account', {
      metadata: { name: STORE_ACCOUNT, labels, annotations: accountAnnotations(settings) },
      automountServiceAccountToken: false,
    });
    keep(secretStore(this, 'store', { metadata: { name: this.reference.name, labels }, spec: { provider: providerOf(settings) } }));
  }
}

type OwnStore = Exclude<SecretStoreSettings, ExistingStoreSettings>;

/** How the cloud knows whom a service account stands for; Vault knows it by name. */
function accountAnnotations(settings: OwnStore): Record<string, string> {
  switch (settings.provider) {
    case 'aws':
      return { 'eks.amazonaws.com/role-arn': settings.role };
    case 'azure':
      return { 'azure.workload.identity/client-id': settings.clientId, 'azure.workload.identity/tenant-id': settings.tenantId };
    case 'vault':
      return {};
  }
}

function providerOf(settings: OwnStore): SecretStoreProvider {
  const serviceAccountRef = { name: STORE_ACCOUNT };
  switch (settings.provider) {
    case 'aws':
      return { aws: { service: 'SecretsManager', region: settings.region, auth: { jwt: { serviceAccountRef } } } };
    case 'azure':
      return { azurekv: { authType: 'WorkloadIdentity', vaultUrl: settings.vault, serviceAccountRef } };
    case 'vault':
      return {
        vault: {
          server: settings.server,
          path: settings.mount ?? 'secret',
          version: 'v2',
          ...(settings.certificateAuthorities !== undefined && {
            caProvider: { type: 'ConfigMap', name: settings.certificateAuthorities, key: 'ca.crt' },
          }),
          auth: { kubernetes: { mountPath: settings.login ?? 'kubernetes', role: settings.role, serviceAccountRef } },
        },
      };
  }
}
