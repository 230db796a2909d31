import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { certificate, issuer } from '../../../imports/cert-manager';
import { labelsFor } from '../../kubernetes/labels';
import type { SecretFile } from '../../kubernetes/volumes';
import { AUTHORITIES_FOLDER, type ClientTls } from './tls';

/** What an environment decides for the certificates of its servers. */
export interface CertificatesSettings {
  /**
   * An issuer of cert-manager that is there already. It must put its own certificate into the Secrets that it fills (`ca.crt`), as issuers
   * of the kinds CA and Vault do, and sign names without a dot, which no public authority does.
   * @default - an authority of FinTrack's own, which nobody else trusts and which lives in its namespace
   */
  readonly issuer?: { readonly kind: 'Issuer' | 'ClusterIssuer'; readonly name: string };
}

/** Files of a server: its certificate, its key, and the authority by which it makes sure of others. */
export const CERTIFICATE_KEYS = ['tls.crt', 'tls.key', 'ca.crt'] as const;

/** Whose servers have a certificate. */
export type ServerComponent = 'mysql' | 'redis' | 'redis-cache';

/** Secret with the certificate of a component's servers. */
export const certificateSecretOf = (component: ServerComponent): string => `${component}-tls`;

/** A certificate of servers, and what their clients need. */
export interface ServerCertificate {
  readonly files: readonly SecretFile[];
  readonly client: ClientTls;
}

/** Name of FinTrack's own authority: of its certificate, its Secret and its Issuer. */
const AUTHORITY = 'fintrack-ca';

/** 90 days, of which 30 are left when it is renewed: who watches it has a month. */
const SERVER_LIFETIME = { duration: '2160h', renewBefore: '720h' };

/**
 * Ten years, of which one is left when it is renewed. Its key stays, so that what it has signed is trusted before and after:
 * docs/operations/tls.md says how the key is changed.
 */
const AUTHORITY_LIFETIME = { duration: '87600h', renewBefore: '8760h' };

const EC_KEY = { algorithm: 'ECDSA', size: 256 } as const;

/** Certificates for servers, and who signs them; without a server that asks for one, nothing. */
export class Certificates extends Construct {
  private readonly issuer: CertificatesSettings['issuer'];

  constructor(scope: Construct, id: string, settings: CertificatesSettings = {}) {
    super(scope, id);
    this.issuer = settings.issuer;
  }

  /**
   * A certificate that all servers of a component share, kept in the Secret of `certificateSecretOf`.
   *
   * @param services names of all Services by which they are called, each also with the namespace behind it
   */
  forServers(component: ServerComponent, services: readonly string[]): ServerCertificate {
    const { namespace } = Chart.of(this);
    const secret = certificateSecretOf(component);
    certificate(this, component, {
      metadata: { name: component, labels: labelsFor({ name: component, instance: component, role: 'certificate' }) },
      spec: {
        secretName: secret,
        ...SERVER_LIFETIME,
        dnsNames: [...services.flatMap((service) => [service, `${service}.${namespace}`, `${service}.${namespace}.svc`]), 'localhost'],
        ipAddresses: ['127.0.0.1'],
        usages: ['digital signature', 'key encipherment', 'server auth'],
        privateKey: { ...EC_KEY, rotationPolicy: 'Always' },
        issuerRef: { group: 'cert-manager.io', ...(this.issuer ?? this.ownIssuer()) },
      },
    });
    const file = `${component}.crt`;
    return {
      files: CERTIFICATE_KEYS.map((key) => ({ secret, key })),
      client: { certificateAuthorities: `${AUTHORITIES_FOLDER}/${file}`, authority: { secret, key: 'ca.crt', file } },
    };
  }

  /** FinTrack's own authority, made when the first server asks for it. */
  private ownIssuer() {
    const reference = { kind: 'Issuer', name: AUTHORITY } as const;
    if (this.node.tryFindChild('issuer')) {
      return reference;
    }
    const labels = labelsFor({ name: 'certificates', instance: AUTHORITY, role: 'authority' });
    const self = `${AUTHORITY}-self-signed`;
    issuer(this, 'self-signed', { metadata: { name: self, labels }, spec: { selfSigned: {} } });
    certificate(this, 'authority', {
      metadata: { name: AUTHORITY, labels },
      spec: {
        secretName: AUTHORITY,
        ...AUTHORITY_LIFETIME,
        isCA: true,
        commonName: 'FinTrack',
        usages: ['cert sign', 'crl sign', 'digital signature'],
        privateKey: { ...EC_KEY, rotationPolicy: 'Never' },
        issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: self },
      },
    });
    issuer(this, 'issuer', { metadata: { name: AUTHORITY, labels }, spec: { ca: { secretName: AUTHORITY } } });
    return reference;
  }
}
