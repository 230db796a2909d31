import { App, Chart, Yaml } from 'cdk8s';
import { cpSync, readdirSync } from 'node:fs';
import type { Manifest } from '../../lib/charts';
import { COMPOSE_FILES, DOCKER_FILES, DOCKER_FOLDER, DockerFiles } from '../../lib/docker/docker-files';
import { makeFolder, writeInto } from './folders';

/** What a construct puts into a chart. */
export interface Rendered {
  readonly manifests: Manifest[];
  /** The same as a human reads it. */
  readonly yaml: string;
}

/** Renders what `build` adds to an empty chart. */
export function render(build: (chart: Chart) => void): Rendered {
  const chart = new Chart(new App(), 'test', { namespace: 'fintrack-test', disableResourceNameHashes: true });
  build(chart);
  const manifests = chart.toJson() as Manifest[];
  return { manifests, yaml: Yaml.stringify(...manifests) };
}

/** What the constructs read from files; all else in them is one line, so that snapshots show the constructs and not the files. */
const READ: Readonly<Record<string, string>> = {
  'php/php.ini': 'opcache.memory_consumption = 192\npost_max_size = 24M\n',
  'php/www.conf': 'process_control_timeout = 60s\n',
  'nginx/fastcgi.conf': 'limit_conn large_bodies 16;\n',
  'nginx/nginx.conf': 'worker_shutdown_timeout 65s;\nclient_max_body_size 24m;\n',
};

/** Stand-ins for the files of `docker/`: each holds its own name, and what `changes` says instead. */
export function sampleFiles(changes: Readonly<Record<string, string>> = {}): DockerFiles {
  const folder = makeFolder();
  for (const path of readdirSync(DOCKER_FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'))) {
    const file = path.replaceAll('\\', '/');
    writeInto(folder, file, changes[file] ?? READ[file] ?? `# ${file}\n`);
  }
  return new DockerFiles(folder);
}

/** The real files of `docker/`, those of Compose too, each changed by a function of its text. */
export function realFiles(changes: Readonly<Record<string, (text: string) => string>> = {}): DockerFiles {
  const folder = makeFolder();
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  const read = (): DockerFiles => new DockerFiles(folder, [...DOCKER_FILES, ...COMPOSE_FILES]);
  const files = read();
  for (const [file, change] of Object.entries(changes)) {
    const before = files.content(file as Parameters<DockerFiles['content']>[0]);
    const after = change(before);
    if (after === before) throw new Error(`the change leaves ${file} as it was`);
    writeInto(folder, file, after);
  }
  return read();
}

/** Names of settings that, added to the smallest ones, change nothing in the manifests. */
export function idleSettings<Settings extends object>(
  minimal: Settings,
  every: Required<Settings>,
  build: (settings: Settings) => Rendered,
): string[] {
  const before = build(minimal).yaml;
  return Object.keys(every).filter((key) => {
    const name = key as keyof Settings;
    return build({ ...minimal, [name]: every[name] }).yaml === before;
  });
}
