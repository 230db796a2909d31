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
