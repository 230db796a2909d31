import { Size } from 'cdk8s';
import {
  bufferPoolOf,
  OPERATOR_CONNECTIONS,
  redoCapacityOf,
  serversOf,
  type ExternalSettings,
  type MocoSettings,
  type OfficialSettings,
} from '../components/mysql';
import { connectionsOf, totalConnectionsOf, type PhpSettings } from '../components/php';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf } from '../kubernetes/resources';
import { isCount, maximumOf } from '../kubernetes/scale';
import { longestPauseOf } from '../kubernetes/scheduled';
import { labelFindings, objectNameFindings } from './names';
import { cidrFindings, hostFindings, hostIn, originFindings, outsideFindings, portFindings, reachFindings, unless } from './outside';

/** MiB of MySQL beside the buffer pool and the connections: performance schema, redo and binary log buffers, the server itself. */
const MYSQL_FIXED = 384;
/** MiB of one connection at work: sort, join and read buffers and stack at their defaults (2 MiB), and as much for a temporary table. */
const MYSQL_PER_CONNECTION = 4;

/** MiB of a volume beside the redo log: the server's own tables and undo logs, a little data and its binary logs. With less it would stop soon. */
const MYSQL_LEAST_DATA = 1024;

/** What cannot work in an environment's database: what holds for every engine, and then what holds for its own. */
export function mysqlFindings({ mysql, php }: Pick<Environment, 'mysql' | 'php'>): string[] {
  const database = unless(
    mysql.database === undefined || /^\w{1,64}$/.test(mysql.database),
    `mysql.database ${JSON.stringify(mysql.database)} must be letters, digits and underscores`,
  );
  switch (mysql.engine) {
    case 'official':
      return [...officialFindings(mysql), ...serverFindings(mysql), ...database, ...memoryFindings(mysql.memory, php)];
    case 'external':
      return [...externalFindings(mysql, php), ...database];
    case 'moco':
      return [...mocoFindings(mysql), ...serverFindings(mysql), ...database, ...memoryFindings(mysql.memory, php)];
  }
}

function officialFindings(mysql: OfficialSettings): string[] {
  const counted = Number.isInteger(mysql.replicas) && mysql.replicas >= 0 && mysql.replicas <= 9;
  const servers = counted ? serversOf(mysql) : [mysql.primary];
  const redo = redoCapacityOf(mysql.memory);
  const least = Size.mebibytes(mebibytesOf(redo) + MYSQL_LEAST_DATA);
  return [
    ...unless(
      mebibytesOf(mysql.storage) >= mebibytesOf(least),
      `mysql.storage ${formatSize(mysql.storage)} is less than redo log ${formatSize(redo)}, which follows from mysql.memory ${formatSize(mysql.memory)}, + ` +
        `${MYSQL_LEAST_DATA} MiB for data and binary logs = ${mebibytesOf(least)} MiB. Raise mysql.storage to ${formatSize(least)}`,
    ),
    ...unless(counted, `mysql.replicas ${mysql.replicas} must be a whole number from 0 to 9`),
    ...unless(
      servers.includes(mysql.primary),
      `mysql.primary ${mysql.primary} does not exist; with mysql.replicas ${mysql.replicas} there is ${servers.join(', ')}`,
    ),
    ...unless(
      mysql.semiSync === 'off' || !counted || mysql.replicas > 0,
      `mysql.semiSync ${mysql.semiSync} waits for a replica and mysql.replicas is 0; set it to off or add a replica`,
    ),
  ];
}

function serverFindings({ maxLagSeconds, storageClass }: OfficialSettings | MocoSettings): string[] {
  return [
    ...unless(
      maxLagSeconds === undefined || isCount(maxLagSeconds),
      `mysql.maxLagSeconds ${maxLagSeconds} must be a whole number of at least 1`,
    ),
    ...objectNameFindings('mysql.storageClass', storageClass),
  ];
}

function externalFindings(mysql: ExternalSettings, php: PhpSettings): string[] {
  const { readHost, maxConnections } = mysql;
  const total = totalConnectionsOf(php);
  return [
    ...outsideFindings('mysql', mysql),
    ...(readHost === undefined
      ? []
      : [...hostFindings('mysql.readHost', readHost), ...reachFindings('mysql.readHost', readHost, 'mysql.cidrs', mysql.cidrs)]),
    ...unless(
      maxConnections === undefined || !isCounted(php) || total <= maxConnections,
      `${sumOf(php)} connections; mysql.maxConnections is ${maxConnections}. ` +
        sentence(
          `${fewerPods(php, (fewer) => totalConnectionsOf(fewer) <= (maxConnections ?? total))}raise the database's limit to ${total}`,
        ),
    ),
  ];
}

function mocoFindings({ replicas, operatorNamespace, backup }: MocoSettings): string[] {
  const count: number = replicas;
  return [
    ...unless([1, 3, 5].includes(count), `mysql.replicas ${count} must be 1, 3 or 5, which is what MOCO keeps a majority of`),
    ...labelFindings('mysql.operatorNamespace', operatorNamespace),
    ...(backup === undefined
      ? []
      : [
          ...unless(
            longestPauseOf(backup.schedule) > 0,
            `mysql.backup.schedule ${JSON.stringify(backup.schedule)} must be five fields of cron or @daily and its like, for instance "15 3 * * *"`,
          ),
          ...(backup.endpoint === undefined ? [] : originFindings('mysql.backup.endpoint', backup.endpoint, 'https://s3.example.com')),
          ...objectNameFindings('mysql.backup.credentials', backup.credentials),
          ...cidrFindings(
            'mysql.backup.cidrs',
            backup.cidrs,
            'no backup could leave; name the blocks of the object store and of the API server',
          ),
          ...reachFindings('mysql.backup.endpoint', hostIn(backup.endpoint ?? ''), 'mysql.backup.cidrs', backup.cidrs),
          ...(backup.ports ?? []).flatMap((port) => portFindings('mysql.backup.ports', port)),
        ]),
  ];
}

/** What a server needs of its memory, in MiB. */
export interface MysqlMemory {
  readonly bufferPool: number;
  readonly fixed: number;
  readonly perConnection: number;
  /** Connections of the application and of operators, at their most. */
  readonly connections: number;
  /** All of it together. */
  readonly needed: number;
}

/** What a server with this memory needs of it. */
export function mysqlMemoryOf(memory: Size, php: PhpSettings): MysqlMemory {
  const [bufferPool, connections] = [mebibytesOf(bufferPoolOf(memory)), totalConnectionsOf(php) + OPERATOR_CONNECTIONS];
  const needed = bufferPool + MYSQL_FIXED + connections * MYSQL_PER_CONNECTION;
  return { bufferPool, fixed: MYSQL_FIXED, perConnection: MYSQL_PER_CONNECTION, connections, needed };
}

/** A server's memory: room for a buffer pool, and for the connections that everybody may open at once. */
function memoryFindings(memory: Size, php: PhpSettings): string[] {
  const fits = (size: Size, candidate: PhpSettings) => mysqlMemoryOf(size, candidate).needed <= mebibytesOf(size);
  if (!isCounted(php) || fits(memory, php)) {
    return [];
  }
  let enough = memory;
  while (!fits(enough, php)) {
    enough = Size.mebibytes(Math.ceil((mebibytesOf(enough) + 1) / 512) * 512);
  }
  return [
    `${sumOf(php, OPERATOR_CONNECTIONS)} connections × ${MYSQL_PER_CONNECTION} MiB + buffer pool ${formatSize(bufferPoolOf(memory))} + ` +
      `${MYSQL_FIXED} MiB = ${mysqlMemoryOf(memory, php).needed} MiB; mysql.memory is ${formatSize(memory)}. ` +
      sentence(`${fewerPods(php, (fewer) => fits(memory, fewer))}raise mysql.memory to ${formatSize(enough)}`),
  ];
}

/** `web 264 + worker 8 + … = 292`. @param operators connections beside those of the application @default - none */
function sumOf(php: PhpSettings, operators = 0): string {
  const parts = Object.entries({ ...connectionsOf(php), ...(operators > 0 && { operators }) });
  return `${parts.map(([part, count]) => `${part} ${count}`).join(' + ')} = ${totalConnectionsOf(php) + operators}`;
}

/** Advice to run fewer web pods, down to the fewest of the range; nothing where that does not help. */
function fewerPods(php: PhpSettings, fits: (fewer: PhpSettings) => boolean): string {
  let few = maximumOf(php.scale);
  while (few > 0 && !fits({ ...php, scale: { replicas: few } })) {
    few -= 1;
  }
  return few >= (php.scale.minReplicas ?? 1)
    ? `lower php.scale.${php.scale.replicas === undefined ? 'maxReplicas' : 'replicas'} to ${few} or `
    : '';
}

/** Whether there is something to add up: other rules name what is no count. */
function isCounted(php: PhpSettings): boolean {
  return [php.childrenPerPod, maximumOf(php.scale), ...Object.values(php.workers).map(({ scale }) => maximumOf(scale))].every(isCount);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
