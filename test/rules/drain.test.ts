import type { Manifest } from '../../lib/charts';
import { DockerFiles } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { drainFindings } from '../../lib/rules';
import { removeFolders } from '../support/folders';
import { find, manifestsFor } from '../support/manifests';
import { realFiles } from '../support/render';

afterAll(removeFolders);

const files = new DockerFiles();
const podIn = (manifests: Manifest[], title: string) => {
  const [kind = '', name = ''] = title.split(' ');
  return find(manifests, kind, name)['spec'].template.spec;
};

test.each(Object.values<Environment>(environments))('in $name every pod may finish what it has begun', (environment) => {
  expect(drainFindings(manifestsFor(environment), files)).toEqual([]);
});

test('pods wait as much longer as a daemon allows its requests', () => {
  const longer = realFiles({
    'php/www.conf': (text) => text.replace('process_control_timeout = 60s', 'process_control_timeout = 300s'),
    'nginx/nginx.conf': (text) => text.replace('worker_shutdown_timeout 65s', 'worker_shutdown_timeout 5m'),
  });
  const manifests = manifestsFor(production, longer);
  expect(drainFindings(manifests, longer)).toEqual([]);
  expect(podIn(manifests, 'Deployment php').terminationGracePeriodSeconds).toBe(320);
  expect(podIn(manifests, 'Deployment nginx').terminationGracePeriodSeconds).toBe(320);
});
