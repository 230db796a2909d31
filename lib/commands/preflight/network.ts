import { IMAGES } from '../../kubernetes/images';
import { PORTS } from '../../kubernetes/ports';
import { kubectl, read, type Live } from '../kubectl';
import { ofKind, row, unique, type Check, type Row } from './check';

/** Namespaces from which, or to which, a policy lets somebody are there: a misspelt one lets in nobody. */
export const namespaces: Check = ({ manifests }) => {
  const peers: Live[] = ofKind(manifests, 'NetworkPolicy')
    .flatMap(({ spec }): Live[] => [...(spec.ingress ?? []), ...(spec.egress ?? [])])
    .flatMap(({ from = [], to = [] }) => [...from, ...to]);
  const names = peers.flatMap(({ namespaceSelector }): string[] => namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? []);
  return Promise.all(
    unique(names).map(async (name) => {
      const there = (await read(['get', 'namespace', name, '--output=name'])) !== undefined;
      return row(
        `namespace ${name}`,
        there ? 'there' : 'there is none',
        !there && 'network policies let it in; install what runs there, or name another',
      );
    }),
  );
};

/** Namespace of the two pods, and all that is made. */
const PROBE = 'fintrack-preflight';

const pod = (name: string, command: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: PROBE, labels: { 'app.kubernetes.io/name': name } },
  spec: {
    restartPolicy: 'Never',
    // Should nobody come back to delete them.
    activeDeadlineSeconds: 300,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10004, runAsGroup: 10004, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name,
        image: IMAGES.redis.reference,
        command,
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});

const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: PROBE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  pod('server', ['redis-server', '--port', String(PORTS.redis), '--save', '', '--protected-mode', 'no']),
  pod('client', ['sleep', '300']),
];

const DENIED = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all', namespace: PROBE },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};

/**
 * The network plugin enforces policies: one pod reaches another, and then, under a policy that denies it, does not. Makes a namespace with
 * two pods, and deletes it. @param seconds how long a policy may take to arrive
 */
export async function probeNetwork(seconds = 30): Promise<Row[]> {
  const verdict = (found: string, next?: string) => [row('policy enforcement', found, next)];
  const create = (objects: readonly object[]) =>
    kubectl(['create', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
  const inProbe = (...args: string[]) => kubectl(['--namespace', PROBE, ...args]);
  const made = await create(OBJECTS);
  if (made.code !== 0) {
    return verdict(made.error, `you must be allowed to make a namespace and pods; of an earlier run: kubectl delete namespace ${PROBE}`);
  }
  try {
    const ready = await inProbe('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s');
    if (ready.code !== 0) {
      return verdict(ready.error, `the probe's pods do not start; can nodes pull ${IMAGES.redis.reference}?`);
    }
    const { stdout: address } = await inProbe('get', 'pod', 'server', '--output=jsonpath={.status.podIP}');
    const reaches = async () => {
      const { stdout } = await inProbe(
        'exec',
        'client',
        '--',
        'timeout',
        '3',
        'redis-cli',
        '-h',
        address,
        '-p',
        String(PORTS.redis),
        'ping',
      );
      return stdout.trim() === 'PONG';
    };
    if (!(await reaches())) {
      return verdict('one pod does not reach another even without a policy', 'look at the network plugin');
    }
    const denied = await create([DENIED]);
    if (denied.code !== 0) {
      return verdict(denied.error, 'you must be allowed to make a NetworkPolicy');
    }
    const end = Date.now() + seconds * 1000;
    while (await reaches()) {
      if (Date.now() >= end) {
        return verdict(`a denied connection was open after ${seconds} s`, 'install a network plugin that enforces NetworkPolicies');
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return verdict('a denied connection is refused');
  } finally {
    await kubectl(['delete', 'namespace', PROBE, '--wait=false']);
  }
}
