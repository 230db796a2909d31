import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { sampleFiles } from '../../support/render';
import { every, minimal, php } from './sample';

afterAll(removeFolders);

const pod = (settings = minimal, files = sampleFiles()) => podOf(php(settings, { files }).manifests, 'Deployment', 'php').spec;
const envOf = (spec: ReturnType<typeof pod>) =>
  Object.fromEntries(spec.containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]));

describe('a web pod', () => {
  test('has as many children as the environment says', () => {
    expect(envOf(pod(minimal))).toMatchObject({ PHP_FPM_MAX_CHILDREN: '4' });
    expect(envOf(pod(every))).toMatchObject({ PHP_FPM_MAX_CHILDREN: '12' });
  });

  test('leaves replicas to the autoscaler', () => {
    const { manifests } = php(every);
    expect(find(manifests, 'Deployment', 'php')['spec']).not.toHaveProperty('replicas');
    expect(find(manifests, 'HorizontalPodAutoscaler', 'php')['spec']).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
  });

  test('is guaranteed the memory that its children need', () => {
    const { resources } = pod(every).containers[0];
    expect(resources.requests.memory).toBe('1664Mi');
    expect(resources.limits.memory).toBe('1664Mi');
  });

  test('holds one upload of the size in php.ini for each child', () => {
    const temporary = (files = sampleFiles()) =>
      pod(minimal, files).volumes.find(({ name }: { name: string }) => name === 'tmp').emptyDir.sizeLimit;
    expect(temporary()).toBe('96Mi');
    expect(temporary(sampleFiles({ 'php/php.ini': 'opcache.memory_consumption = 192\npost_max_size = 1G\n' }))).toBe('4Gi');
  });

  test('has the pool as the only file of its folder', () => {
    const { containers, volumes } = pod();
    const mount = containers[0].volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === '/usr/local/etc/php-fpm.d');
    expect(volumes.find(({ name }: { name: string }) => name === mount.name).configMap.items).toEqual([
      { key: 'www.conf', path: 'www.conf' },
    ]);
  });

  test('is alive while every child is busy, but takes no more requests', () => {
    const [container] = pod().containers;
    expect(container.livenessProbe.tcpSocket.port).toBe('status');
    expect(container.readinessProbe.exec.command).toEqual(['fpm-ping', '9000']);
  });

  test('serves on while Services forget it, and is killed only after its longest request', () => {
    const { containers, terminationGracePeriodSeconds } = pod();
    const wait = Number(containers[0].lifecycle.preStop.exec.command.at(-1));
    // process_control_timeout of www.conf
    expect(terminationGracePeriodSeconds).toBeGreaterThan(wait + 60);
  });

  test('shows the Service only the pool, not the status listener', () => {
    const ports = find(php(minimal).manifests, 'Service', 'php')['spec'].ports;
    expect(ports.map(({ port }: { port: number }) => port)).toEqual([9000]);
  });
});
