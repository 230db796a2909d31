import { DOCKER_FILES, type DockerFiles } from '../../docker/docker-files';
import { mistakesIn } from '../../docker/settings';
import { nginxFindings } from './nginx';
import { orderFindings } from './order';
import { valueFindings } from './values';

/** What is wrong in the files of `docker/`, whatever the environment: one line each, with file and line. */
export function fileFindings(files: DockerFiles): string[] {
  const mistakes = DOCKER_FILES.flatMap((file) => mistakesIn(files, file).map(({ line, problem }) => `docker/${file}:${line}: ${problem}`));
  // Settings of a file that its daemon refuses say little.
  return mistakes.length > 0 ? mistakes : [...valueFindings(files), ...nginxFindings(files), ...orderFindings(files)];
}
