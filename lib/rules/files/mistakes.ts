import type { ComposeFile, DockerFile } from '../../docker/docker-files';
import type { Mistake } from '../../docker/setting';

/**
 * What daemons do not understand, and then what else is wrong; of a file with such mistakes nothing else is said, for what its daemon
 * would read is unknown.
 */
export function mistakesFirst(
  files: readonly (readonly [DockerFile | ComposeFile, readonly Mistake[]])[],
  findings: readonly string[],
): string[] {
  const broken = files.filter(([, mistakes]) => mistakes.length > 0);
  return [
    ...broken.flatMap(([file, mistakes]) => mistakes.map(({ line, problem }) => `docker/${file}:${line}: ${problem}`)),
    ...findings.filter((finding) => !broken.some(([file]) => finding.includes(`docker/${file}:`))),
  ];
}
