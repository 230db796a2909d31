import { Size } from 'cdk8s';
import type { GatewayEdge, IngressEdge } from '../../../lib/components/edge';
import type { ExternalSettings, MocoSettings } from '../../../lib/components/mysql';
import type { ExternalRedisSettings } from '../../../lib/components/redis';
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
  environment('a backup that may not leave', moco({ backup: { ...backup, cidrs: [] } })),
  environment('a backup to a port that is none', moco({ backup: { ...backup, ports: [0] } })),
];
