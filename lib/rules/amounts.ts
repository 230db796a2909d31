import type { Size } from 'cdk8s';
import type { Cpu } from '../../imports/k8s';
import type { Environment } from '../environments';
import { formatSize, mebibytesOf, millisOf } from '../kubernetes/resources';
import { unless } from './outside';

/** What an environment may say of a container. */
interface Amounts {
  readonly cpu?: Cpu;
  readonly memory?: Size;
}

/** Processor time and memory with which no pod could do its work. What servers of MySQL need follows from connections, and is refused there. */
export function amountFindings(environment: Pick<Environment, 'php' | 'nginx' | 'mysql' | 'redis' | 'redisCache'>): string[] {
  const { php, nginx, mysql, redis, redisCache } = environment;
  const workers = Object.entries(php.workers).map(([worker, amounts]) => [`php.workers.${worker}`, amounts] as const);
  const servers: Readonly<Record<string, Amounts>> = { nginx, redis: redis.availability === 'external' ? {} : redis, redisCache };
  const asked: Readonly<Record<string, Amounts>> = {
    php,
    ...Object.fromEntries(workers),
    ...servers,
    mysql: mysql.engine === 'external' ? {} : mysql,
  };
  return [
    ...Object.entries(asked).flatMap(([setting, { cpu }]) =>
      unless(
        cpu === undefined || millisOf(cpu) >= 1,
        `${setting}.cpu ${cpu?.amount} would be no time while others want it and no limit while none does, and autoscalers could measure nothing ` +
          'against it; give it more than 0, for instance 100m',
      ),
    ),
    ...leastFindings('php.memoryPerChild', php.memoryPerChild, 16, 'is less than Laravel takes for any request'),
    ...workers.flatMap(([setting, { memory }]) => leastFindings(`${setting}.memory`, memory, 256, 'leaves nothing for a job')),
    // Of nginx: itself, and a quarter of a mebibyte for each answer of PHP that passes through.
    ...Object.entries(servers).flatMap(([setting, { memory }]) =>
      leastFindings(`${setting}.memory`, memory, 64, 'is too small for a server'),
    ),
  ];
}

function leastFindings(setting: string, size: Size | undefined, least: number, why: string): string[] {
  return unless(
    size === undefined || mebibytesOf(size) >= least,
    `${setting} ${size && formatSize(size)} ${why}; give it at least ${least}Mi`,
  );
}
