import type { Manifest } from '../../../lib/charts';
import { NAMESPACE } from '../environment';
import { fintrackIn } from './manifests';

/** An object of FinTrack with one thing wrong. */
export interface Mutant {
  readonly what: string;
  /** Who must refuse it. */
  readonly policy: string;
  readonly object: object;
}

const all = fintrackIn(NAMESPACE);

/** A copy of an object, changed. */
function mutant(policy: string, what: string, kind: string, name: string, change: (spec: Manifest['spec']) => void): Mutant {
  const object = structuredClone(all.find((each) => each.kind === kind && each.metadata.name === name));
  if (object === undefined) {
    throw new Error(`production has no ${kind} ${name}`);
  }
  change(object['spec']);
  return { what, policy, object };
}

const pod = (change: (spec: Manifest['spec']) => void) => (spec: Manifest['spec']) => change(spec.template.spec);

/** For each policy what it must refuse, in what it looks at: a first container, an only container, a Service. */
export const MUTANTS: readonly Mutant[] = [
  mutant(
    'fintrack-image-digest',
    'a Deployment whose image is named by tag',
    'Deployment',
    'nginx',
    pod(({ containers }) => (containers[0].image = 'nginx:1.30')),
  ),
  mutant(
    'fintrack-image-digest',
    'an init container whose image is',
    'Deployment',
    'php',
    pod(({ initContainers }) => (initContainers[0].image = 'php:8.2')),
  ),
  mutant(
    'fintrack-hardening',
    'a root file system that can be written',
    'StatefulSet',
    'redis',
    pod(({ containers }) => (containers[0].securityContext.readOnlyRootFilesystem = false)),
  ),
  mutant(
    'fintrack-hardening',
    'a user of the image',
    'Deployment',
    'php',
    pod(({ securityContext }) => (securityContext.runAsUser = 82)),
  ),
  mutant(
    'fintrack-hardening',
    'a container with a user of its own',
    'Deployment',
    'php',
    pod(({ containers }) => (containers[0].securityContext.runAsUser = 999)),
  ),
  mutant(
    'fintrack-hardening',
    'a token of a ServiceAccount',
    'Deployment',
    'php',
    pod((spec) => delete spec.automountServiceAccountToken),
  ),
  mutant(
    'fintrack-hardening',
    'a token as a volume',
    'Deployment',
    'php',
    pod(({ volumes }) => volumes.push({ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })),
  ),
  mutant('fintrack-hardening', 'a CronJob with a user of the image', 'CronJob', 'backup', ({ jobTemplate }) => {
    jobTemplate.spec.template.spec.securityContext.runAsUser = 999;
  }),
  mutant(
    'fintrack-no-secret-environment',
    'a variable from a Secret',
    'StatefulSet',
    'redis',
    pod(({ containers }) =>
      containers[0].env.push({ name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'fintrack-redis', key: 'app-password' } } }),
    ),
  ),
  mutant(
    'fintrack-no-secret-environment',
    'an environment from a Secret',
    'Deployment',
    'php',
    pod(({ initContainers }) => (initContainers[0].envFrom = [{ secretRef: { name: 'fintrack-app' } }])),
  ),
  mutant(
    'fintrack-resources',
    'a container without a limit of memory',
    'Deployment',
    'nginx',
    pod(({ containers }) => delete containers[0].resources.limits.memory),
  ),
  mutant(
    'fintrack-resources',
    'an init container without resources',
    'Deployment',
    'php',
    pod(({ initContainers }) => delete initContainers[0].resources),
  ),
  mutant('fintrack-internal-services', 'a LoadBalancer', 'Service', 'nginx', (spec) => (spec.type = 'LoadBalancer')),
  mutant('fintrack-internal-services', 'a NodePort', 'Service', 'mysql', (spec) => (spec.type = 'NodePort')),
  mutant('fintrack-internal-services', 'an address from outside', 'Service', 'nginx', (spec) => (spec.externalIPs = ['192.0.2.1'])),
  mutant(
    'fintrack-autoscaler-floor',
    'an autoscaler from two pods on',
    'HorizontalPodAutoscaler',
    'nginx',
    (spec) => (spec.minReplicas = 2),
  ),
];
