import { COMPOSE_FILES, DOCKER_FILES, DOCKER_FOLDER, DockerFiles } from '../docker/docker-files';
import { composeFindings } from '../rules/compose';

/** `npm run compose`: what is wrong in the files that only Compose and the builds of images read. @returns the exit code */
export function main(folder = DOCKER_FOLDER): number {
  const files = new DockerFiles(folder, [...DOCKER_FILES, ...COMPOSE_FILES]);
  const findings = files.findings.length > 0 ? files.findings : composeFindings(files);
  findings.forEach((finding) => console.error(finding));
  return findings.length > 0 ? 1 : 0;
}

if (require.main === module) {
  process.exitCode = main();
}
