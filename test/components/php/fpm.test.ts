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
    const { manifests } = php({ ...minimal, scale: { minReplicas: 3, maxReplicas: 10, targetCpuPercent: 70 } });
    expect(find(manifests, 'Deployment', 'php')['spec']).not.toHaveProperty('replicas');
    expect(find(manifests, 'HorizontalPodAutoscaler', 'php')['spec']).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
  });

  describe('that is scaled by what requests meet', () => {
    const { manifests } = php(every, { metrics: { exporterImage: 'fintrack-nginx:1', prometheus: 'http://prometheus.test:9090' } });
    const { spec } = find(manifests, 'ScaledObject', 'php');
    const [busy, slow, cpu] = spec.triggers;

    test('leaves replicas to KEDA, which makes the only autoscaler', () => {
      expect(find(manifests, 'Deployment', 'php')['spec']).not.toHaveProperty('replicas');
      expect(spec).toMatchObject({ scaleTargetRef: { name: 'php' }, minReplicaCount: 3, maxReplicaCount: 10 });
    });

    test('is counted by the children at work and the requests that wait, for each pod, whether it is ready or not', () => {
      const sum = (series: string) => `sum(avg_over_time(phpfpm_${series}{namespace="fintrack-test"}[30s]))`;
      expect(busy.metadata).toMatchObject({
        serverAddress: 'http://prometheus.test:9090',
        query: `${sum('active_processes')} + ${sum('listen_queue')}`,
        // 60 % of 12 children.
        threshold: '7.2',
      });
    });

    test('is counted by how long requests take, which is nought where there are none', () => {
      expect(slow.metadata.query).toMatch(/^scalar\(count\(phpfpm_total_processes.* \* \(histogram_quantile\(0\.95, .* >= 0 or 0 \* sum/);
      expect(slow.metadata.threshold).toBe('0.5');
    });

    test('is counted by processor time of PHP alone', () => {
      expect(cpu).toEqual({ type: 'cpu', metricType: 'Utilization', metadata: { value: '70', containerName: 'php' } });
    });

    test('stays as many pods as there are while nobody can measure, for no answer is not taken for nought', () => {
      expect(spec).not.toHaveProperty('fallback');
      expect([busy, slow].map(({ metadata }) => metadata.ignoreNullValues)).toEqual(['false', 'false']);
    });
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
