import type { Manifest } from '../../lib/charts';
import { explain } from '../../lib/commands/explain/explanation';
import { DOCKER_FILES, DockerFiles } from '../../lib/docker/docker-files';
import { bakedFiles } from '../../lib/docker/dockerfile';
import { environments, type Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { removeFolders } from '../support/folders';
import { manifestsFor, ownersOf } from '../support/manifests';
import { realFiles } from '../support/render';

afterAll(removeFolders);

const files = new DockerFiles();
const reachIn = (environment: Environment) => explain(environment, manifestsFor(environment), files);

/** Pod templates by workload. */
const templatesIn = (manifests: readonly Manifest[]): ReadonlyMap<string, string> =>
  new Map(ownersOf(manifests).map(({ spec, labels }) => [labels['app.kubernetes.io/instance'] ?? '', JSON.stringify(spec)]));

describe.each(Object.values<Environment>(environments))('in $name', (environment) => {
  const [before, { files: reached }] = [templatesIn(manifestsFor(environment)), reachIn(environment)];

  test.each(DOCKER_FILES)('one more byte in %s changes the pod templates that the explanation names, and no others', (file) => {
    const changed = realFiles({ [file]: (text) => `${text}\n` });
    const after = templatesIn(manifestsFor(environment, changed));
    const different = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
    const named = reached.filter((each) => each.by === 'ConfigMap' && each.file === file).flatMap(({ workloads }) => workloads);
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(different.sort()).toEqual(named.sort());
  });
});

test('every file of the list reaches pods of production, but those that Prometheus and Grafana read', () => {
  const { files: reached } = reachIn(production);
  expect(DOCKER_FILES.filter((file) => !/^(prometheus|grafana)\//.test(file) && !reached.some((each) => each.file === file))).toEqual([]);
});

describe('a file that is built into an image', () => {
  test('reaches every pod of that image', () => {
    expect(reachIn(production).files).toContainEqual({
      file: 'php/entrypoint.sh',
      by: 'image',
      workloads: ['migration', 'php', 'queue-worker-default', 'scheduler'],
    });
  });

  test('reaches nobody where a ConfigMap lies over its folder', () => {
    expect(bakedFiles(files.folder, 'nginx')).toContainEqual({ file: 'nginx/trusted-proxies.conf', folder: '/etc/nginx/fintrack' });
    expect(reachIn(local).otherFiles).toContain('nginx/trusted-proxies.conf');
  });

  test('comes along from the stages below, and is not one that comes from another stage', () => {
    const baked = bakedFiles(files.folder, 'php').map(({ file }) => file);
    expect(baked).toEqual([
      'php/php.ini',
      'php/www.conf',
      'php/entrypoint.sh',
      'php/fpm-ping.sh',
      'php/wait-for.sh',
      'php/scheduler.sh',
      'php/migrate.php',
      'php/worker-alive.sh',
    ]);
  });
});
