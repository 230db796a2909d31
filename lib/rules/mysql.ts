import { isIP, isIPv4 } from 'node:net';
import { Size } from 'cdk8s';
import { bufferPoolOf, serversOf, type ExternalSettings, type MocoSettings, type OfficialSettings } from '../components/mysql';
import { connectionsOf, totalConnectionsOf, type PhpSettings } from '../components/php';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf } from '../kubernetes/resources';
import { isCount, maximumOf } from '../kubernetes/scale';

/** MiB of MySQL beside the buffer pool and the connections: performance schema, redo and binary log buffers, the server itself. */
const MYSQL_FIXED = 384;
/** MiB of one connection at work: sort, join and read buffers and stack at their defaults (2 MiB), and as much for a temporary table. */
const MYSQL_PER_CONNECTION = 4;

/** Names joined by dots. One without a dot would be looked up in the namespace. */
const FULL_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/i;

/** What cannot work in an environment's database: what holds for every engine, and then what holds for its own. */
export function mysqlFindings({ mysql, php }: Pick<Environment, 'mysql' | 'php'>): string[] {
  const database = unless(
    mysql.database === undefined || /^\w{1,64}$/.test(mysql.database),
    `mysql.database ${JSON.stringify(mysql.database)} must be letters, digits and underscores`,
  );
  switch (mysql.engine) {
    case 'official':
      return [...officialFindings(mysql), ...lagFindings(mysql), ...database, ...memoryFindings(mysql.memory, php)];
    case 'external':
      return [...externalFindings(mysql, php), ...database];
    case 'moco':
      return [...mocoFindings(mysql), ...lagFindings(mysql), ...database, ...memoryFindings(mysql.memory, php)];
  }
}

function officialFindings(mysql: OfficialSettings): string[] {
  const counted = Number.isInteger(mysql.replicas) && mysql.replicas >= 0 && mysql.replicas <= 9;
  const servers = counted ? serversOf(mysql) : [mysql.primary];
  return [
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

function lagFindings({ maxLagSeconds }: OfficialSettings | MocoSettings): string[] {
  return unless(
    maxLagSeconds === undefined || isCount(maxLagSeconds),
    `mysql.maxLagSeconds ${maxLagSeconds} must be a whole number of at least 1`,
  );
}

function externalFindings(mysql: ExternalSettings, php: PhpSettings): string[] {
  const { host, readHost, port, user, certificateAuthorities, maxConnections } = mysql;
  const total = totalConnectionsOf(php);
  return [
    ...hostFindings('mysql.host', host),
    ...(readHost === undefined ? [] : hostFindings('mysql.readHost', readHost)),
    ...(port === undefined ? [] : portFindings('mysql.port', port)),
    ...cidrFindings('mysql.cidrs', mysql.cidrs, 'no pod could reach the database; name the blocks that it is in'),
    ...unless(
      user === undefined || /^[\w.@-]{1,32}$/.test(user),
      `mysql.user ${JSON.stringify(user)} must be letters, digits, underscores, dots, @ and hyphens, 32 at most`,
    ),
    ...unless(
      certificateAuthorities === undefined || /^(\/[\w.-]+)+$/.test(certificateAuthorities),
      `mysql.certificateAuthorities ${JSON.stringify(certificateAuthorities)} must be the absolute path of a file in the PHP image, ` +
        'for instance /etc/ssl/certs/ca-certificates.crt',
    ),
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
    ...unless(
      operatorNamespace === undefined || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(operatorNamespace),
      `mysql.operatorNamespace ${JSON.stringify(operatorNamespace)} must be lower-case letters, digits and hyphens, 63 at most`,
    ),
    ...(backup === undefined
      ? []
      : [
          ...unless(
            /^(@(hourly|daily|weekly|monthly|yearly)|\S+( \S+){4})$/.test(backup.schedule),
            `mysql.backup.schedule ${JSON.stringify(backup.schedule)} must be five fields of cron or @daily and its like, for instance "15 3 * * *"`,
          ),
          ...unless(
            backup.endpoint === undefined || /^https?:\/\/[^/\s]+$/.test(backup.endpoint),
            `mysql.backup.endpoint ${JSON.stringify(backup.endpoint)} must be scheme and host without a path`,
          ),
          ...cidrFindings(
            'mysql.backup.cidrs',
            backup.cidrs,
            'no backup could leave; name the blocks of the object store and of the API server',
          ),
          ...(backup.ports ?? []).flatMap((port) => portFindings('mysql.backup.ports', port)),
        ]),
  ];
}

function hostFindings(setting: string, host: string): string[] {
  return unless(
    isIPv4(host) || (FULL_NAME.test(host) && !/^[\d.]+$/.test(host)),
    `${setting} ${JSON.stringify(host)} must be a full name or an IPv4 address, without scheme and port, for instance mysql.example.com`,
  );
}

function portFindings(setting: string, port: number): string[] {
  return unless(isCount(port) && port <= 65_535, `${setting} ${port} must be a whole number from 1 to 65535`);
}

function cidrFindings(setting: string, cidrs: readonly string[], empty: string): string[] {
  return [
    ...unless(cidrs.length > 0, `${setting} is empty: ${empty}`),
    ...cidrs
      .filter((cidr) => !isCidr(cidr))
      .map((cidr) => `${setting} ${JSON.stringify(cidr)} must be an address and a prefix length, for instance 10.20.0.0/24`),
  ];
}

function isCidr(cidr: string): boolean {
  const [address = '', prefix = '', ...rest] = cidr.split('/');
  const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

/** A server's memory: room for a buffer pool, and for the connections that everybody may open at once. */
function memoryFindings(memory: Size, php: PhpSettings): string[] {
  const needed = (size: Size, connections: number) => mebibytesOf(bufferPoolOf(size)) + MYSQL_FIXED + connections * MYSQL_PER_CONNECTION;
  const fits = (size: Size, candidate: PhpSettings) => needed(size, totalConnectionsOf(candidate)) <= mebibytesOf(size);
  const pool = unless(
    mebibytesOf(bufferPoolOf(memory)) > 0,
    `mysql.memory ${formatSize(memory)} leaves nothing for the buffer pool; give it at least 1Gi`,
  );
  if (!isCounted(php) || fits(memory, php)) {
    return pool;
  }
  let enough = memory;
  while (!fits(enough, php)) {
    enough = Size.mebibytes(Math.ceil((mebibytesOf(enough) + 1) / 512) * 512);
  }
  return [
    ...pool,
    `${sumOf(php)} connections × ${MYSQL_PER_CONNECTION} MiB + buffer pool ${formatSize(bufferPoolOf(memory))} + ` +
      `${MYSQL_FIXED} MiB = ${needed(memory, totalConnectionsOf(php))} MiB; mysql.memory is ${formatSize(memory)}. ` +
      sentence(`${fewerPods(php, (fewer) => fits(memory, fewer))}raise mysql.memory to ${formatSize(enough)}`),
  ];
}

/** `web 264 + worker 8 + … = 292`. */
function sumOf(php: PhpSettings): string {
  const parts = Object.entries(connectionsOf(php)).map(([part, count]) => `${part} ${count}`);
  return `${parts.join(' + ')} = ${totalConnectionsOf(php)}`;
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
  return [php.childrenPerPod, maximumOf(php.scale), maximumOf(php.worker.scale)].every(isCount);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unless(right: boolean, finding: string): string[] {
  return right ? [] : [finding];
}
