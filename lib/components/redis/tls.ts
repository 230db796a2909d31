import type { ServerCertificate, Tls } from '../certificates';

/**
 * `Tls` without `encrypted`, for Redis makes no certificate for itself. Servers, Sentinels and proxies make sure of each other by the
 * authority, clients by the authority and the name.
 */
export type RedisTls = Exclude<Tls, 'encrypted'>;

/** What the scripts read of it. */
export const ENCRYPTED = { TLS: 'verified' };

/** What servers and Sentinels that have a certificate read of docker/redis, beside all else. */
export function encryptionFiles(certificate: ServerCertificate | undefined) {
  return certificate === undefined ? [] : (['redis/tls.conf', 'redis/certificate.sh'] as const);
}
