export { CREDENTIALS, fileOf, type Credential, type SecretsSettings } from './credentials';
