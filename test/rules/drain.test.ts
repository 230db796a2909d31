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
const after = (change: (manifests: Manifest[]) => void): string[] => {
  const manifests = manifestsFor(production);
  change(manifests);
  return drainFindings(manifests, files);
};

test.each(Object.values<Environment>(environments))('in $name every pod may finish what it has begun', (environment) => {
  expect(drainFindings(manifestsFor(environment), files)).toEqual([]);
});

describe('a finding reads', () => {
  test.each([
    ['Deployment nginx', 75, 'is killed after 75 s; it must be more than 75, its preStop 10 and worker_shutdown_timeout 65s'],
    ['Deployment php', 70, 'is killed after 70 s; it must be more than 70, its preStop 10 and process_control_timeout 60s'],
    ['Deployment redis-proxy', 15, 'is killed after 15 s; it must be more than 15, its preStop 5 and hard-stop-after 10s'],
    ['StatefulSet redis', 20, 'is killed after 20 s; it must be more than 20, its preStop 0 and shutdown-timeout 20'],
  ])('of %s that is killed while requests run', (title, seconds, finding) => {
    expect(after((m) => (podIn(m, title).terminationGracePeriodSeconds = seconds))).toEqual([
      expect.stringMatching(new RegExp(`^${title}: ${finding} \\(docker/\\S+:\\d+\\)$`)),
    ]);
  });

  const job =
    'Deployment queue-worker-default: --timeout 90 must be less than REDIS_QUEUE_RETRY_AFTER 120, or a job runs twice, and that less than its grace period';

  test('of a worker that is killed before a job may be given to another', () => {
    expect(after((m) => (podIn(m, 'Deployment queue-worker-default').terminationGracePeriodSeconds = 120))).toEqual([
      `${job} 120, or a job is cut`,
    ]);
  });

  test('of a job that another worker gets while it runs', () => {
    const change = (m: Manifest[]) => {
      const { data } = find(m, 'ConfigMap', 'laravel');
      for (const file of Object.keys(data)) data[file] = data[file].replace("RETRY_AFTER='120'", "RETRY_AFTER='90'");
    };
    expect(after(change)).toEqual([`${job.replace('120', '90')} 150, or a job is cut`]);
  });
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
