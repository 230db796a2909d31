import type { ExternalSecretsSettings, SecretStoreSettings } from '../components/secrets';
import type { Environment } from '../environments';
import { OBJECT_NAME } from './names';
import { unless } from './outside';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What cannot work in where an environment's Secrets come from. */
export function secretsFindings({ secrets }: Pick<Environment, 'secrets'>): string[] {
  return secrets.source === 'external-secrets' ? [...storeFindings(secrets.store), ...externalFindings(secrets)] : [];
}

function externalFindings({ store, prefix, refresh }: ExternalSecretsSettings): string[] {
  const allowed = store.provider === 'azure' ? /^[0-9a-z-]{0,100}$/i : /^[\w/.@+=-]{0,256}$/;
  const seconds = refresh?.toSeconds({ integral: false });
  return [
    ...unless(
      prefix === undefined || allowed.test(prefix),
      `secrets.prefix ${JSON.stringify(prefix)} must be letters, digits and ${store.provider === 'azure' ? 'hyphens' : 'any of /_+=.@-'}, as names in the store are`,
    ),
    ...unless(
      seconds === undefined || (Number.isInteger(seconds) && seconds >= 10),
      `secrets.refresh ${seconds} s must be whole seconds, 10 at least; with 0 a change would never arrive, and stores count what they are asked`,
    ),
  ];
}

function storeFindings(store: SecretStoreSettings): string[] {
  const setting = (name: string, value: string, pattern: RegExp, right: string) =>
    unless(pattern.test(value), `secrets.store.${name} ${JSON.stringify(value)} must be ${right}`);
  switch (store.provider) {
    case 'aws':
      return [
        ...setting('region', store.region, /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, for instance eu-central-1'),
        ...setting(
          'role',
          store.role,
          /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
          'the ARN of a role, for instance arn:aws:iam::123456789012:role/fintrack-secrets',
        ),
      ];
    case 'azure':
      return [
        ...setting(
          'vault',
          store.vault,
          /^https:\/\/[0-9a-z-]{3,24}\.vault\.[a-z.]+$/i,
          'the address of a Key Vault, for instance https://fintrack.vault.azure.net',
        ),
        ...setting('tenantId', store.tenantId, UUID, 'the UUID of the tenant'),
        ...setting('clientId', store.clientId, UUID, 'the UUID of the identity that may read the vault'),
      ];
    case 'vault':
      return [
        ...setting(
          'server',
          store.server,
          /^https:\/\/[^/\s?#@]+$/,
          'an address with https:// and without a path, for instance https://vault.example.com:8200',
        ),
        ...(['mount', 'login'] as const).flatMap((name) =>
          setting(name, store[name] ?? 'path', /^[\w.-]+(\/[\w.-]+)*$/, 'where it is mounted, without slashes around it'),
        ),
        ...setting('role', store.role, /^[\w.-]+$/, 'a role of the login, for instance fintrack-production'),
        ...setting('certificateAuthorities', store.certificateAuthorities ?? 'name', OBJECT_NAME, 'the name of a ConfigMap'),
      ];
    case 'existing':
      return setting('name', store.name, OBJECT_NAME, `the name of a ${store.kind}`);
  }
}
