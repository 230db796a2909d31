import type { Manifest } from '../charts';
import { memoryLimitIn, PHP_INI_FOLDER } from '../components/php';
import type { DockerFiles } from '../docker/docker-files';
import { settingIn } from '../docker/settings';
import { amountOf } from '../kubernetes/resources';
import { templateOf, titleOf } from './objects';

/** A single process of PHP that could fill its container, so that the kernel ends all that run in it: one line for the smallest container. */
export function memoryFindings(manifests: readonly Manifest[], files: DockerFiles): string[] {
  const bytes = memoryLimitIn(files) * 2 ** 20;
  const [smallest] = manifests
    .flatMap((manifest) => {
      const template = templateOf(manifest);
      // Those that only prepare a pod run one small command each.
      return ((template?.spec.containers ?? []) as Manifest[]).map((container) => ({
        manifest,
        container,
        memory: container['resources'].limits.memory,
      }));
    })
    .filter(({ container: { volumeMounts = [] } }) =>
      (volumeMounts as { mountPath: string }[]).some(({ mountPath }) => mountPath === PHP_INI_FOLDER),
    )
    .filter(({ container: { command = [] } }) => !(command as string[]).some((word) => word.startsWith('memory_limit=')))
    .sort((one, other) => amountOf(one.memory) - amountOf(other.memory));
  const setting = settingIn(files, 'php/php.ini', 'memory_limit');
  return smallest === undefined || bytes < amountOf(smallest.memory)
    ? []
    : [
        `docker/php/php.ini:${setting?.line ?? 1}: memory_limit ${setting?.value ?? '128M'} must be less than ${smallest.memory}, the memory of container ` +
          `${smallest.container['name']} of ${titleOf(smallest.manifest)}, or one process ends all that run in it`,
      ];
}
