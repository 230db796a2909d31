import { Duration } from 'cdk8s';
import type { ExternalSecretsSettings, SecretStoreSettings } from '../../lib/components/secrets';
import { production } from '../../lib/environments/production';
import { environmentFindings } from '../../lib/rules';
import { STORES } from './refusals/outside';

const { aws, vault, azure, existing } = STORES;

const findingsOf = (store: SecretStoreSettings, more: Partial<ExternalSecretsSettings> = {}) =>
  environmentFindings({ ...production, secrets: { source: 'external-secrets', store, ...more } });

test.each<SecretStoreSettings>([aws, { ...aws, region: 'us-gov-west-1' }, vault, azure, existing])('accepted is $provider', (store) => {
  expect(findingsOf(store, { prefix: 'team-', refresh: Duration.minutes(5) })).toEqual([]);
});
