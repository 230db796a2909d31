import type { SecretFile } from '../../kubernetes/volumes';

/**
 * What an environment decides for connections to servers of FinTrack's own: those of the application, and those of the servers among
 * themselves. docs/operations/tls.md says what each takes, and how to get from one to another: for MySQL while requests are served, for
 * Redis by an interruption.
 *
 * `verified`: encrypted, plain ones are refused, and whoever connects makes sure that it is that server which answers. cert-manager, which
 * must be in the cluster, signs a certificate of all its names.
 * `encrypted`: encrypted, and plain ones are refused. Each server makes a certificate for itself, and nobody looks at it: who only listens
 * learns nothing, who can answer in a server's place does.
 * `off`: those of the application are plain; NetworkPolicies let no other namespace listen in, and the nodes' network is trusted.
 */
export type Tls = 'verified' | 'encrypted' | 'off';

/** What a client needs for an encrypted connection. */
export interface ClientTls {
  /** File in the application's containers with the certificates it trusts. @default - those that its image trusts */
  readonly certificateAuthorities?: string;
  /** Key of a Secret that becomes this file, by its name in `AUTHORITIES_FOLDER`. @default - the image brings the file */
  readonly authority?: SecretFile;
  /** Whether the certificate must be of a trusted authority, and of the name by which the server is called. @default true */
  readonly verified?: boolean;
}

/** Where the application's containers have what they trust. */
export const AUTHORITIES_FOLDER = '/run/authorities';
