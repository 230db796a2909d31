import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Every file of `docker/` that becomes part of a ConfigMap. */
export const DOCKER_FILES = [
  'php/php.ini',
  'php/www.conf',
  'php/metrics.conf',
  'nginx/nginx.conf',
  'nginx/fastcgi.conf',
  'nginx/security-headers.conf',
  'nginx/default.prod.conf',
  'nginx/start.sh',
  'nginx/metrics-main.conf',
  'nginx/metrics-http.conf',
  'nginx/metrics.js',
  'mysql/my.cnf',
  'mysql/accounts.sh',
  'mysql/tls.cnf',
  'mysql/certificate.cnf',
  'mysql/bootstrap.sh',
  'mysql/exporter.sh',
  'mysql/password.sh',
  'mysql/promote.sh',
  'mysql/ready.sh',
  'mysql/role.sh',
  'mysql/secrets.sh',
  'mysql/server.sh',
  'mysql/start.sh',
  'redis/redis.conf',
  'redis/redis.acl',
  'redis/redis-cache.conf',
  'redis/redis-cache.acl',
  'redis/sentinel.conf',
  'redis/sentinel.acl',
  'redis/haproxy.cfg',
  'redis/start.sh',
  'redis/ready.sh',
  'redis/server.sh',
  'redis/snapshot.sh',
  'redis/join.sh',
  'redis/sentinel.sh',
  'redis/tls.conf',
  'redis/certificate.sh',
  'redis/proxy.sh',
  'redis/operator.sh',
  'redis/password.sh',
  'backup/backup.sh',
  'backup/dump.sh',
  'backup/logs.sh',
  'backup/prune.sh',
  'backup/redis.sh',
  'backup/repository.sh',
  'backup/restore.sh',
  'redis/exporter.sh',
  'prometheus/slo.yml',
  'prometheus/web.yml',
  'prometheus/mysql.yml',
  'prometheus/redis.yml',
  'prometheus/platform.yml',
  'grafana/overview.json',
  'grafana/web.json',
  'grafana/mysql.json',
  'grafana/redis.json',
] as const;

/** Path of such a file below `docker/`. */
export type DockerFile = (typeof DOCKER_FILES)[number];

/** What only Compose and the builds of images read: no manifest follows from it, and synth only looks for releases without security fixes in it. */
export const COMPOSE_FILES = [
  'docker-compose.yml',
  'docker-compose.prod.yml',
  '.env.docker.example',
  '.env.production.example',
  'php/Dockerfile',
  'php/Dockerfile.prod',
  'backup/Dockerfile',
  'php/php.dev.ini',
  'node/Dockerfile',
  'nginx/default.conf',
  'nginx/trusted-proxies.conf',
  'prometheus/prometheus.yml',
  'prometheus/limits.yml',
  'grafana/datasources.yml',
  'grafana/dashboards.yml',
] as const;

/** Path of such a file below `docker/`. */
export type ComposeFile = (typeof COMPOSE_FILES)[number];

/** Bytes that a ConfigMap holds at most, all its files together (a rule of the API server). */
export const LARGEST = 1024 * 1024;

/** The folder `docker/`, found from this file and not from the working directory. */
export const DOCKER_FOLDER = join(__dirname, '..', '..', 'docker');

/** The files of `docker/`, read once. */
export class DockerFiles {
  /** One line for each file that cannot be used; with any, `content` of that file throws. */
  readonly findings: readonly string[];
  private readonly contents = new Map<string, string>();

  /** @param folder where they are @param paths files to read, those of ConfigMaps unless told otherwise */
  constructor(
    readonly folder: string = DOCKER_FOLDER,
    paths: readonly (DockerFile | ComposeFile)[] = DOCKER_FILES,
  ) {
    this.findings = paths.flatMap((file) => {
      const result = readText(join(folder, file));
      if ('text' in result) {
        this.contents.set(file, result.text);
        return [];
      }
      return [`docker/${file}: ${result.problem}`];
    });
  }

  /**
   * Content of a file, byte for byte.
   *
   * @throws when the file is among the findings
   */
  content(file: DockerFile | ComposeFile): string {
    const content = this.contents.get(file);
    if (content === undefined) {
      throw new Error(`docker/${file} was not read; look at the findings first`);
    }
    return content;
  }

  /** Several files of one folder as the data of a ConfigMap: content by file name. */
  data(...files: DockerFile[]): Record<string, string> {
    return Object.fromEntries(files.map((file) => [file.slice(file.indexOf('/') + 1), this.content(file)]));
  }
}

function readText(path: string): { text: string } | { problem: string } {
  if (!existsSync(path)) {
    return { problem: 'is missing; restore it from version control' };
  }
  const status = statSync(path);
  if (!status.isFile()) {
    return { problem: 'is not a file; put the configuration file there' };
  }
  if (status.size > LARGEST) {
    return { problem: `has ${status.size} bytes; a ConfigMap holds at most ${LARGEST}` };
  }
  try {
    const bytes = readFileSync(path);
    const text = bytes.toString('utf8');
    if (!isUtf8(bytes)) {
      return { problem: 'is not UTF-8; save it in that encoding' };
    }
    return text.trim() === '' ? { problem: 'is empty; a daemon without settings is not what anyone wants' } : { text };
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code}); check its permissions` };
  }
}
