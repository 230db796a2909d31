export { CREDENTIALS, fileOf, secretNamesOf, type Credential } from './credentials';
export { remoteNameOf, Secrets, type ExternalSecretsSettings, type SecretsProps, type SecretsSettings } from './secrets';
export { STORE_ACCOUNT } from './store';
export type { AwsStoreSettings, AzureStoreSettings, ExistingStoreSettings, SecretStoreSettings, VaultStoreSettings } from './store';
