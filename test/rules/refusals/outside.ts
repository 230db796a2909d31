import { Duration, Size } from 'cdk8s';
import type { GatewayEdge, IngressEdge } from '../../../lib/components/edge';
import type { ExternalSettings, MocoSettings } from '../../../lib/components/mysql';
import type { ExternalRedisSettings } from '../../../lib/components/redis';
import type { ExternalSecretsSettings, SecretStoreSettings } from '../../../lib/components/secrets';
import { production } from '../../../lib/environments/production';
import { withoutBackup } from '../../support/environments';
import { environment } from './refusal';

const gateway = (settings: Partial<GatewayEdge>) => ({ ...production, edge: { ...production.edge, ...settings } });
const ingress: IngressEdge = {
  type: 'ingress',
  className: 'traefik',
  tlsSecret: 'fintrack-tls',
  proxies: { addresses: ['203.0.113.0/24'] },
};

export const edge = [
  environment('proxies without an address', gateway({ proxies: { namespace: 'gateway', addresses: [] } })),
  environment('a proxy without prefix length', gateway({ proxies: { addresses: ['10.0.0.1'] } })),
  environment('everybody as a proxy', gateway({ proxies: { addresses: ['0.0.0.0/0'] } })),
  environment('a Gateway that no object can be', gateway({ gateway: { name: 'Public', namespace: 'gateway' } })),
  environment('a Gateway in a namespace that is none', gateway({ gateway: { name: 'public', namespace: 'public.gateway' } })),
  environment('a Secret that no object can be', { ...production, edge: { ...ingress, tlsSecret: 'TLS' } }),
  environment('an address that users would see without TLS', { ...production, url: 'http://fintrack.example' }),
];

const database = (settings: Partial<ExternalSettings>) => ({
  ...withoutBackup(production),
  mysql: { engine: 'external', host: 'db.example.com', cidrs: ['203.0.113.0/24'], ...settings } as const,
});
const queues = (settings: Partial<ExternalRedisSettings>) => ({
  ...production,
  redis: { availability: 'external', host: 'redis.example.com', cidrs: ['203.0.113.0/24'], ...settings } as const,
});

export const external = [
  environment('a name that would be looked up in the namespace', database({ host: 'mysql' })),
  environment('an address with its port', database({ readHost: '10.20.0.5:3306' })),
  environment('an address that is none', queues({ host: '10.20.0.256' })),
  environment('a database that no pod may reach', database({ cidrs: [] })),
  environment('an address without prefix length', database({ cidrs: ['10.20.0.0/24', '10.30.0.1'] })),
  environment('a prefix longer than the address', database({ cidrs: ['10.20.0.0/33'] })),
  environment('an address within its block', database({ cidrs: ['10.20.0.5/24', '2001:db8:0:1::/32', '1.2.3.4/0'] })),
  environment('a database at an address that its blocks have not', database({ host: '198.51.100.7' })),
  environment('a replica at such an address', database({ readHost: '203.0.114.7' })),
  environment('a private address, and the internet as its block', queues({ host: '10.20.0.5', cidrs: ['0.0.0.0/0'] })),
  environment('a port that is none', queues({ port: 70_000 })),
  environment('an account that would end its line', database({ user: "o'brien" })),
  environment('a file that is a folder’s neighbour', database({ certificateAuthorities: 'ca.crt' })),
  environment('a database that needs quotes', database({ database: 'led ger' })),
  environment('more connections than it takes', database({ maxConnections: 250 })),
  environment('a limit that no number of web pods fits', database({ maxConnections: 20 })),
];

const backup = {
  schedule: '15 3 * * *',
  bucket: 'ledger-backups',
  credentials: 'ledger-bucket',
  workspace: Size.gibibytes(50),
  cidrs: ['203.0.113.0/24'],
};
const moco = (settings: Partial<Omit<MocoSettings, 'replicas'>> & { readonly replicas?: number }) => ({
  ...withoutBackup(production),
  mysql: {
    engine: 'moco',
    version: '8.4',
    replicas: 3,
    memory: Size.gibibytes(8),
    storage: Size.gibibytes(20),
    ...(settings as Partial<MocoSettings>),
  } as const,
});

export const operator = [
  environment('two servers, which keep no majority', moco({ replicas: 2 })),
  environment('a namespace that is none', moco({ operatorNamespace: 'Operators' })),
  environment('a lag that none can keep', moco({ maxLagSeconds: 0 })),
  environment('a backup that never comes', moco({ backup: { ...backup, schedule: 'nightly' } })),
  environment('an object store with a path', moco({ backup: { ...backup, endpoint: 'https://s3.example.com/bucket' } })),
  environment('an object store at an address that its blocks have not', moco({ backup: { ...backup, endpoint: 'https://198.51.100.7' } })),
  environment('a Secret of a backup that no object can be', moco({ backup: { ...backup, credentials: 'Ledger bucket' } })),
  environment('a class of its volumes that no object can be', moco({ storageClass: 'Fast' })),
  environment('a backup that may not leave', moco({ backup: { ...backup, cidrs: [] } })),
  environment('a backup to a port that is none', moco({ backup: { ...backup, ports: [0] } })),
];

/** A store of every provider that works. */
export const STORES = {
  aws: { provider: 'aws', region: 'eu-central-1', role: 'arn:aws:iam::123456789012:role/fintrack-secrets' },
  vault: { provider: 'vault', server: 'https://vault.example.com:8200', role: 'fintrack' },
  azure: {
    provider: 'azure',
    vault: 'https://fintrack.vault.azure.net',
    tenantId: '00000000-0000-0000-0000-00000000000a',
    clientId: '00000000-0000-0000-0000-00000000000B',
  },
  existing: { provider: 'existing', kind: 'ClusterSecretStore', name: 'company' },
} as const;
const { aws, vault, azure, existing } = STORES;

const store = (what: string, settings: SecretStoreSettings, more: Partial<ExternalSecretsSettings> = {}) =>
  environment(what, { ...production, secrets: { source: 'external-secrets', store: settings, ...more } });

export const stores = [
  store('no region', { ...aws, region: 'Frankfurt' }),
  store('a role without its account', { ...aws, role: 'fintrack' }),
  store('a Vault without encryption', { ...vault, server: 'http://vault.example.com' }),
  store('a mount with a slash before it', { ...vault, mount: '/kv' }),
  store('a login with a slash behind it', { ...vault, login: 'k8s/' }),
  store('a role with a space', { ...vault, role: 'a b' }),
  store('a certificate instead of its ConfigMap', { ...vault, certificateAuthorities: '-----BEGIN' }),
  store('a name instead of an address', { ...azure, vault: 'fintrack' }),
  store('a tenant by its name', { ...azure, tenantId: 'money' }),
  store('an identity by its name', { ...azure, clientId: 'money' }),
  store('a store without a name', { ...existing, name: '' }),
  store('a slash in Azure', azure, { prefix: 'a/' }),
  store('a space in a name', aws, { prefix: 'a b' }),
  store('a refresh that never comes', aws, { refresh: Duration.seconds(0) }),
];
