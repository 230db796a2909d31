import { execProbe, tcpProbe } from '../../kubernetes/probes';
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

/**
 * Whether a server or Sentinel answers at all. One that encrypts logs an error for each connection without a handshake, so it is asked
 * something; a script that runs for long gets an answer too, which says so.
 */
export function livenessOf(port: string, script: string, certificate: ServerCertificate | undefined) {
  const numbers = { period: 10, failures: 6 };
  return certificate === undefined ? tcpProbe(port, numbers) : execProbe(['sh', script, 'alive'], { ...numbers, timeout: 5 });
}
