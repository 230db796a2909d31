import type { Manifest } from '../charts';
import { mocoBackupLabels, mocoServerLabels, mocoServices } from '../components/mysql';
import { CERTIFICATE_KEYS } from '../components/certificates';
import { ownKeyOf } from '../components/php';
import { CREDENTIALS } from '../components/secrets';
import type { Labels } from '../kubernetes/labels';

/** How a finding names an object. */
export const titleOf = (manifest: Manifest) => `${manifest.kind} ${manifest.metadata.name}`;

/** What an operator makes of an object once it is applied. */
interface Made {
  /** Labels of the pods. */
  readonly pods: Labels;
  /** Names of the Services. */
  readonly services: readonly string[];
  /** ConfigMaps that the pods mount. */
  readonly configMaps: (spec: Manifest['spec']) => readonly string[];
}

export const MADE_BY_OPERATORS: Readonly<Record<string, Made>> = {
  MySQLCluster: { pods: mocoServerLabels, services: Object.values(mocoServices), configMaps: (spec) => [spec.mysqlConfigMapName] },
  BackupPolicy: { pods: mocoBackupLabels, services: [], configMaps: () => [] },
};

/** What the pods of an object are made of. @returns nothing where it makes none itself */
export function templateOf({ spec }: Manifest): Manifest['spec'] {
  return spec?.jobTemplate?.spec.template ?? spec?.template;
}

/** Containers of a pod template, those that only prepare it included. */
export function containersOf(template: Manifest['spec']): Manifest[] {
  return [...(template.spec.initContainers ?? []), ...template.spec.containers];
}

/** Names of the ports of a pod template. */
export function portsOf(template: Manifest['spec']): Set<string> {
  return new Set(containersOf(template).flatMap((container) => (container['ports'] ?? []).map((port: { name: string }) => port.name)));
}

/** Whether labels satisfy a selector of equalities. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Names of a StatefulSet's pods. */
export function podsOf({ metadata, spec }: Manifest): string[] {
  return Array.from({ length: spec.replicas }, (_, ordinal) => `${metadata.name}-${ordinal}`);
}

/** Secrets that cert-manager fills. */
export function certificateSecretsOf(manifests: readonly Manifest[]): Set<string> {
  return new Set(manifests.filter(({ kind }) => kind === 'Certificate').map(({ spec }) => spec.secretName as string));
}

/**
 * A key of a Secret that nobody declared and no Certificate provides, or that no ExternalSecret brings where these bring them.
 * @param file under which it is mounted: the application's own are declared by it @default - it is not
 */
export function credentialFindings(title: string, secret: string, key: string, manifests: readonly Manifest[], file?: string): string[] {
  if (certificateSecretsOf(manifests).has(secret) && CERTIFICATE_KEYS.some((own) => own === key)) {
    return [];
  }
  const own = secret === CREDENTIALS.appKey.secret && file !== undefined && key === ownKeyOf(file);
  if (!own && !Object.values(CREDENTIALS).some((credential) => credential.secret === secret && credential.key === key)) {
    return [`${title}: key ${key} of Secret ${secret} is not among the credentials; declare it in lib/components/secrets`];
  }
  const external = manifests.filter(({ kind }) => kind === 'ExternalSecret');
  const brings = ({ spec }: Manifest) =>
    spec.target.name === secret && spec.data.some(({ secretKey }: { secretKey: string }) => secretKey === key);
  return external.length === 0 || external.some(brings)
    ? []
    : [`${title}: no ExternalSecret brings key ${key} of Secret ${secret}; add it to the credentials of its component`];
}

/** Accounts as which a store is logged in to, wherever its provider names them. */
export function accountsOf(provider: Manifest['spec']): string[] {
  return typeof provider !== 'object' || provider === null
    ? []
    : Object.entries(provider).flatMap(([field, value]) =>
        field === 'serviceAccountRef' ? [(value as { name: string }).name] : accountsOf(value),
      );
}
