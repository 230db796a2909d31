import type { ICertificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate';
import type { IIssuer } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// cert-manager, group cert-manager.io, version v1 (cert-manager 1).

/** A certificate that cert-manager keeps in a Secret, renewed in time. */
export function certificate(scope: Construct, id: string, object: Pick<ICertificate, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', ...(object as object) });
}

/** Who signs certificates of its namespace. */
export function issuer(scope: Construct, id: string, object: Pick<IIssuer, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', ...(object as object) });
}
