export { ArgoCdApplications, ArgoCdProject, type Delivery } from './argocd';
export { BackupTier, isBackedUp, RestoreChart } from './backup';
export { BaseTier } from './base';
export { ClusterPolicies } from './cluster';
export { credentialsFor } from './credentials';
export { DataTier } from './data';
export { MonitoringTier } from './monitoring';
export { Tier, type Manifest, type TierProps } from './tier';
export { WebTier } from './web';
