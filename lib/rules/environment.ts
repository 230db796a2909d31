import { Size } from 'cdk8s';
import { bufferPoolOf, serversOf } from '../components/mysql';
import { connectionsOf, totalConnectionsOf, type PhpSettings } from '../components/php';
import { maxmemoryOf } from '../components/redis';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf } from '../kubernetes/resources';
import { maximumOf, type Scale } from '../kubernetes/scale';

/** A namespace or an environment's name: a DNS label. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Folders of dist/ beside those of environments. */
const OWNED_FOLDERS = ['argocd', 'cluster'];

/** MiB of MySQL beside the buffer pool and the connections: performance schema, redo and binary log buffers, the server itself. */
const MYSQL_FIXED = 384;
/** MiB of one connection at work: sort, join and read buffers and stack at their defaults (2 MiB), and as much for a temporary table. */
const MYSQL_PER_CONNECTION = 4;

/** What cannot work in an environment: one line each, with the setting, the arithmetic and what would be right. */
export function environmentFindings(environment: Environment): string[] {
  const { name, namespace, php, nginx, mysql, redis, redisCache, release } = environment;
  const findings: string[] = [];
  const check = (right: boolean, finding: string) => {
    if (!right) {
      findings.push(`${name}: ${finding}`);
    }
  };

  check(DNS_LABEL.test(name), `name ${JSON.stringify(name)} must be lower-case letters, digits and hyphens; it names a folder and APP_ENV`);
  check(DNS_LABEL.test(namespace), `namespace ${JSON.stringify(namespace)} must be lower-case letters, digits and hyphens, 63 at most`);
  check(
    !['default', 'kube-system', 'kube-public', 'kube-node-lease'].includes(namespace),
    `namespace ${namespace} belongs to Kubernetes; give FinTrack one of its own, for instance fintrack-${name}`,
  );
  check(
    /^https?:\/\/[^/\s'"]+$/.test(environment.url),
    `url ${JSON.stringify(environment.url)} must be scheme and host without a path, for instance https://fintrack.example`,
  );

  check(!OWNED_FOLDERS.includes(name), `name ${name} is a folder of dist/ that holds something else; choose another`);
  check(
    /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(release.version),
    `release.version ${release.version} must be letters, digits, hyphens and dots, 63 at most; it becomes a label`,
  );

  for (const [setting, image] of Object.entries({ 'release.php': release.php, 'release.nginx': release.nginx })) {
    check(
      /(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(image),
      `${setting} ${image} has neither tag nor digest; name the build, for instance ${image}:${release.version}`,
    );
    check(
      !image.endsWith(':latest'),
      `${setting} ${image} names another build every day; name the build, for instance ${image.replace(/latest$/, release.version)}`,
    );
  }

  for (const [setting, scale] of Object.entries({
    'php.scale': php.scale,
    'php.worker.scale': php.worker.scale,
    'nginx.scale': nginx.scale,
  })) {
    scaleFindings(setting, scale).forEach((finding) => check(false, finding));
  }
  check(isCount(php.childrenPerPod), `php.childrenPerPod ${php.childrenPerPod} must be a whole number of at least 1`);

  const counted = Number.isInteger(mysql.replicas) && mysql.replicas >= 0 && mysql.replicas <= 9;
  check(counted, `mysql.replicas ${mysql.replicas} must be a whole number from 0 to 9`);
  const servers = counted ? serversOf(mysql) : [mysql.primary];
  check(
    servers.includes(mysql.primary),
    `mysql.primary ${mysql.primary} does not exist; with mysql.replicas ${mysql.replicas} there is ${servers.join(', ')}`,
  );
  check(
    mysql.semiSync === 'off' || !counted || mysql.replicas > 0,
    `mysql.semiSync ${mysql.semiSync} waits for a replica and mysql.replicas is 0; set it to off or add a replica`,
  );
  check(
    mysql.maxLagSeconds === undefined || isCount(mysql.maxLagSeconds),
    `mysql.maxLagSeconds ${mysql.maxLagSeconds} must be a whole number of at least 1`,
  );
  check(
    bufferPoolOf(mysql.memory).toMebibytes() > 0,
    `mysql.memory ${formatSize(mysql.memory)} leaves nothing for the buffer pool; give it at least 1Gi`,
  );
  check(
    mysql.database === undefined || /^\w{1,64}$/.test(mysql.database),
    `mysql.database ${JSON.stringify(mysql.database)} must be letters, digits and underscores`,
  );
  const { queues, memory, jobTimeout } = php.worker;
  check(
    queues === undefined || (queues.length > 0 && queues.every((queue) => /^[\w.:-]+$/.test(queue))),
    `php.worker.queues ${JSON.stringify(queues)} must be one queue at least, each of letters, digits, hyphens and dots`,
  );
  check(
    memory === undefined || mebibytesOf(memory) >= 256,
    `php.worker.memory ${memory && formatSize(memory)} leaves nothing for a job; give it at least 256Mi`,
  );
  check(
    jobTimeout === undefined || jobTimeout.toSeconds({ integral: false }) >= 1,
    `php.worker.jobTimeout ${jobTimeout?.toSeconds({ integral: false })} must be one second at least`,
  );
  connectionFindings(environment).forEach((finding) => check(false, finding));

  const data = maxmemoryOf(redis.memory);
  check(
    mebibytesOf(redis.storage) >= 3 * mebibytesOf(data),
    `redis.storage ${formatSize(redis.storage)} is less than three times the data that redis.memory ${formatSize(redis.memory)} may hold (${formatSize(data)}); ` +
      `a rewrite of the append-only file keeps old and new. Raise redis.storage to ${formatSize(Size.mebibytes(3 * mebibytesOf(data)))}`,
  );
  check(
    mebibytesOf(redisCache.memory) >= 64,
    `redisCache.memory ${formatSize(redisCache.memory)} is too small for a server; give it at least 64Mi`,
  );
  check(mebibytesOf(redis.memory) >= 64, `redis.memory ${formatSize(redis.memory)} is too small for a server; give it at least 64Mi`);
  return findings;
}

/** MySQL's memory against the connections that everybody may open at once. */
function connectionFindings({ php, mysql }: Environment): string[] {
  const needed = (memory: Size, connections: number) =>
    mebibytesOf(bufferPoolOf(memory)) + MYSQL_FIXED + connections * MYSQL_PER_CONNECTION;
  const fits = (memory: Size, candidate: PhpSettings) => needed(memory, totalConnectionsOf(candidate)) <= mebibytesOf(memory);
  const counts = [php.childrenPerPod, maximumOf(php.scale), maximumOf(php.worker.scale)];
  if (!counts.every(isCount) || fits(mysql.memory, php)) {
    return [];
  }
  const parts = Object.entries(connectionsOf(php)).map(([part, count]) => `${part} ${count}`);
  let enough = mysql.memory;
  while (!fits(enough, php)) {
    enough = Size.mebibytes(Math.ceil((mebibytesOf(enough) + 1) / 512) * 512);
  }
  const smaller = php.scale.replicas === undefined ? 'maxReplicas' : 'replicas';
  let few = maximumOf(php.scale);
  while (few > 0 && !fits(mysql.memory, { ...php, scale: { replicas: few } })) {
    few -= 1;
  }
  return [
    `${parts.join(' + ')} = ${totalConnectionsOf(php)} connections × ${MYSQL_PER_CONNECTION} MiB + buffer pool ${formatSize(bufferPoolOf(mysql.memory))} + ` +
      `${MYSQL_FIXED} MiB = ${needed(mysql.memory, totalConnectionsOf(php))} MiB; mysql.memory is ${formatSize(mysql.memory)}. ` +
      `${few >= (php.scale.minReplicas ?? 1) ? `Lower php.scale.${smaller} to ${few} or raise` : 'Raise'} mysql.memory to ${formatSize(enough)}`,
  ];
}

function scaleFindings(setting: string, scale: Scale): string[] {
  if (scale.replicas !== undefined) {
    return isCount(scale.replicas) ? [] : [`${setting}.replicas ${scale.replicas} must be a whole number of at least 1`];
  }
  const { minReplicas, maxReplicas, targetCpuPercent } = scale;
  return [
    ...(isCount(minReplicas) ? [] : [`${setting}.minReplicas ${minReplicas} must be a whole number of at least 1`]),
    ...(isCount(maxReplicas) && maxReplicas >= minReplicas
      ? []
      : [`${setting}.maxReplicas ${maxReplicas} must be a whole number of at least minReplicas ${minReplicas}`]),
    ...(targetCpuPercent >= 10 && targetCpuPercent <= 95
      ? []
      : [`${setting}.targetCpuPercent ${targetCpuPercent} must be between 10 and 95`]),
  ];
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
