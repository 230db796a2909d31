import type { ClientTls } from '../certificates';
import type { Credential } from '../secrets';

/** How to reach a Redis, whoever runs it. */
export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  /** @default - the server asks for a password and no name */
  readonly user?: string;
  /** As whom the lengths of queues are read. */
  readonly observer: { readonly user?: string; readonly credential: Credential };
  /** @default - the connection is not encrypted */
  readonly tls?: ClientTls;
}
