import { Duration } from 'cdk8s';
import {
  CREDENTIALS,
  Secrets,
  type ExternalSecretsSettings,
  type SecretStoreSettings,
  type SecretsSettings,
} from '../../../lib/components/secrets';
import { schemaFindings } from '../../support/schema';
import { find } from '../../support/manifests';
import { idleSettings, render } from '../../support/render';

const { appKey, redisApp, redisProbe } = CREDENTIALS;

const secrets = (settings: SecretsSettings) =>
  render((chart) => new Secrets(chart, 'secrets', { settings, namespace: 'fintrack-test', credentials: [appKey, redisApp, redisProbe] }));

const STORES = {
  aws: { provider: 'aws', region: 'eu-central-1', role: 'arn:aws:iam::123456789012:role/fintrack-secrets' },
  vault: {
    provider: 'vault',
    server: 'https://vault.example.com:8200',
    mount: 'kv',
    login: 'kubernetes/one',
    role: 'fintrack',
    certificateAuthorities: 'vault-ca',
  },
  azure: {
    provider: 'azure',
    vault: 'https://fintrack.vault.azure.net',
    tenantId: '00000000-0000-0000-0000-000000000001',
    clientId: '00000000-0000-0000-0000-000000000002',
  },
  existing: { provider: 'existing', kind: 'ClusterSecretStore', name: 'company' },
} satisfies Record<string, SecretStoreSettings>;

const minimal = {
  source: 'external-secrets',
  store: { provider: 'vault', server: 'https://vault.example.com', role: 'fintrack' },
} as const;
const every: Required<ExternalSecretsSettings> = {
  source: 'external-secrets',
  store: STORES.vault,
  prefix: 'teams/money/',
  refresh: Duration.minutes(5),
};

test.each<SecretsSettings>([{ source: 'existing' }, { source: 'sealed-secrets' }])(
  'Secrets that others make are no object: %j',
  (settings) => {
    expect(secrets(settings).manifests).toEqual([]);
  },
);

describe('Secrets of a store', () => {
  test.each([
    ['minimal', minimal],
    ['everything set', every],
  ])('%s', (_, settings) => {
    expect(secrets(settings).yaml).toMatchSnapshot();
  });

  test('take every setting into the manifests', () => {
    expect(idleSettings<ExternalSecretsSettings>(minimal, every, secrets)).toEqual(['source']);
  });

  test.each(Object.entries(STORES))('fit the API of Kubernetes: %s', (_, store) => {
    const { manifests } = secrets({ source: 'external-secrets', store });
    expect(manifests.flatMap((manifest) => [...schemaFindings(manifest, '1.27'), ...schemaFindings(manifest, '1.34')])).toEqual([]);
  });

  test('are one ExternalSecret each, key by key', () => {
    const { manifests } = secrets({ source: 'external-secrets', store: STORES.aws });
    expect(manifests.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
      'ServiceAccount secret-store',
      'SecretStore fintrack',
      'ExternalSecret fintrack-app',
      'ExternalSecret fintrack-redis',
    ]);
    expect(find(manifests, 'ExternalSecret', 'fintrack-redis')['spec'].data).toEqual(
      ['app-password', 'probe-password'].map((key) => ({
        secretKey: key,
        remoteRef: { key: 'fintrack-test/fintrack-redis', property: key },
      })),
    );
  });

  test('stay when the ExternalSecret, the entry or the line in Git is deleted', () => {
    for (const { spec, metadata } of secrets(minimal).manifests.filter(({ kind }) => kind === 'ExternalSecret')) {
      expect(spec.target).toMatchObject({ creationPolicy: 'Orphan', deletionPolicy: 'Retain' });
      expect(spec.target.immutable).toBeUndefined();
      expect(metadata.annotations?.['argocd.argoproj.io/sync-options']).toBe('Prune=false,Delete=false');
    }
  });
});

describe('the store', () => {
  const parts = (store: SecretStoreSettings) => {
    const { manifests } = secrets({ source: 'external-secrets', store });
    const account = find(manifests, 'ServiceAccount', 'secret-store');
    return { account, provider: find(manifests, 'SecretStore', 'fintrack')['spec'].provider };
  };
  const serviceAccountRef = { name: 'secret-store' };

  test('is entered as an account whose token no pod has', () => {
    for (const store of [STORES.aws, STORES.vault, STORES.azure]) {
      expect(parts(store).account['automountServiceAccountToken']).toBe(false);
    }
  });

  test('of AWS is entered by a role', () => {
    const { account, provider } = parts(STORES.aws);
    expect(account.metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': STORES.aws.role });
    expect(provider).toEqual({ aws: { service: 'SecretsManager', region: 'eu-central-1', auth: { jwt: { serviceAccountRef } } } });
  });

  test('of Vault is entered by the login for this cluster, and trusts whom it is told to', () => {
    expect(parts(STORES.vault).provider.vault).toEqual({
      server: 'https://vault.example.com:8200',
      path: 'kv',
      version: 'v2',
      caProvider: { type: 'ConfigMap', name: 'vault-ca', key: 'ca.crt' },
      auth: { kubernetes: { mountPath: 'kubernetes/one', role: 'fintrack', serviceAccountRef } },
    });
  });

  test('of Azure is entered by a workload identity, and its names have no slash', () => {
    const { account, provider } = parts(STORES.azure);
    expect(account.metadata.annotations).toEqual({
      'azure.workload.identity/client-id': STORES.azure.clientId,
      'azure.workload.identity/tenant-id': STORES.azure.tenantId,
    });
    expect(provider).toEqual({ azurekv: { authType: 'WorkloadIdentity', vaultUrl: STORES.azure.vault, serviceAccountRef } });
    const { manifests } = secrets({ source: 'external-secrets', store: STORES.azure });
    expect(find(manifests, 'ExternalSecret', 'fintrack-app')['spec'].data[0].remoteRef.key).toBe('fintrack-test-fintrack-app');
  });

  test('that is there already is named, and no account is made', () => {
    const { manifests } = secrets({ source: 'external-secrets', store: STORES.existing });
    expect(manifests.map(({ kind }) => kind)).toEqual(['ExternalSecret', 'ExternalSecret']);
    expect(manifests[0]?.['spec'].secretStoreRef).toEqual({ kind: 'ClusterSecretStore', name: 'company' });
  });
});
