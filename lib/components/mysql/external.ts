import { PORTS } from '../../kubernetes/ports';
import { APPLICATION, type MysqlEndpoint } from './endpoint';

/**
 * A database that somebody else runs outside the cluster, for instance a cloud's managed MySQL. FinTrack makes no object for it.
 *
 * Once, as its administrator: `CREATE DATABASE`, `CREATE USER` with the password in key `app-password` of Secret `fintrack-mysql`,
 * and `GRANT ALL` on that database, which migrations need.
 */
export interface ExternalSettings {
  readonly engine: 'external';
  /** Full name or IPv4 address of the server that takes writes. */
  readonly host: string;
  /** The same of the servers for reads. @default - `host`: every read sees every write */
  readonly readHost?: string;
  /** @default 3306 */
  readonly port?: number;
  /**
   * Address blocks in which `host` and `readHost` are, and stay when the provider moves them: NetworkPolicies know addresses and no
   * names. The application's pods, and no others, may open `port` to all of them.
   */
  readonly cidrs: readonly string[];
  /** Name of the database. @default financial_tracker */
  readonly database?: string;
  /** Account of the application. @default laravel */
  readonly user?: string;
  /**
   * File in the PHP image with the certificates that the server's is signed by; it becomes MYSQL_ATTR_SSL_CA, the one setting for
   * TLS that Laravel reads, and the server's name is then verified. The image must bring the file.
   * @default - no TLS: what the application asks and is answered crosses the network in clear
   */
  readonly certificateAuthorities?: string;
  /** Connections that the server takes, to be compared with what the application may open. @default - not compared */
  readonly maxConnections?: number;
}

/** Endpoint of a database outside the cluster. */
export function externalEndpoint(settings: ExternalSettings): MysqlEndpoint {
  const { host, readHost, port, database, user, certificateAuthorities } = settings;
  return {
    host,
    readHost: readHost ?? host,
    port: port ?? PORTS.mysql,
    database: database ?? APPLICATION.database,
    user: user ?? APPLICATION.user,
    ...(certificateAuthorities === undefined ? {} : { tls: { certificateAuthorities } }),
  };
}
