import { Duration } from 'cdk8s';
import type { ExternalSecretsSettings, SecretStoreSettings } from '../../lib/components/secrets';
import { production } from '../../lib/environments/production';
import { environmentFindings } from '../../lib/rules';

const aws = { provider: 'aws', region: 'eu-central-1', role: 'arn:aws:iam::123456789012:role/fintrack-secrets' } as const;
const vault = { provider: 'vault', server: 'https://vault.example.com:8200', role: 'fintrack' } as const;
const azure = {
  provider: 'azure',
  vault: 'https://fintrack.vault.azure.net',
  tenantId: '00000000-0000-0000-0000-00000000000a',
  clientId: '00000000-0000-0000-0000-00000000000B',
} as const;
const existing = { provider: 'existing', kind: 'ClusterSecretStore', name: 'company' } as const;

const findingsOf = (store: SecretStoreSettings, more: Partial<ExternalSecretsSettings> = {}) =>
  environmentFindings({ ...production, secrets: { source: 'external-secrets', store, ...more } });

test.each<SecretStoreSettings>([aws, { ...aws, region: 'us-gov-west-1' }, vault, azure, existing])('accepted is $provider', (store) => {
  expect(findingsOf(store, { prefix: 'team-', refresh: Duration.minutes(5) })).toEqual([]);
});

test.each<[string, SecretStoreSettings, Partial<ExternalSecretsSettings>, string]>([
  ['no region', { ...aws, region: 'Frankfurt' }, {}, 'store.region "Frankfurt" must be a region, for instance eu-central-1'],
  [
    'a role without its account',
    { ...aws, role: 'fintrack' },
    {},
    'store.role "fintrack" must be the ARN of a role, for instance arn:aws:iam::123456789012:role/fintrack-secrets',
  ],
  [
    'a Vault without encryption',
    { ...vault, server: 'http://vault.example.com' },
    {},
    'store.server "http://vault.example.com" must be an address with https:// and without a path, for instance https://vault.example.com:8200',
  ],
  [
    'a mount with a slash before it',
    { ...vault, mount: '/kv' },
    {},
    'store.mount "/kv" must be where it is mounted, without slashes around it',
  ],
  [
    'a login with a slash behind it',
    { ...vault, login: 'k8s/' },
    {},
    'store.login "k8s/" must be where it is mounted, without slashes around it',
  ],
  ['a role with a space', { ...vault, role: 'a b' }, {}, 'store.role "a b" must be a role of the login, for instance fintrack-production'],
  [
    'a certificate instead of its ConfigMap',
    { ...vault, certificateAuthorities: '-----BEGIN' },
    {},
    'store.certificateAuthorities "-----BEGIN" must be the name of a ConfigMap',
  ],
  [
    'a name instead of an address',
    { ...azure, vault: 'fintrack' },
    {},
    'store.vault "fintrack" must be the address of a Key Vault, for instance https://fintrack.vault.azure.net',
  ],
  ['a tenant by its name', { ...azure, tenantId: 'money' }, {}, 'store.tenantId "money" must be the UUID of the tenant'],
  [
    'an identity by its name',
    { ...azure, clientId: 'money' },
    {},
    'store.clientId "money" must be the UUID of the identity that may read the vault',
  ],
  ['a store without a name', { ...existing, name: '' }, {}, 'store.name "" must be the name of a ClusterSecretStore'],
  ['a slash in Azure', azure, { prefix: 'a/' }, 'prefix "a/" must be letters, digits and hyphens, as names in the store are'],
  ['a space in a name', aws, { prefix: 'a b' }, 'prefix "a b" must be letters, digits and any of /_+=.@-, as names in the store are'],
  [
    'a refresh that never comes',
    aws,
    { refresh: Duration.seconds(0) },
    'refresh 0 s must be whole seconds, 10 at least; with 0 a change would never arrive, and stores count what they are asked',
  ],
])('refused is %s', (_, store, more, line) => {
  expect(findingsOf(store, more)).toEqual([`production: secrets.${line}`]);
});
