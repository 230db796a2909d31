import type { Manifest } from '../../charts';
import { CONTENT } from './content';
import { HARDENING } from './hardening';
import { OPERATION } from './operation';
import { findingsOf, type HeldElsewhere, type Requirement, type Waived } from './requirement';
import { SURROUNDINGS } from './surroundings';

/**
 * The requirements R01 to R47, in docs/security.md as a table: what scanners and guides ask of a workload, once each. Beside each stands
 * who asks: KS kube-score 1.20, KL kube-linter 0.8, PO Polaris 10, CK Checkov 3.3 (`23` is `CKV_K8S_23`, `v2:6` is `CKV2_K8S_6`), TR Trivy's
 * checks 2.2 (`0012` is `KSV-0012`), KC Kubescape (`C013` is `C-0013`), DT Datree 1.9, PSS Pod Security Standards.
 */
export const REQUIREMENTS: Readonly<Record<string, Requirement | HeldElsewhere | Waived>> = {
  ...HARDENING,
  ...CONTENT,
  ...OPERATION,
  ...SURROUNDINGS,
};

/** Objects that break a requirement without saying why they may, and reasons that nothing needs: one line each. */
export function requirementFindings(manifests: readonly Manifest[]): string[] {
  return Object.entries(REQUIREMENTS).flatMap(([name, requirement]) =>
    'breaches' in requirement ? findingsOf(name, requirement, manifests) : [],
  );
}

export type { HeldElsewhere, Requirement, Waived };
