import { basename } from 'node:path';
import type { Manifest } from '../../charts';
import { DOCKER_FILES, type DockerFiles } from '../../docker/docker-files';
import { bakedFiles, type ImageTarget } from '../../docker/dockerfile';
import type { Release } from '../../environments';
import { MADE_BY_OPERATORS } from '../../rules';
import type { Workload } from '../workloads';

/** Whom a change of a file of `docker/` reaches. */
export interface FileReach {
  /** Path below `docker/`. */
  readonly file: string;
  /** A ConfigMap restarts its pods on the next apply; an image is built, and arrives with the next release. */
  readonly by: 'ConfigMap' | 'image';
  /** Names of the workloads. */
  readonly workloads: readonly string[];
}

/** Every file of `docker/` that reaches pods of the environment, and in which way; and those that reach pods of others alone. */
export function fileReachOf(
  manifests: readonly Manifest[],
  workloads: readonly Workload[],
  release: Release,
  files: DockerFiles,
): { readonly reached: FileReach[]; readonly others: string[] } {
  const configured = DOCKER_FILES.map((file): FileReach => {
    const configMaps = manifests
      .filter(({ kind, data }) => kind === 'ConfigMap' && data[basename(file)] === files.content(file))
      .map(({ metadata }) => metadata.name);
    return { file, by: 'ConfigMap', workloads: namesOf(workloads, (workload) => mounts(workload).some((map) => configMaps.includes(map))) };
  });

  // Where a volume covers the folder of the image, its file is not seen.
  const built = (['php', 'nginx'] as const).flatMap((target: ImageTarget) =>
    bakedFiles(files.folder, target)
      .filter(({ file }) => !configured.some((each) => each.file === file && each.workloads.length > 0))
      .map(({ file, folder }): FileReach => {
        const sees = ({ spec }: Workload) =>
          [...(spec.initContainers ?? []), ...spec.containers].some(
            ({ image, volumeMounts }) =>
              image === release[target] && !volumeMounts.some(({ mountPath }: { mountPath: string }) => mountPath === folder),
          );
        return { file, by: 'image', workloads: namesOf(workloads, sees) };
      }),
  );
  const reached = [...configured, ...built].filter(({ workloads: reaches }) => reaches.length > 0);
  const known = new Set([...DOCKER_FILES, ...built.map(({ file }) => file)]);
  return { reached, others: [...known].filter((file) => !reached.some((each) => each.file === file)) };
}

function namesOf(workloads: readonly Workload[], reaches: (workload: Workload) => boolean): string[] {
  return workloads.filter(reaches).map(({ name }) => name);
}

/** Names of the ConfigMaps that the pods of a workload mount. */
function mounts({ kind, spec, manifest }: Workload): string[] {
  const volumes: Manifest['spec'][] = spec.volumes ?? [];
  return [
    ...volumes.flatMap(({ configMap }): string[] => (configMap ? [configMap.name] : [])),
    ...(MADE_BY_OPERATORS[kind]?.configMaps(manifest['spec']) ?? []),
  ];
}
