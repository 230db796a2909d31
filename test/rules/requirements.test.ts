import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../lib/charts';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { EXEMPT } from '../../lib/kubernetes/exemptions';
import { REQUIREMENTS, requirementFindings } from '../../lib/rules';
import { REPOSITORY } from '../support/folders';
import { find, manifestsFor, titleOf } from '../support/manifests';

type Spec = Manifest['spec'];

/** A mutant: which object of production, or of what is added to it, what is done to it, and what a rule says then. */
type Mutant = readonly [title: string, change: (object: Spec) => void, finding: string];

const sound = manifestsFor(production);
const labels = find(sound, 'ServiceAccount', 'php').metadata.labels;

/** Objects of kinds that production does not have, as they should be. */
const ADDED: readonly Manifest[] = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'extra', namespace: production.namespace, labels: labels ?? {} },
    spec: { tls: [{ hosts: ['fintrack.example'] }], rules: [{ host: 'fintrack.example', http: { paths: [] } }] },
  },
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: 'extra', namespace: production.namespace, labels: labels ?? {} },
    spec: { selector: { matchLabels: { 'app.kubernetes.io/name': 'php' } } },
  },
];

const pod = (change: (spec: Spec) => void) => (object: Spec) => change(object.spec.template.spec);
const container = (change: (container: Spec) => void) => pod(({ containers }) => change(containers[0]));
const init = (change: (container: Spec) => void) => pod(({ initContainers }) => change(initContainers[0]));
const security = (change: (context: Spec) => void) => container(({ securityContext }) => change(securityContext));
const spec = (change: (spec: Spec) => void) => (object: Spec) => change(object.spec);

const PHP = 'Deployment php, container php';
const INIT = 'Deployment php, container wait-for-migrations-and-assets';

/** For each requirement what breaks it; the name may be followed by a number. */
const MUTANTS: Readonly<Record<string, Mutant>> = {
  R01: ['Deployment php', security((context) => (context.runAsNonRoot = false)), PHP],
  'R01 2': ['Deployment php', pod(({ securityContext }) => delete securityContext.runAsUser), PHP],
  R02: ['Deployment php', security((context) => (context.runAsUser = 82)), PHP],
  R03: ['StatefulSet redis', pod(({ securityContext }) => (securityContext.fsGroup = 0)), 'StatefulSet redis'],
  R04: ['Deployment php', init(({ securityContext }) => (securityContext.privileged = true)), INIT],
  R05: ['Deployment php', init(({ securityContext }) => delete securityContext.allowPrivilegeEscalation), INIT],
  R06: ['Deployment php', security((context) => (context.capabilities = { drop: ['NET_RAW'] })), PHP],
  'R06 2': ['Deployment php', security((context) => (context.capabilities.add = ['NET_BIND_SERVICE'])), PHP],
  R07: ['Deployment php', security((context) => delete context.readOnlyRootFilesystem), PHP],
  R08: ['Deployment php', security((context) => (context.seccompProfile.type = 'Unconfined')), PHP],
  R09: ['Deployment php', security((context) => (context.procMount = 'Unmasked')), PHP],
  'R09 2': ['StatefulSet redis', pod((own) => (own.securityContext.sysctls = [{}])), 'StatefulSet redis, container redis'],
  R10: ['Deployment php', pod((own) => (own.hostPID = true)), 'Deployment php'],
  'R10 2': ['Deployment php', container(({ ports }) => (ports[0].hostPort = 9000)), 'Deployment php'],
  R11: ['Deployment php', pod(({ volumes }) => volumes.push({ name: 'host', hostPath: { path: '/' } })), 'Deployment php'],
  'R11 2': ['Deployment php', pod(({ volumes }) => volumes.push({ name: 'free', emptyDir: {} })), 'Deployment php'],
  'R11 3': ['Deployment php', container(({ volumeMounts }) => (volumeMounts[0].subPath = 'one')), 'Deployment php'],
  R12: ['Deployment php', container((own) => (own.securityContext = {})), PHP],
  R13: ['Deployment php', container(({ ports }) => (ports[0].containerPort = 80)), PHP],
  'R13 2': ['Deployment php', container(({ livenessProbe }) => (livenessProbe.tcpSocket.port = 9001)), PHP],
  R14: ['Deployment php', container((own) => (own.args = ['git clone https://git.example.com/app'])), PHP],
  R15: ['Deployment php', pod((own) => (own.serviceAccountName = 'default')), 'Deployment php'],
  'R15 2': ['ServiceAccount php', (account) => delete account.automountServiceAccountToken, 'Deployment php'],
  R16: ['ServiceAccount php', (account) => (account.kind = 'Role'), 'Role php: no environment may have this kind'],
  R17: ['StatefulSet redis', container((own) => (own.image = 'redis:latest')), 'StatefulSet redis, container redis'],
  R18: ['Deployment php', container((own) => (own.image = 'registry.example.com/fintrack-php:1.0.0')), PHP],
  R19: ['Deployment php', ({ metadata }) => (metadata.annotations = {}), PHP],
  R20: ['StatefulSet redis', container((own) => (own.image = `redis:7@sha256:${'a'.repeat(64)}`)), 'StatefulSet redis, container redis'],
  R21: ['Deployment php', container(({ env }) => env.push({ name: 'X', valueFrom: { secretKeyRef: {} } })), PHP],
  'R21 2': ['Deployment php', container((own) => (own.envFrom = [{ secretRef: { name: 'fintrack-app' } }])), PHP],
  'R21 3': [
    'Deployment php',
    pod(({ volumes }) => (volumes.find(({ name }: Spec) => name === 'secrets').projected.defaultMode = 0o444)),
    PHP,
  ],
  R22: [
    'StatefulSet redis',
    container(({ env }) => env.push({ name: 'REDIS_PASSWORD', value: 'x' })),
    'StatefulSet redis, container redis',
  ],
  'R22 2': [
    'ConfigMap mysql-topology',
    ({ data }) => (data.note = '-----BEGIN PRIVATE KEY-----'),
    'ConfigMap mysql-topology: R22 wants nothing',
  ],
  R23: ['ServiceAccount php', (account) => (account.kind = 'Secret'), 'Secret php: no environment may have this kind'],
  R24: ['Deployment php', container(({ env }) => env.push(env[0])), PHP],
  R25: ['Deployment php', container(({ resources }) => delete resources.requests.cpu), PHP],
  R26: ['Deployment php', container(({ resources }) => (resources.limits.memory = '9Gi')), PHP],
  R27: ['Deployment php', container(({ resources }) => delete resources.limits.cpu), PHP],
  R28: ['Deployment php', container(({ resources }) => delete resources.limits['ephemeral-storage']), PHP],
  R30: ['Deployment php', container((own) => delete own.readinessProbe), PHP],
  R31: ['Deployment php', container((own) => (own.livenessProbe = own.readinessProbe)), PHP],
  R32: ['Deployment php', container(({ readinessProbe }) => delete readinessProbe.timeoutSeconds), PHP],
  'R32 2': ['Deployment php', container((own) => delete own.startupProbe), PHP],
  R33: ['Deployment nginx', container((own) => delete own.lifecycle), 'Deployment nginx, container nginx'],
  R34: ['HorizontalPodAutoscaler nginx', spec((own) => (own.minReplicas = 2)), 'HorizontalPodAutoscaler nginx'],
  'R34 2': ['ScaledObject queue-worker-default', spec((own) => (own.maxReplicaCount = 3)), 'ScaledObject queue-worker-default'],
  'R34 3': ['Deployment redis-proxy', spec((own) => (own.replicas = 1)), 'Deployment redis-proxy'],
  R35: ['PodDisruptionBudget redis', spec((own) => (own.maxUnavailable = 0)), 'StatefulSet redis'],
  'R35 2': [
    'PodDisruptionBudget redis-cache',
    spec((own) => (own.selector.matchLabels = { 'app.kubernetes.io/name': 'redis' })),
    'StatefulSet redis',
  ],
  R36: ['StatefulSet redis', pod((own) => delete own.affinity), 'StatefulSet redis'],
  'R36 2': ['StatefulSet redis', pod((own) => own.topologySpreadConstraints.pop()), 'StatefulSet redis'],
  R37: ['Deployment php', spec((own) => (own.strategy.rollingUpdate.maxUnavailable = 1)), 'Deployment php'],
  'R37 2': ['StatefulSet redis', spec((own) => (own.updateStrategy.type = 'OnDelete')), 'StatefulSet redis'],
  R38: ['StatefulSet redis', pod((own) => delete own.priorityClassName), 'StatefulSet redis'],
  R39: ['Deployment php', pod((own) => delete own.restartPolicy), 'Deployment php'],
  'R39 2': ['Deployment php', pod((own) => (own.dnsConfig = { options: [{ name: 'ndots', value: '2' }] })), 'Deployment php'],
  R40: [
    'NetworkPolicy redis',
    ({ metadata, spec: own }) => ((metadata.name = 'x'), (own.podSelector.matchLabels = { x: 'x' })),
    'StatefulSet redis: no NetworkPolicy',
  ],
  R41: ['Service nginx', spec((own) => (own.type = 'LoadBalancer')), 'Service nginx'],
  'R41 2': ['Service nginx', spec((own) => (own.externalIPs = ['192.0.2.1'])), 'Service nginx'],
  R42: ['Ingress extra', spec((own) => delete own.tls), 'Ingress extra'],
  'R42 2': ['HTTPRoute nginx', spec((own) => (own.hostnames = ['*.example'])), 'HTTPRoute nginx'],
  R43: ['Service nginx', ({ metadata }) => delete metadata.namespace, 'Service nginx'],
  'R43 2': [
    `Namespace ${production.namespace}`,
    ({ metadata }) => (metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
    `Namespace ${production.namespace}`,
  ],
  'R43 3': [
    `Namespace ${production.namespace}`,
    ({ metadata }) => (metadata.labels['pod-security.kubernetes.io/enforce-version'] = 'latest'),
    `Namespace ${production.namespace}`,
  ],
  R44: ['Service nginx', ({ metadata }) => delete metadata.labels['app.kubernetes.io/part-of'], 'Service nginx'],
  R45: ['HorizontalPodAutoscaler nginx', (object) => (object.apiVersion = 'autoscaling/v2beta2'), 'HorizontalPodAutoscaler nginx'],
  'R45 2': ['ServiceAccount php', (object) => (object.kind = 'Pod'), 'Pod php'],
  R46: ['CronJob backup', spec((own) => (own.concurrencyPolicy = 'Allow')), 'CronJob backup'],
  R47: ['PodMonitor extra', spec((own) => (own.selector.matchLabels = { 'app.kubernetes.io/name': 'nobody' })), 'PodMonitor extra'],
};

test.each(Object.values<Environment>(environments))('$name meets every requirement, or says on the object why not', (environment) => {
  expect(requirementFindings(manifestsFor(environment))).toEqual([]);
});

test('there are 47 requirements, and each that FinTrack has is broken by a mutant', () => {
  const names = Array.from({ length: 47 }, (_, index) => `R${String(index + 1).padStart(2, '0')}`);
  expect(Object.keys(REQUIREMENTS).sort()).toEqual(names);
  const had = names.filter((name) => !('instead' in (REQUIREMENTS[name] ?? {})));
  expect([...new Set(Object.keys(MUTANTS).map((name) => name.split(' ')[0]))].sort()).toEqual(had);
});

test('docs/security.md lists them all, as the rules have them', () => {
  const rows = readFileSync(join(REPOSITORY, 'docs/security.md'), 'utf8').matchAll(/^\| (R\d\d) +\| (.*?) +\| (.*?) +\|$/gm);
  expect([...rows].map((row) => row.slice(1))).toEqual(
    Object.entries(REQUIREMENTS).map(([name, requirement]) =>
      'instead' in requirement
        ? [name, requirement.instead, 'no']
        : [name, requirement.wants, 'rule' in requirement ? `\`${requirement.rule.name}\`` : requirement.strict ? 'where strict' : 'yes'],
    ),
  );
});

test.each(Object.entries(MUTANTS).map(([name, mutant]) => [name, ...mutant] as const))(
  '%s: a mutant of %s is found',
  (name, title, change, finding) => {
    const manifests = structuredClone([...sound, ...ADDED]);
    expect(requirementFindings(manifests)).toEqual([]);
    change(find(manifests, title.split(' ')[0] ?? '', title.split(' ')[1] ?? ''));
    const requirement = REQUIREMENTS[name.split(' ')[0] ?? ''];
    if (requirement !== undefined && 'rule' in requirement) {
      expect(requirement.rule(manifests).some((line) => line.startsWith(finding))).toBe(true);
    } else {
      const lines = requirementFindings(manifests).filter((line) => line.includes(`: ${name.split(' ')[0] ?? ''} wants `));
      expect(lines.map((line) => line.startsWith(finding))).toContain(true);
    }
  },
);

describe('what an object does without', () => {
  const excuses = (environment: Environment) =>
    manifestsFor(environment).flatMap((manifest) =>
      Object.keys(manifest.metadata.annotations ?? {})
        .filter((key) => key.startsWith(EXEMPT))
        .map((key) => `${key.slice(EXEMPT.length)} ${titleOf(manifest)}`),
    );

  test('is counted: in production these, no more and no fewer', () => {
    expect(
      excuses(production)
        .map((line) => line.replace(/-[0-9a-f]{8}$/, ''))
        .sort(),
    ).toMatchSnapshot();
  });

  test('has a reason each, in words', () => {
    const reasons = sound.flatMap(({ metadata }) => Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(EXEMPT)));
    expect(reasons.filter(([, reason]) => reason.split(' ').length < 4)).toEqual([]);
  });

  test('is told to every scanner in its own language', () => {
    expect(find(sound, 'Deployment', 'redis-proxy').metadata.annotations).toMatchObject({
      'kube-score/ignore': 'container-image-pull-policy,pod-probes-identical',
      'checkov.io/skip1': expect.stringMatching(/^CKV_K8S_8=that HAProxy answers/),
      'ignore-check.kube-linter.io/no-liveness-probe': expect.stringMatching(/^that HAProxy answers/),
      'polaris.fairwinds.com/livenessProbeMissing-exempt': 'true',
    });
  });

  test('without need is a finding', () => {
    const manifests = structuredClone(sound);
    Object.assign(find(manifests, 'Deployment', 'php').metadata.annotations ?? {}, { [`${EXEMPT}R07`]: 'it writes into its image' });
    expect(requirementFindings(manifests)).toEqual([
      'Deployment php: annotation fintrack/exempt-R07 excuses nothing; R07 holds without it, remove it',
    ]);
  });
});
