import { App, Chart, Size } from 'cdk8s';
import { Cpu, KubeDeployment, type PodTemplateSpec } from '../../imports/k8s';
import { podTemplate, type Container, type PodProps } from '../../lib/kubernetes/pod';
import { claimedVolume, emptyFolder } from '../../lib/kubernetes/volumes';
import type { Manifest } from '../../lib/charts';
import { containersOf, ownersOf, type Owner } from '../support/manifests';
import { restrictedFindings } from '../support/pod-security';

const container = (changes: Partial<Container> = {}): Container => ({
  name: 'server',
  image: 'server:1',
  resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(64) },
  mounts: [emptyFolder('tmp', '/tmp', Size.mebibytes(16))],
  ...changes,
});

/** A pod as the API server gets it. */
function pod(changes: Partial<PodProps> = {}): Owner {
  const template: PodTemplateSpec = podTemplate({
    identity: { name: 'sample', instance: 'sample', role: 'server' },
    user: 10042,
    gracePeriodSeconds: 30,
    initContainers: [container({ name: 'first' })],
    containers: [container()],
    ...changes,
  });
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  new KubeDeployment(chart, 'sample', { metadata: { name: 'sample' }, spec: { selector: {}, template } });
  const [owner] = ownersOf(chart.toJson() as Manifest[]);
  if (owner === undefined) throw new Error('no pod');
  return structuredClone(owner);
}

describe('a pod', () => {
  test('passes Pod Security restricted, containers that run first included', () => {
    expect(restrictedFindings(pod())).toEqual([]);
  });

  test('runs as one number, in group and on its volumes too', () => {
    expect(pod().spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10042, runAsGroup: 10042, fsGroup: 10042 });
  });

  test('has a read-only root file system in every container', () => {
    for (const { securityContext } of containersOf(pod())) {
      expect(securityContext.readOnlyRootFilesystem).toBe(true);
    }
  });

  test('carries no token and no addresses of Services', () => {
    expect(pod().spec).toMatchObject({ serviceAccountName: 'sample', automountServiceAccountToken: false, enableServiceLinks: false });
  });

  test('waits two seconds for DNS, which may be on a lost node, and not five', () => {
    expect(pod().spec.dnsConfig).toEqual({ options: [{ name: 'timeout', value: '2' }] });
  });

  test('spreads over nodes and zones as a wish', () => {
    expect(pod().spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
  });

  test('stays bound to a lost node as long as it is told, and as the cluster decides where nobody says', () => {
    expect(pod().spec.tolerations).toBeUndefined();
    expect(pod({ lostNodeSeconds: 20 }).spec.tolerations).toEqual(
      ['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 20,
      })),
    );
  });

  test('demands a node apart from other pods only where it is told which', () => {
    expect(pod().spec).not.toHaveProperty('affinity');
    expect(pod({ apartFrom: { app: 'ledger' } }).spec.affinity).toEqual({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'ledger' } } },
        ],
      },
    });
  });

  test('mounts read-only unless a mount says otherwise', () => {
    const config = { volume: { name: 'config', configMap: { name: 'config' } }, path: '/config' };
    const [first] = pod({ containers: [container({ mounts: [config, claimedVolume('data', '/data')] })] }).spec.containers;
    expect(first.volumeMounts).toEqual([
      { name: 'config', mountPath: '/config', readOnly: true },
      { name: 'data', mountPath: '/data', readOnly: false },
    ]);
  });

  test('names a volume once that two containers mount, and leaves claimed ones to the StatefulSet', () => {
    const mounts = [emptyFolder('tmp', '/tmp', Size.mebibytes(16)), claimedVolume('data', '/data')];
    expect(pod({ containers: [container({ mounts }), container({ name: 'other', mounts })] }).spec.volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
    ]);
  });

  test('waits with a command, as the sleep action is newer than Kubernetes 1.27', () => {
    expect(pod({ containers: [container({ preStopSeconds: 10 })] }).spec.containers[0].lifecycle).toEqual({
      preStop: { exec: { command: ['sleep', '10'] } },
    });
  });
});

describe('the check for Pod Security restricted', () => {
  test.each<[string, (spec: Owner['spec']) => void]>([
    ['hostNetwork is set', (spec) => (spec.hostNetwork = true)],
    ['hostPID is set', (spec) => (spec.hostPID = true)],
    ['volume node is a hostPath', (spec) => spec.volumes.push({ name: 'node', hostPath: { path: '/' } })],
    ['sysctl kernel.msgmax is set', (spec) => (spec.securityContext.sysctls = [{ name: 'kernel.msgmax', value: '1' }])],
    ['runAsUser is 0', (spec) => (spec.securityContext.runAsUser = 0)],
    ['server: runAsUser is 0', (spec) => (spec.containers[0].securityContext.runAsUser = 0)],
    ['server: runAsNonRoot is not true', (spec) => (spec.containers[0].securityContext.runAsNonRoot = false)],
    ['server: privileged is true', (spec) => (spec.containers[0].securityContext.privileged = true)],
    ['first: privileged is true', (spec) => (spec.initContainers[0].securityContext.privileged = true)],
    ['server: allowPrivilegeEscalation is not false', (spec) => delete spec.containers[0].securityContext.allowPrivilegeEscalation],
    ['server: capabilities are not dropped', (spec) => delete spec.containers[0].securityContext.capabilities],
    ['server: capabilities are added', (spec) => (spec.containers[0].securityContext.capabilities.add = ['NET_RAW'])],
    [
      'server: seccompProfile is neither RuntimeDefault nor Localhost',
      (spec) => (spec.containers[0].securityContext.seccompProfile.type = 'Unconfined'),
    ],
    ['server: procMount is not Default', (spec) => (spec.containers[0].securityContext.procMount = 'Unmasked')],
    ['server: seLinuxOptions are set', (spec) => (spec.containers[0].securityContext.seLinuxOptions = { user: 'root' })],
    ['server: a port is opened on the node', (spec) => (spec.containers[0].ports = [{ hostPort: 80 }])],
  ])('says: %s', (finding, change) => {
    const owner = pod();
    change(owner.spec);
    expect(restrictedFindings(owner)).toEqual([`Deployment sample: ${finding}`]);
  });
});
