import { composeFindings } from '../../lib/rules/compose';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';

afterAll(removeFolders);

/** Findings after a piece of a file was replaced; line numbers are hidden, as they move with every comment. */
function findingsAfter(file: string, ours: string | RegExp, theirs: string): string[] {
  const files = realFiles({ [file]: (text) => text.replace(ours, () => theirs) });
  return composeFindings(files).map((finding) => finding.replaceAll(/:\d+(?=[:)])/g, ':N'));
}

// What the original notes did is in original-notes.test.ts.
describe('refused is', () => {
  test.each([
    [
      'a variable in a list',
      'docker-compose.yml',
      '  node:\n',
      '  other:\n    environment: ["MYSQL_MASTER_HOST=a"]\n  node:\n',
      'MYSQL_MASTER_HOST a is no variable of this image; remove it, Kubernetes runs replicas (mysql.replicas)',
    ],
    [
      'a port in the long form',
      'docker-compose.yml',
      '  node:\n',
      '  other:\n    ports: [{ target: 80, published: 8080 }]\n  node:\n',
      'published 8080 may be open to the network; write the port as one text that begins with 127.0.0.1:',
    ],
    [
      'a password in the environment of production',
      'docker-compose.prod.yml',
      'SERVER_ID_BASE: "100"',
      'MYSQL_ROOT_PASSWORD: "${DB_ROOT_PASSWORD:?}"',
      'MYSQL_ROOT_PASSWORD ${DB_ROOT_PASSWORD:?} is in the environment, where every process sees it; mount a file of docker/secrets',
    ],
    [
      'an nginx that reaches the data',
      'docker-compose.prod.yml',
      'networks: [frontend] # MySQL',
      'networks: [frontend, backend] # MySQL',
      'networks backend lets nginx reach MySQL and Redis; write frontend',
    ],
    [
      'a stage of nobody',
      'php/Dockerfile.prod',
      'FROM base AS php',
      'FROM basis AS php',
      'FROM basis names another build from one day to the next; write tag and digest, name:tag@sha256:…',
    ],
    [
      'another default of the one image without a digest',
      'php/Dockerfile',
      'ARG PHP_IMAGE=docker.io/library/php:8.2-fpm-alpine',
      'ARG PHP_IMAGE=php:8.4-fpm',
      'FROM php:8.4-fpm names another build from one day to the next; write tag and digest, name:tag@sha256:…',
    ],
  ])('%s', (_, file, ours, theirs, finding) => {
    expect(findingsAfter(file, ours, theirs)).toEqual([`docker/${file}:N: ${finding}`]);
  });

  test('a production without the numbers that memory is counted from', () => {
    expect(findingsAfter('docker-compose.prod.yml', 'PHP_FPM_MAX_CHILDREN: "12"', 'OTHER: "12"')).toEqual([
      'docker/docker-compose.prod.yml: php needs PHP_FPM_MAX_CHILDREN and a memory limit, and php.ini memory_limit',
    ]);
  });
});

describe('accepted is', () => {
  test.each([
    [
      'a comment that names what is refused',
      'docker-compose.yml',
      'services:\n',
      '# version: 3, container_name: x, redis:latest\nservices:\n',
    ],
    ['an instruction over other lines', 'node/Dockerfile', 'RUN set -eux; \\\n', 'RUN set -eux; \\\n    # artisan config:cache\n'],
  ])('%s', (_, file, ours, theirs) => {
    expect(findingsAfter(file, ours, theirs)).toEqual([]);
  });
});
