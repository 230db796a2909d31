import type { Drill } from '../drill';
import type { SecretsCluster } from './cluster';

export const ROTATION: Readonly<Record<string, Drill<SecretsCluster>>> = {};
