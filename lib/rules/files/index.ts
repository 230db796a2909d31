import { DOCKER_FILES, type DockerFiles } from '../../docker/docker-files';
import { mistakesIn } from '../../docker/settings';
import { mistakesFirst } from './mistakes';
import { nginxFindings } from './nginx';
import { orderFindings } from './order';
import { valueFindings } from './values';

/** What is wrong in the files of `docker/`, whatever the environment: one line each, with file and line. */
export function fileFindings(files: DockerFiles): string[] {
  return mistakesFirst(
    DOCKER_FILES.map((file) => [file, mistakesIn(files, file)]),
    [...valueFindings(files), ...nginxFindings(files), ...orderFindings(files)],
  );
}
