import { OPERATOR_CONNECTIONS } from '../../components/mysql';
import { connectionHoldersOf, totalConnectionsOf, type ConnectionHolders } from '../../components/php';
import type { Environment } from '../../environments';
import { mebibytesOf } from '../../kubernetes/resources';
import { mysqlMemoryOf, type MysqlMemory } from '../../rules';

/** Who may open how many connections to MySQL, and whether it has room for them. */
export interface ConnectionBudget {
  /** Each part of the application, at its most; an autoscaler's maximum and the pods that a rollout adds. */
  readonly holders: Readonly<Record<string, ConnectionHolders>>;
  /** All of them together. */
  readonly application: number;
  /** For probes, replication, backups and a human, beyond the application's. Undefined where the database is not ours. */
  readonly operators?: number;
  /** MySQL's max_connections; undefined where the database is not ours and its limit is not named. */
  readonly limit?: number;
  /** What a server needs of its memory and has, in MiB. Undefined where the database is not ours. */
  readonly memory?: MysqlMemory & { readonly available: number };
}

/** The budget, by the functions that the rules and the server's arguments come from. */
export function connectionBudgetOf({ mysql, php }: Environment): ConnectionBudget {
  const application = totalConnectionsOf(php);
  const budget = { holders: connectionHoldersOf(php), application };
  if (mysql.engine === 'external') {
    return { ...budget, ...(mysql.maxConnections !== undefined && { limit: mysql.maxConnections }) };
  }
  return {
    ...budget,
    operators: OPERATOR_CONNECTIONS,
    limit: application + OPERATOR_CONNECTIONS,
    memory: { ...mysqlMemoryOf(mysql.memory, php), available: mebibytesOf(mysql.memory) },
  };
}
