import type { Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';

/** Namespace of the drills. E2E_NAMESPACE names another, where two runs share a cluster. */
export const NAMESPACE = process.env['E2E_NAMESPACE'] ?? 'fintrack-drill';

/** Whether Prometheus looks on, and each drill is held to the alerts that it may set off. E2E_ALERTS=1 says so; the images come from .ci/monitoring-images. */
export const ALERTS = process.env['E2E_ALERTS'] === '1';

/** What an environment has that Prometheus looks at. */
export const MONITORED = {
  // With the JavaScript module of nginx's own images.
  release: { ...local.release, nginx: 'fintrack-nginx:metrics' },
  // How fast pages are says more about whoever shares the machine than about FinTrack.
  monitoring: { goals: { fastSeconds: 10 } },
} satisfies Partial<Environment>;

/** `local` in a namespace of its own: what the installations of all drills are made of. */
export const BASE = { ...local, name: 'drill', namespace: NAMESPACE, ...(ALERTS && MONITORED) };
