import { Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Nginx, type NginxSettings } from '../../../lib/components/nginx';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

const minimal: NginxSettings = { scale: { replicas: 2 } };
const every: Required<NginxSettings> = {
  scale: { minReplicas: 2, maxReplicas: 6, targetCpuPercent: 70 },
  cpu: Cpu.millis(250),
  memory: Size.mebibytes(256),
};

const files = sampleFiles();
const nginx = (settings: NginxSettings, docker = files, trustedProxies: readonly string[] = []) =>
  render((chart) => new Nginx(chart, 'nginx', { ...settings, files: docker, image: 'fintrack-nginx:1', version: '1', trustedProxies }));

afterAll(removeFolders);

describe('nginx', () => {
  test('with the smallest settings', () => {
    expect(nginx(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(nginx(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests', () => {
    expect(idleSettings(minimal, every, nginx)).toEqual([]);
  });

  test('leaves replicas to the autoscaler', () => {
    const { manifests } = nginx(every);
    expect(find(manifests, 'Deployment', 'nginx')['spec']).not.toHaveProperty('replicas');
    expect(find(manifests, 'HorizontalPodAutoscaler', 'nginx')['spec']).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'nginx' },
      minReplicas: 2,
      maxReplicas: 6,
    });
  });

  test('has no autoscaler where a human decides', () => {
    const { manifests } = nginx(minimal);
    expect(find(manifests, 'Deployment', 'nginx')['spec'].replicas).toBe(2);
    expect(manifests.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
  });

  test('has the Service name that nginx has in Compose', () => {
    expect(find(nginx(minimal).manifests, 'Service', 'nginx')['spec'].ports).toMatchObject([{ port: 8080, targetPort: 'http' }]);
  });

  test('never has fewer pods than before while it rolls', () => {
    expect(find(nginx(minimal).manifests, 'Deployment', 'nginx')['spec'].strategy.rollingUpdate).toEqual({
      maxUnavailable: 0,
      maxSurge: 1,
    });
  });

  test('serves on while Services forget it, and is killed only after its longest request', () => {
    const { spec } = podOf(nginx(minimal).manifests, 'Deployment', 'nginx');
    const [wait] = spec.containers[0].lifecycle.preStop.exec.command.slice(-1);
    // worker_shutdown_timeout of nginx.conf
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(wait) + 65);
  });

  test('asks a port for liveness that no client can fill', () => {
    const [container] = podOf(nginx(minimal).manifests, 'Deployment', 'nginx').spec.containers;
    expect(container.livenessProbe.httpGet).toMatchObject({ port: 'livez', path: '/livez' });
    expect(container.readinessProbe.httpGet).toMatchObject({ port: 'http', path: '/healthz' });
  });

  test('rolls when one of its files changes', () => {
    const before = podOf(nginx(minimal).manifests, 'Deployment', 'nginx');
    const after = podOf(
      nginx(minimal, sampleFiles({ 'nginx/fastcgi.conf': 'limit_conn large_bodies 8;\n' })).manifests,
      'Deployment',
      'nginx',
    );
    expect(after.spec).not.toEqual(before.spec);
  });

  test('keeps the version out of its pods, so that a release that changes nothing else rolls nothing', () => {
    const { manifests } = nginx(minimal);
    expect(find(manifests, 'Deployment', 'nginx').metadata.labels).toHaveProperty(['app.kubernetes.io/version'], '1');
    expect(podOf(manifests, 'Deployment', 'nginx').labels).not.toHaveProperty(['app.kubernetes.io/version']);
  });
});
