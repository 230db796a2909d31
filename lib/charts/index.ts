export { BaseTier } from './base';
export { DataTier, OPERATOR_CONNECTIONS } from './data';
export { Tier, type Manifest, type TierProps } from './tier';
export { WebTier } from './web';
