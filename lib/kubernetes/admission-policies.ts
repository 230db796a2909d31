import { Construct } from 'constructs';
import { admissionObject, type ValidatingAdmissionPolicySpec } from '../../imports/admission';
import { HARDENED, labelsFor, SECRETS_FROM_STORE, STRICT, type Labels } from './labels';

type ResourceRule = ValidatingAdmissionPolicySpec['matchConstraints']['resourceRules'][number];

/** What the API server refuses in namespaces that say so. */
interface Policy {
  /** Label of these namespaces. */
  readonly where: Labels;
  /** What it looks at when it is made or changed. */
  readonly rules: readonly ResourceRule[];
  /** CEL: what must hold. */
  readonly expression: string;
  /** What the answer says when it does not. */
  readonly message: string;
}

const written = (group: string, ...resources: string[]): ResourceRule => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources,
});

/** Everything that makes pods, and pods that nobody makes. */
const POD_MAKERS = [
  written('', 'pods'),
  written('apps', 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
  written('batch', 'jobs', 'cronjobs'),
];

/** Where a pod is described in each of them, and every container in it. */
const VARIABLES = [
  {
    name: 'pod',
    expression:
      'has(object.spec.jobTemplate) ? object.spec.jobTemplate.spec.template.spec : ' +
      'has(object.spec.template) ? object.spec.template.spec : object.spec',
  },
  {
    name: 'containers',
    expression: 'variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : [])',
  },
];

/** A condition for each container. */
const each = (condition: string) => `variables.containers.all(c, ${condition})`;

/** Who makes Secrets of what a store or Git holds, and certificates: controllers, where their charts install them. */
const SECRET_WRITERS = {
  groups: ['system:serviceaccounts:external-secrets', 'system:serviceaccounts:cert-manager'],
  users: ['system:serviceaccount:kube-system:sealed-secrets-controller'],
};

const POLICIES: Readonly<Record<string, Policy>> = {
  'fintrack-image-digest': {
    where: STRICT,
    rules: POD_MAKERS,
    expression: each("c.image.matches('@sha256:[0-9a-f]{64}$')"),
    message: 'an image has no digest; name it as name:tag@sha256:…',
  },
  'fintrack-hardening': {
    where: HARDENED,
    rules: POD_MAKERS,
    expression: [
      'has(variables.pod.automountServiceAccountToken) && !variables.pod.automountServiceAccountToken',
      // A token can be had as a volume too, and that of `secret-store` logs in to the store.
      '(!has(variables.pod.volumes) || variables.pod.volumes.all(v, !has(v.projected) || !has(v.projected.sources) || ' +
        'v.projected.sources.all(s, !has(s.serviceAccountToken))))',
      'has(variables.pod.securityContext) && has(variables.pod.securityContext.runAsUser) && variables.pod.securityContext.runAsUser > 10000',
      each(
        'has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem && ' +
          '(!has(c.securityContext.runAsUser) || c.securityContext.runAsUser > 10000)',
      ),
    ].join(' && '),
    message:
      'a pod needs automountServiceAccountToken: false, no volume with a token, and a runAsUser above 10000, and each container readOnlyRootFilesystem: true',
  },
  'fintrack-no-secret-environment': {
    where: HARDENED,
    rules: POD_MAKERS,
    expression: each(
      '(!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))) && ' +
        '(!has(c.envFrom) || c.envFrom.all(f, !has(f.secretRef)))',
    ),
    message: 'a container takes a Secret into its environment, where its children and its crash reports find it; mount it as files',
  },
  'fintrack-resources': {
    where: HARDENED,
    rules: POD_MAKERS,
    expression: each(
      "has(c.resources) && ['cpu', 'memory', 'ephemeral-storage'].all(r, " +
        'has(c.resources.requests) && r in c.resources.requests && has(c.resources.limits) && r in c.resources.limits)',
    ),
    message: 'each container needs requests and limits of cpu, memory and ephemeral-storage',
  },
  'fintrack-internal-services': {
    where: HARDENED,
    rules: [written('', 'services')],
    expression: "object.spec.type == 'ClusterIP' && (!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0)",
    message: 'a Service must be of type ClusterIP and without externalIPs: users come through the edge',
  },
  'fintrack-autoscaler-floor': {
    where: STRICT,
    rules: [written('autoscaling', 'horizontalpodautoscalers')],
    expression: 'has(object.spec.minReplicas) && object.spec.minReplicas >= 3 && object.spec.maxReplicas > object.spec.minReplicas',
    message: 'an autoscaler must begin with 3 pods, so that one may be lost while another is moved, and have room above',
  },
  'fintrack-secret-origin': {
    where: SECRETS_FROM_STORE,
    rules: [written('', 'secrets')],
    expression: [
      ...SECRET_WRITERS.groups.map((group) => `'${group}' in request.userInfo.groups`),
      ...SECRET_WRITERS.users.map((name) => `request.userInfo.username == '${name}'`),
    ].join(' || '),
    message: 'only External Secrets, cert-manager and Sealed Secrets write Secrets here; put the value into the store',
  },
};

/**
 * What the rules of lib/rules/requirements say before a commit, the API server says to everybody else: whoever applies something by hand,
 * a chart, an attacker with the rights of Argo CD. It is no defence against who may take the labels off the namespace.
 */
export class AdmissionPolicies extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const [name, { where, rules, expression, message }] of Object.entries(POLICIES)) {
      const metadata = { name, labels: labelsFor({ name: 'admission', instance: name, role: 'policy' }) };
      admissionObject(this, name, 'ValidatingAdmissionPolicy', {
        metadata,
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: rules },
          ...(rules === POD_MAKERS && { variables: VARIABLES }),
          validations: [{ expression, message, reason: 'Forbidden' }],
        },
      });
      admissionObject(this, `${name}-binding`, 'ValidatingAdmissionPolicyBinding', {
        metadata,
        spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: where } } },
      });
    }
  }
}
