import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// The Gateway API, group gateway.networking.k8s.io, version v1 (Gateway API 1.0 and newer).

/** A route of a Gateway. */
export function httpRoute(scope: Construct, id: string, route: Pick<IHTTPRoute, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', ...(route as object) });
}
