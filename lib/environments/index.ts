import type { Environment } from './environment';
import { local } from './local';
import { production } from './production';
import { staging } from './staging';

/** Every environment. Tests, manifests and commands follow by iteration. */
export const environments = { local, staging, production } as const satisfies Record<string, Environment>;

/** Name of an environment. */
export type EnvironmentName = keyof typeof environments;

export type { ArgoCdSettings, Environment, Release } from './environment';
