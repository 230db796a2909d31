import type { Manifest } from '../../lib/charts';
import { production } from '../../lib/environments/production';
import { referenceFindings } from '../../lib/rules';
import { find, manifestsFor, titleOf } from '../support/manifests';

describe('a finding reads', () => {
  /** The findings after a change, content hashes left out. */
  const findingsAfter = (change: (manifests: Manifest[]) => Manifest[] | undefined) => {
    const manifests = manifestsFor(production);
    return referenceFindings(change(manifests) ?? manifests).map((finding) => finding.replaceAll(/-[0-9a-f]{8}\b/g, '-…'));
  };
  const gone = (kind: string, name: string) => (manifests: Manifest[]) =>
    manifests.filter((manifest) => manifest !== find(manifests, kind, name));
  const podIn = (manifests: Manifest[], kind: string, name: string) => find(manifests, kind, name)['spec'].template.spec;

  test.each<[string, (manifests: Manifest[]) => Manifest[] | undefined, string]>([
    [
      'of an object that is there twice',
      (m) => [...m, find(m, 'Service', 'php')],
      'Service php (v1) exists twice; the second would overwrite the first',
    ],
    [
      'of a ServiceAccount that is not there',
      gone('ServiceAccount', 'scheduler'),
      'Deployment scheduler: there is no ServiceAccount scheduler',
    ],
    [
      'of a PriorityClass that is not there',
      (m) => void (podIn(m, 'StatefulSet', 'redis-cache').priorityClassName = 'high'),
      'StatefulSet redis-cache: there is no PriorityClass high; the API server would refuse its pods',
    ],
    ['of a ConfigMap that is not there', gone('ConfigMap', 'nginx'), 'Deployment nginx: there is no ConfigMap nginx-…'],
    [
      'of a headless Service that is not there',
      gone('Service', 'redis-headless'),
      'StatefulSet redis: there is no headless Service redis-headless; its pods would have no names',
    ],
    [
      'of a headless Service that is none',
      (m) => void (find(m, 'Service', 'redis-headless')['spec'].clusterIP = undefined),
      'StatefulSet redis: there is no headless Service redis-headless; its pods would have no names',
    ],
    [
      'of an autoscaler without a target',
      (m) => void (find(m, 'ScaledObject', 'queue-worker-default')['spec'].scaleTargetRef.name = 'worker'),
      'ScaledObject queue-worker-default: there is no Deployment worker to scale',
    ],
    [
      'of a trigger that cannot log in',
      gone('TriggerAuthentication', 'queue-worker-default'),
      'ScaledObject queue-worker-default: there is no TriggerAuthentication queue-worker-default',
    ],
    [
      'of a login whose password nobody declared',
      (m) => void (find(m, 'TriggerAuthentication', 'queue-worker-default')['spec'].secretTargetRef[0].key = 'other'),
      'TriggerAuthentication queue-worker-default: key other of Secret fintrack-redis is not among the credentials; declare it in lib/components/secrets',
    ],
    [
      'of a selector that misses its own pods',
      (m) => void (find(m, 'Deployment', 'scheduler')['spec'].selector.matchLabels['app.kubernetes.io/instance'] = 'nobody'),
      'Deployment scheduler: its selector does not match its own pods',
    ],
    [
      'of a selector that matches nothing',
      (m) => void (find(m, 'Service', 'nginx')['spec'].selector = { app: 'nginx' }),
      'Service nginx: its selector {"app":"nginx"} matches no pod',
    ],
    [
      'of a port that no container has',
      (m) => void (find(m, 'Service', 'nginx')['spec'].ports[0].targetPort = 'https'),
      'Service nginx: its port https is not a port of Deployment nginx',
    ],
    [
      'of a probe that asks a port without a name',
      (m) => void (podIn(m, 'Deployment', 'php').containers[0].livenessProbe.tcpSocket.port = 'other'),
      'Deployment php: livenessProbe of php asks port other, which the container does not name',
    ],
    [
      'of a mount without a volume',
      (m) => void podIn(m, 'Deployment', 'php').containers[0].volumeMounts.push({ name: 'other', mountPath: '/other' }),
      'Deployment php: container php mounts other, which is no volume',
    ],
    [
      'of a volume without a mount',
      (m) => void podIn(m, 'Deployment', 'php').volumes.push({ name: 'other', emptyDir: {} }),
      'Deployment php: volume other is mounted by no container',
    ],
    [
      'of a ConfigMap that nobody mounts',
      (m) => [...m, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: {} }],
      'ConfigMap other: no pod mounts it',
    ],
    [
      'of an autoscaler without a target',
      (m) => void (find(m, 'HorizontalPodAutoscaler', 'php')['spec'].scaleTargetRef.name = 'other'),
      'HorizontalPodAutoscaler php: there is no Deployment other to scale',
    ],
  ])('%s', (_, change, finding) => {
    expect(findingsAfter(change)).toEqual([finding]);
  });

  test('of a key that a ConfigMap does not have', () => {
    expect(
      findingsAfter((m) => {
        delete find(m, 'ConfigMap', 'mysql')['data']['ready.sh'];
        return undefined;
      }),
    ).toEqual([
      'StatefulSet mysql-primary: ConfigMap mysql-… has no key ready.sh',
      'StatefulSet mysql-replica: ConfigMap mysql-… has no key ready.sh',
    ]);
  });

  test('of a topology that is not there, once for each set of servers', () => {
    expect(findingsAfter(gone('ConfigMap', 'mysql-topology'))).toEqual([
      'StatefulSet mysql-primary: there is no ConfigMap mysql-topology',
      'StatefulSet mysql-replica: there is no ConfigMap mysql-topology',
    ]);
  });

  test.each<[string, (manifests: Manifest[]) => unknown, string[]]>([
    [
      'of a topology that lacks a server',
      (m) => (find(m, 'ConfigMap', 'mysql-topology')['data'].servers = 'mysql-primary-0\nmysql-replica-0\n'),
      ['server mysql-replica-1 is missing; the others would not ask it'],
    ],
    [
      'of a topology with a server more',
      (m) => {
        const { data } = find(m, 'ConfigMap', 'mysql-topology');
        data['servers'] = `${data['servers']}mysql-replica-2\n`;
      },
      ['its server mysql-replica-2 is a pod of no StatefulSet'],
    ],
    [
      'of a topology whose primary is another than that of the Service',
      (m) => (find(m, 'ConfigMap', 'mysql-topology')['data'].primary = 'mysql-replica-0\n'),
      ['its primary is "mysql-replica-0", and Service mysql leads to mysql-primary-0'],
    ],
    [
      'of a topology whose primary is no pod',
      (m) => (find(m, 'ConfigMap', 'mysql-topology')['data'].primary = 'mysql-0\n'),
      ['its primary "mysql-0" is no pod of a StatefulSet', 'its primary is "mysql-0", and Service mysql leads to mysql-primary-0'],
    ],
    [
      'of a server that no Service leads to',
      (m) =>
        m.splice(
          m.findIndex((manifest) => titleOf(manifest) === 'Service mysql-replica-1'),
          1,
        ),
      ['there is no Service mysql-replica-1; the others could not reach it'],
    ],
  ])('%s', (_, change, findings) => {
    expect(findingsAfter((m) => void change(m))).toEqual(findings.map((finding) => `ConfigMap mysql-topology: ${finding}`));
  });

  test.each(['mysql-0', 'mysql-replica-2'])('of writes that lead to %s, a pod of no StatefulSet', (pod) => {
    expect(
      findingsAfter((m) => {
        find(m, 'Service', 'mysql')['spec'].selector['statefulset.kubernetes.io/pod-name'] = pod;
        return undefined;
      }),
    ).toEqual([
      `Service mysql: its selector {"app.kubernetes.io/name":"mysql","statefulset.kubernetes.io/pod-name":"${pod}"} matches no pod`,
      `ConfigMap mysql-topology: its primary is "mysql-primary-0", and Service mysql leads to ${pod}`,
    ]);
  });

  test('of a ConfigMap that the API server would refuse', () => {
    const findings = findingsAfter((m) => {
      const { data } = find(m, 'ConfigMap', 'nginx');
      data['fastcgi.conf'] = '#'.repeat(700 * 1024);
      data['security-headers.conf'] = '#'.repeat(700 * 1024);
      return undefined;
    });
    expect(findings).toEqual([expect.stringMatching(/^ConfigMap nginx-…: has \d+ bytes; a ConfigMap holds at most 1048576$/)]);
  });

  test('of a key that no ExternalSecret brings', () => {
    const findings = findingsAfter((m) => {
      const { data } = find(m, 'ExternalSecret', 'fintrack-redis')['spec'];
      data.splice(
        data.findIndex(({ secretKey }: { secretKey: string }) => secretKey === 'sentinel-password'),
        1,
      );
      return undefined;
    });
    expect(findings).toEqual(
      ['redis', 'redis-sentinel'].map(
        (name) =>
          `StatefulSet ${name}: no ExternalSecret brings key sentinel-password of Secret fintrack-redis; add it to the credentials of its component`,
      ),
    );
  });

  test('of a Secret that nobody declared', () => {
    const findings = findingsAfter((m) => {
      const { volumes } = podIn(m, 'StatefulSet', 'redis');
      volumes.find(({ name }: { name: string }) => name === 'secrets').projected.sources[0].secret = {
        name: 'other',
        items: [{ key: 'app-password', path: 'x' }],
      };
      return undefined;
    });
    expect(findings).toEqual([
      'StatefulSet redis: key app-password of Secret other is not among the credentials; declare it in lib/components/secrets',
    ]);
  });
});
