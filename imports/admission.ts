import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';

// Admission policies, group admissionregistration.k8s.io, version v1 (Kubernetes 1.30 and newer): the fields that FinTrack sets, written
// by hand, because imports/k8s.ts has the API of 1.27.

/** `spec` of a ValidatingAdmissionPolicy. */
export interface ValidatingAdmissionPolicySpec {
  readonly failurePolicy: 'Fail';
  readonly matchConstraints: {
    readonly resourceRules: readonly {
      readonly apiGroups: readonly string[];
      readonly apiVersions: readonly string[];
      readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
      readonly resources: readonly string[];
    }[];
  };
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly ({ readonly expression: string; readonly reason: 'Forbidden' } & (
    | { readonly message: string }
    | { readonly messageExpression: string }
  ))[];
}

/** `spec` of a ValidatingAdmissionPolicyBinding. */
export interface ValidatingAdmissionPolicyBindingSpec {
  readonly policyName: string;
  readonly validationActions: readonly ('Deny' | 'Warn' | 'Audit')[];
  readonly matchResources: { readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> } };
}

/** What each kind of the group is described by. */
interface AdmissionSpecs {
  readonly ValidatingAdmissionPolicy: ValidatingAdmissionPolicySpec;
  readonly ValidatingAdmissionPolicyBinding: ValidatingAdmissionPolicyBindingSpec;
}

/** What the API server asks before it does what it is told, or where it asks. */
export function admissionObject<Kind extends keyof AdmissionSpecs>(
  scope: Construct,
  id: string,
  kind: Kind,
  props: { readonly metadata: ApiObjectMetadata; readonly spec: AdmissionSpecs[Kind] },
): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'admissionregistration.k8s.io/v1', kind, ...props });
}
