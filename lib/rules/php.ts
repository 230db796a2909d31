import { DECIDED } from '../components/php';
import type { Environment } from '../environments';
import { isCount } from '../kubernetes/scale';
import { labelFindings } from './names';
import { cidrFindings, portFindings, unless } from './outside';

/** What cannot work in the settings of the application and its workers; how many pods of each is a matter of all workloads. */
export function phpFindings({ php }: Pick<Environment, 'php'>): string[] {
  return [
    ...unless(isCount(php.childrenPerPod), `php.childrenPerPod ${php.childrenPerPod} must be a whole number of at least 1`),
    ...unless(
      php.scale.targetMemoryPercent === undefined,
      `php.scale.targetMemoryPercent ${php.scale.targetMemoryPercent} measures nothing: with pm = static PHP-FPM holds as much memory at rest as at work. ` +
        'Remove it; php.scale.targetCpuPercent decides',
    ),
    ...labelFindings('php.kedaNamespace', php.kedaNamespace),
    ...Object.entries(php.tracing ?? {}).flatMap(([key, name]) => labelFindings(`php.tracing.${key}`, name)),
    ...workerFindings(php.workers),
    ...ownFindings(php),
  ];
}

function workerFindings(workers: Environment['php']['workers']): string[] {
  return [
    ...unless(Object.keys(workers).length > 0, 'php.workers is empty; nobody would do the jobs that wait. Name one, for instance default'),
    ...Object.entries(workers).flatMap(([worker, { queues, jobTimeout }]) => {
      const setting = `php.workers.${worker}`;
      return [
        ...unless(
          /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(worker),
          `${setting} must be lower-case letters, digits and hyphens, 40 at most`,
        ),
        ...unless(
          queues === undefined || (queues.length > 0 && queues.every((queue) => /^[\w.:-]+$/.test(queue))),
          `${setting}.queues ${JSON.stringify(queues)} must be one queue at least, each of letters, digits, hyphens and dots`,
        ),
        ...unless(
          jobTimeout === undefined || isCount(jobTimeout.toSeconds({ integral: false })),
          `${setting}.jobTimeout ${jobTimeout?.toSeconds({ integral: false })} must be a whole number of seconds, at least 1`,
        ),
      ];
    }),
  ];
}

/** Names by which Laravel's configuration asks for secrets. */
const SECRET = /(PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY|DSN)$/;

/** What the application brings of its own. */
function ownFindings({ settings = {}, secrets = [], egress = [] }: Environment['php']): string[] {
  const named = (setting: string, name: string) => [
    ...unless(/^[A-Z][A-Z0-9_]*$/.test(name), `${setting} must be named as Laravel reads it: capital letters, digits and underscores`),
    ...unless(!DECIDED.test(name), `${setting} follows from the environment, and the rest of it relies on that; remove it`),
  ];
  return [
    ...Object.entries(settings).flatMap(([name, value]) => [
      ...named(`php.settings.${name}`, name),
      ...unless(!SECRET.test(name), `php.settings.${name} has the name of a secret, and settings lie in Git; name it in php.secrets`),
      ...unless(!secrets.includes(name), `php.settings.${name} is in php.secrets too; remove one`),
      ...unless(!/['\r\n]/.test(value), `php.settings.${name} ${JSON.stringify(value)} must be one line without a single quote`),
    ]),
    ...secrets.flatMap((name, index) => [
      ...named(`php.secrets ${name}`, name),
      ...unless(secrets.indexOf(name) === index, `php.secrets ${name} is there twice; remove one`),
    ]),
    ...egress.flatMap(({ cidrs, ports }, index) => [
      ...cidrFindings(
        `php.egress.${index}.cidrs`,
        cidrs,
        'nobody could be asked; name the blocks of addresses, 0.0.0.0/0 for the internet',
      ),
      ...unless(ports.length > 0, `php.egress.${index}.ports is empty: nothing could be asked; name them, for instance 587`),
      ...ports.flatMap((port) => portFindings(`php.egress.${index}.ports`, port)),
    ]),
  ];
}
