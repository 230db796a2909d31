import type { ClientTls } from '../certificates';

/** How to reach the database, whichever engine keeps it. */
export interface MysqlEndpoint {
  /** For writes and for reads that must see them. */
  readonly host: string;
  /** For reads that may be seconds old. */
  readonly readHost: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** @default - the connection is not encrypted */
  readonly tls?: ClientTls;
}

/** Where FinTrack's tables are and as whom it logs in, unless an environment says otherwise. */
export const APPLICATION = { database: 'financial_tracker', user: 'laravel' } as const;
