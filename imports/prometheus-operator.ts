import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// The Prometheus Operator, group monitoring.coreos.com, version v1.

/** Rules that Prometheus evaluates together, as its own rule files have them. */
export type RuleGroup = NonNullable<IPrometheusRule['spec']['groups']>[number];

/** Pods whose metrics Prometheus collects. */
export function podMonitor(scope: Construct, id: string, object: Pick<IPodMonitor, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', ...(object as object) });
}

/** Series that Prometheus records, and alerts. */
export function prometheusRule(scope: Construct, id: string, object: Pick<IPrometheusRule, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', ...(object as object) });
}
