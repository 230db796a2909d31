import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { externalSecret } from '../../../imports/external-secrets';
import { keep, SYNC_WAVE } from '../../kubernetes/argocd';
import { labelsFor } from '../../kubernetes/labels';
import { secretNamesOf, type Credential } from './credentials';
import { Store, type SecretStoreSettings } from './store';

/** Secrets that somebody makes: once, of the output of `npm run secrets`, or of values that are kept elsewhere. */
export interface ExistingSecretsSettings {
  readonly source: 'existing';
}

/** Secrets that the controller Sealed Secrets opens from files in Git, which `kubeseal` made of the output of `npm run secrets`. */
export interface SealedSecretsSettings {
  readonly source: 'sealed-secrets';
}

/** Secrets that the operator External Secrets makes of what a store has, and keeps equal to it. */
export interface ExternalSecretsSettings {
  readonly source: 'external-secrets';
  readonly store: SecretStoreSettings;
  /**
   * What stands before the name of a Secret in the store.
   *
   * @default - the namespace and `/`; in Azure Key Vault, whose names have no slash, the namespace and `-`
   */
  readonly prefix?: string;
  /** How often the operator looks for changes. @default 1 hour */
  readonly refresh?: Duration;
}

/** Where an environment's Secrets come from. FinTrack never sees a value. */
export type SecretsSettings = ExistingSecretsSettings | SealedSecretsSettings | ExternalSecretsSettings;

/** Settings and what the chart wires in. */
export interface SecretsProps {
  readonly settings: SecretsSettings;
  readonly namespace: string;
  /** What the environment's pods read. */
  readonly credentials: readonly Credential[];
}

/** Under which name the store has the keys of a Secret: one entry, a JSON object of key and value. */
export function remoteNameOf(
  { store, prefix }: Pick<ExternalSecretsSettings, 'store' | 'prefix'>,
  namespace: string,
  secret: string,
): string {
  return `${prefix ?? `${namespace}${store.provider === 'azure' ? '-' : '/'}`}${secret}`;
}

/** What brings the Secrets into the namespace, where that is FinTrack's to say: an ExternalSecret for each. */
export class Secrets extends Construct {
  constructor(scope: Construct, id: string, { settings, namespace, credentials }: SecretsProps) {
    super(scope, id);
    if (settings.source !== 'external-secrets') {
      return;
    }
    const { reference } = new Store(this, 'store', settings.store);
    for (const secret of secretNamesOf(credentials)) {
      const object = externalSecret(this, secret, {
        metadata: {
          name: secret,
          labels: labelsFor({ name: 'secrets', instance: secret, role: 'secret' }),
          // A store that is not ready yet is asked again later, which takes longer.
          annotations: { [SYNC_WAVE]: '1' },
        },
        spec: {
          secretStoreRef: reference,
          refreshInterval: `${(settings.refresh ?? Duration.hours(1)).toSeconds()}s`,
          target: {
            name: secret,
            // Belongs to nobody: whoever deletes the ExternalSecret leaves the Secret, without which no pod starts.
            creationPolicy: 'Orphan',
            // So does who deletes the entry in the store. It may change, as passwords do, so it is not immutable: kubelets would show an
            // old value of such a Secret as long as one pod of the node uses it.
            deletionPolicy: 'Retain',
          },
          // Key by key: one that the store lacks is an error of the ExternalSecret, and the Secret stays as it was.
          data: credentials
            .filter((credential) => credential.secret === secret)
            .map(({ key }) => ({ secretKey: key, remoteRef: { key: remoteNameOf(settings, namespace, secret), property: key } })),
        },
      });
      keep(object);
    }
  }
}
