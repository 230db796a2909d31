import type { Manifest } from '../charts';
import type { DockerFile, DockerFiles } from '../docker/docker-files';
import type { Setting } from '../docker/setting';
import { secondsOf, settingIn } from '../docker/settings';
import { titleOf } from './objects';

/** What a daemon allows itself when it is told to stop. */
const OWN_TIMEOUTS: Readonly<Record<string, readonly [DockerFile, string]>> = {
  nginx: ['nginx/nginx.conf', 'worker_shutdown_timeout'],
  php: ['php/www.conf', 'process_control_timeout'],
  // A task may take as long as a request.
  scheduler: ['php/www.conf', 'request_terminate_timeout'],
  redis: ['redis/redis.conf', 'shutdown-timeout'],
  'redis-proxy': ['redis/haproxy.cfg', 'hard-stop-after'],
};

/** How long a pod may take to end, and what it does meanwhile. */
export interface Drain {
  /** Seconds until it is killed. */
  readonly grace: number;
  /** Seconds that it goes on serving before it is told to stop. */
  readonly preStop: number;
  /** What its daemon then allows what runs. @default - no file says so */
  readonly own?: Setting & { readonly file: DockerFile };
  /** For a queue worker, seconds: what a job may take, and after which it is given to another. */
  readonly job?: { readonly timeout: number; readonly retryAfter: number };
}

/** How the pods of a workload end, read from their template and from the files of their daemon. */
export function drainOf(name: string, pod: Manifest['spec'], manifests: readonly Manifest[], files: DockerFiles): Drain {
  const [file, key] = OWN_TIMEOUTS[name] ?? [];
  const setting = file && key ? settingIn(files, file, key) : undefined;
  const timeout = timeoutOf(pod.containers[0]);
  return {
    grace: pod.terminationGracePeriodSeconds,
    preStop: Number(pod.containers[0].lifecycle?.preStop?.exec.command[1] ?? 0),
    ...(file && setting && { own: { ...setting, file } }),
    ...(timeout !== undefined && { job: { timeout, retryAfter: retryAfterIn(manifests) } }),
  };
}

/** Pods that would be killed before what they have begun is finished: one line each. */
export function drainFindings(manifests: readonly Manifest[], files: DockerFiles): string[] {
  const pods = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return pods.flatMap((pod) => {
    const title = titleOf(pod);
    const { grace, preStop, own, job } = drainOf(pod.metadata.name, pod['spec'].template.spec, manifests, files);
    const needed = preStop + (secondsOf(own?.value ?? '') ?? 0);
    return [
      ...(own === undefined || grace > needed
        ? []
        : [
            `${title}: is killed after ${grace} s; it must be more than ${needed}, its preStop ${preStop} and ${own.key} ${own.value} (docker/${own.file}:${own.line})`,
          ]),
      ...(job === undefined || (job.timeout < job.retryAfter && job.retryAfter < grace)
        ? []
        : [
            `${title}: --timeout ${job.timeout} must be less than REDIS_QUEUE_RETRY_AFTER ${job.retryAfter}, or a job runs twice, ` +
              `and that less than its grace period ${grace}, or a job is cut`,
          ]),
    ];
  });
}

/** Seconds that a queue worker allows a job. */
function timeoutOf({ command }: { command?: readonly string[] }): number | undefined {
  const option = command?.includes('queue:work') ? command.find((argument) => argument.startsWith('--timeout=')) : undefined;
  return option === undefined ? undefined : Number(option.slice('--timeout='.length));
}

function retryAfterIn(manifests: readonly Manifest[]): number {
  const texts = manifests.filter(({ kind }) => kind === 'ConfigMap').flatMap((manifest) => Object.values<string>(manifest['data']));
  return Number(texts.map((text) => /^REDIS_QUEUE_RETRY_AFTER='(\d+)'$/m.exec(text)?.[1]).find((seconds) => seconds !== undefined));
}
