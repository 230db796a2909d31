import { Construct } from 'constructs';
import { admissionObject } from '../../imports/admission';
import { labelsFor } from './labels';

/** Label of a namespace whose data is protected. */
export const PROTECTED = { 'fintrack/protect-data': 'true' };

/** Annotation that allows a deletion; its value is the name of the object, so that one that was copied allows nothing. */
const ALLOW = 'fintrack/allow-delete';

/** Annotations of an object that anybody may delete, for it holds a copy. */
export const deletable = (name: string) => ({ [ALLOW]: name });

/** Value of the annotation for a claim that Kubernetes makes for one pod, whose name nobody knows before, and takes away with it. */
const WITH_POD = 'with-its-pod';

/** Annotations of a claim that may be deleted if it is a pod's own: its controller wrote so into the claim. */
export const DELETABLE_WITH_POD = { [ALLOW]: WITH_POD };

const NAME = 'fintrack-protect-data';

/** A CEL expression: whether an object has the annotation. */
const allows = (object: string, value = `${object}.metadata.name`) =>
  `has(${object}.metadata.annotations) && '${ALLOW}' in ${object}.metadata.annotations && ` +
  `${object}.metadata.annotations['${ALLOW}'] == ${value}`;

/**
 * The API server refuses to delete what holds data in a protected namespace, and the namespace itself, until somebody has allowed it:
 * whoever asks, a hand that slipped or a program that found a file missing in Git. It is no defence against who may take the label away.
 */
export class DataProtection extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const metadata = { name: NAME, labels: labelsFor({ name: 'data-protection', instance: NAME, role: 'policy' }) };
    const deletionOf = (group: string, version: string, ...resources: string[]) => ({
      apiGroups: [group],
      apiVersions: [version],
      operations: ['DELETE'] as const,
      resources,
    });
    admissionObject(this, 'policy', 'ValidatingAdmissionPolicy', {
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            deletionOf('', 'v1', 'namespaces', 'persistentvolumeclaims'),
            deletionOf('apps', 'v1', 'statefulsets'),
            // With it the operator deletes its volumes.
            deletionOf('moco.cybozu.com', '*', 'mysqlclusters'),
          ],
        },
        variables: [
          { name: 'allowed', expression: allows('oldObject') },
          {
            name: 'allowedWithPod',
            expression:
              `${allows('oldObject', `'${WITH_POD}'`)} && has(oldObject.metadata.ownerReferences) && ` +
              "oldObject.metadata.ownerReferences.exists(owner, owner.kind == 'Pod')",
          },
          // Where the namespace may go, so may what is in it: its controller deletes that first.
          { name: 'allowedWithNamespace', expression: `namespaceObject != null && ${allows('namespaceObject')}` },
        ],
        validations: [
          {
            expression: 'variables.allowed || variables.allowedWithPod || variables.allowedWithNamespace',
            messageExpression: `'it holds data of FinTrack; to delete it after all, annotate it first: ${ALLOW}=' + oldObject.metadata.name`,
            reason: 'Forbidden',
          },
        ],
      },
    });
    admissionObject(this, 'binding', 'ValidatingAdmissionPolicyBinding', {
      metadata,
      spec: { policyName: NAME, validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: PROTECTED } } },
    });
  }
}
