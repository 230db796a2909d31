import { PORTS } from '../../kubernetes/ports';
import type { RedisEndpoint } from './endpoint';

/**
 * A Redis that somebody else runs outside the cluster, for instance a cloud's managed Redis. FinTrack makes no object for it.
 *
 * It must evict nothing (`maxmemory-policy noeviction`) and keep what it has on disk or on a second server, for it holds queues,
 * sessions and locks. Its password is key `app-password` of Secret `fintrack-redis`. One endpoint and no cluster mode, whose
 * databases and multi-key commands differ from what Laravel's queue needs.
 */
export interface ExternalRedisSettings {
  readonly availability: 'external';
  /** Full name or IPv4 address of the endpoint that takes writes. */
  readonly host: string;
  /** @default 6379 */
  readonly port?: number;
  /**
   * Address blocks in which `host` is, and stays when the provider moves it: NetworkPolicies know addresses and no names. The
   * application's pods, and no others, may open `port` to all of them.
   */
  readonly cidrs: readonly string[];
  /** User of the application. @default - none: the server asks for a password only */
  readonly user?: string;
  /**
   * `tls`: encrypted, and the server's name verified. `none`: sessions and jobs cross the network in clear.
   * @default tls
   */
  readonly encryption?: 'tls' | 'none';
  /**
   * File in the PHP image with the certificates that the server's is signed by, where no public authority signs them; it becomes
   * REDIS_TLS_CA, which the application's config/database.php must read. The image must bring the file.
   * @default - the authorities that the image trusts
   */
  readonly certificateAuthorities?: string;
}

/** Endpoint of a Redis outside the cluster. */
export function externalEndpoint({ host, port, user, encryption, certificateAuthorities }: ExternalRedisSettings): RedisEndpoint {
  return {
    host,
    port: port ?? PORTS.redis,
    ...(user === undefined ? {} : { user }),
    ...(encryption === 'none' ? {} : { tls: certificateAuthorities === undefined ? {} : { certificateAuthorities } }),
  };
}
