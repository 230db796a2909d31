import type { Manifest } from '../charts';
import type { DockerFile, DockerFiles } from '../docker/docker-files';
import { secondsOf, settingIn } from '../docker/settings';
import { titleOf } from './objects';

/** What a daemon allows itself when it is told to stop. */
const OWN_TIMEOUTS: Readonly<Record<string, readonly [DockerFile, string]>> = {
  nginx: ['nginx/nginx.conf', 'worker_shutdown_timeout'],
  php: ['php/www.conf', 'process_control_timeout'],
  redis: ['redis/redis.conf', 'shutdown-timeout'],
};

/** Pods that would be killed before what they have begun is finished: one line each. */
export function drainFindings(manifests: readonly Manifest[], files: DockerFiles): string[] {
  const pods = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return pods.flatMap((pod) => {
    const title = titleOf(pod);
    const { terminationGracePeriodSeconds: grace, containers } = pod['spec'].template.spec;
    const [file, key] = OWN_TIMEOUTS[pod.metadata.name] ?? [];
    const own = file && key ? settingIn(files, file, key) : undefined;
    const preStop = Number(containers[0].lifecycle?.preStop?.exec.command[1] ?? 0);
    const needed = preStop + (secondsOf(own?.value ?? '') ?? 0);
    const [retryAfter, timeout] = [retryAfterIn(manifests), timeoutOf(containers[0])];
    return [
      ...(own === undefined || grace > needed
        ? []
        : [
            `${title}: is killed after ${grace} s; it must be more than ${needed}, its preStop ${preStop} and ${key} ${own.value} (docker/${file}:${own.line})`,
          ]),
      ...(timeout === undefined || (timeout < retryAfter && retryAfter < grace)
        ? []
        : [
            `${title}: --timeout ${timeout} must be less than REDIS_QUEUE_RETRY_AFTER ${retryAfter}, or a job runs twice, ` +
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
