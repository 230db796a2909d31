/** What the checks of each scanner are called that a requirement stands for. */
interface Checks {
  readonly kubeScore?: string;
  readonly checkov?: string;
  readonly kubeLinter?: string;
  readonly polaris?: string;
}

/** Requirements of lib/rules/requirements that an object may do without, and the checks that would complain about it. */
const CHECKS = {
  R19: { kubeScore: 'container-image-pull-policy', polaris: 'pullPolicyNotAlways' },
  R22: { kubeLinter: 'env-var-secret', polaris: 'sensitiveContainerEnvVar' },
  R30: { checkov: 'CKV_K8S_9', kubeLinter: 'no-readiness-probe', polaris: 'readinessProbeMissing' },
  R31: { kubeScore: 'pod-probes-identical', checkov: 'CKV_K8S_8', kubeLinter: 'no-liveness-probe', polaris: 'livenessProbeMissing' },
  R33: {},
  R34: { kubeScore: 'deployment-replicas', kubeLinter: 'minimum-three-replicas', polaris: 'deploymentMissingReplicas' },
  R36: { kubeScore: 'deployment-has-host-podantiaffinity', kubeLinter: 'no-anti-affinity' },
  R37: { kubeLinter: 'no-rolling-update-strategy' },
  R41: { kubeScore: 'service-targets-pod', kubeLinter: 'dangling-service' },
  R46: { kubeLinter: 'job-ttl-seconds-after-finished' },
} satisfies Readonly<Record<string, Checks>>;

/** Why an object does without a requirement, by the requirement's name. */
export type Exemptions = Readonly<Partial<Record<keyof typeof CHECKS, string>>>;

/** Start of the annotation that says why; the requirement's name follows. */
export const EXEMPT = 'fintrack/exempt-';

/**
 * Exemptions as annotations: the reason, for people and for the rules, and what each scanner wants to read in its own language.
 *
 * @param unseen checks of kube-score that hold by what it does not know @default - none
 */
export function exemptionAnnotations(exemptions: Exemptions, unseen: readonly string[] = []): Record<string, string> {
  const reasons = Object.entries(exemptions).map(([name, reason]) => {
    const checks: Checks = CHECKS[name as keyof Exemptions];
    return { name, reason, checks };
  });
  const kubeScore = [...reasons.flatMap(({ checks }) => checks.kubeScore ?? []), ...unseen];
  const checkov = reasons.flatMap(({ checks, reason }) => (checks.checkov === undefined ? [] : [`${checks.checkov}=${reason}`]));
  return {
    ...Object.fromEntries(reasons.map(({ name, reason }) => [`${EXEMPT}${name}`, reason])),
    ...(kubeScore.length > 0 && { 'kube-score/ignore': kubeScore.join(',') }),
    ...Object.fromEntries(checkov.map((text, index) => [`checkov.io/skip${index + 1}`, text])),
    ...Object.fromEntries(
      reasons.flatMap(({ checks: { kubeLinter, polaris }, reason }) => [
        ...(kubeLinter === undefined ? [] : [[`ignore-check.kube-linter.io/${kubeLinter}`, reason]]),
        ...(polaris === undefined ? [] : [[`polaris.fairwinds.com/${polaris}-exempt`, 'true']]),
      ]),
    ),
  };
}
