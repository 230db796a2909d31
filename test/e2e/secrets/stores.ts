import type { SecretStoreSettings } from '../../../lib/components/secrets';
import { createFinTrack, manifestsOf } from '../../../lib/fintrack';
import { DockerFiles } from '../../../lib/docker/docker-files';
import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { SecretsCluster } from './cluster';

const STORES: Readonly<Record<string, SecretStoreSettings>> = {
  aws: { provider: 'aws', region: 'eu-central-1', role: 'arn:aws:iam::123456789012:role/fintrack-secrets' },
  vault: { provider: 'vault', server: 'https://vault.example.com:8200', role: 'fintrack', certificateAuthorities: 'vault-ca' },
  azure: {
    provider: 'azure',
    vault: 'https://fintrack.vault.azure.net',
    tenantId: '00000000-0000-0000-0000-000000000001',
    clientId: '00000000-0000-0000-0000-000000000002',
  },
};

/** What the operator does with stores and entries. */
export const STORE_DRILLS: Readonly<Record<string, Drill<SecretsCluster>>> = {
  stores: {
    promise: 'the API server takes the stores of AWS, Vault and Azure and every ExternalSecret, unknown fields refused',
    run: async ({ kubectl, environment }) => {
      const taken: string[] = [];
      for (const [name, store] of Object.entries(STORES)) {
        const secrets = { source: 'external-secrets', store } as const;
        const manifests = manifestsOf(createFinTrack({ ...environment, secrets }, new DockerFiles()));
        const items = manifests.filter(({ kind }) => ['ServiceAccount', 'SecretStore', 'ExternalSecret'].includes(kind));
        const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
        await kubectl.out(
          ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '--filename', '-'],
          list,
        );
        taken.push(`${name} ${items.length} objects`);
      }
      return taken.join(', ');
    },
  },
  kept: {
    promise: 'a Secret stays as it was when its entry loses a key, and when its ExternalSecret is deleted',
    run: async (cluster) => {
      const { kubectl, folder, environment } = cluster;
      const [secret, key] = ['fintrack-redis', 'probe-password'];
      const before = JSON.stringify(await cluster.secret(secret));
      await cluster.writeStore(secret, key);
      await kubectl.out(['annotate', 'externalsecret', secret, `force-sync=${Date.now()}`, '--overwrite']);
      const said = await until('the operator to miss the key', 60, async () => {
        const { status } = JSON.parse(await kubectl.out(['get', 'externalsecret', secret, '--output=json'])) as {
          status: { conditions: { status: string; reason: string }[] };
        };
        return status.conditions.find((condition) => condition.status === 'False')?.reason;
      });
      const missing = JSON.stringify(await cluster.secret(secret));
      await cluster.writeStore();
      await kubectl.out(['delete', 'externalsecret', secret]);
      await pause(10);
      const deleted = JSON.stringify(await cluster.secret(secret));
      await kubectl.out(['apply', '--filename', `${folder}/${environment.name}/0000-base.k8s.yaml`]);
      return missing === before && deleted === before ? `the operator says ${said}` : fail('the Secret is another');
    },
  },
};
