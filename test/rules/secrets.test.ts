import { Duration } from 'cdk8s';
import type { ExternalSecretsSettings, SecretStoreSettings } from '../../lib/components/secrets';
import { production } from '../../lib/environments/production';
import { environmentFindings, referenceFindings } from '../../lib/rules';
import { manifestsFor } from '../support/manifests';
import { STORES } from './refusals/outside';

const { aws, vault, azure, existing } = STORES;

const findingsOf = (store: SecretStoreSettings, more: Partial<ExternalSecretsSettings> = {}) =>
  environmentFindings({ ...production, secrets: { source: 'external-secrets', store, ...more } });

test.each(['SecretStore', 'ClusterSecretStore'] as const)('a %s that is there is no object of FinTrack', (kind) => {
  const store = { provider: 'existing', kind, name: 'company' } as const;
  expect(referenceFindings(manifestsFor({ ...production, secrets: { source: 'external-secrets', store } }))).toEqual([]);
});

test.each<SecretStoreSettings>([aws, { ...aws, region: 'us-gov-west-1' }, vault, azure, existing])('accepted is $provider', (store) => {
  expect(findingsOf(store, { prefix: 'team-', refresh: Duration.minutes(5) })).toEqual([]);
});
