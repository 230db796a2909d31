import type { ApiObject } from 'cdk8s';

// What Argo CD reads on an object. Annotations only: `kubectl apply` does the same with them as without.

/** When an object is applied within its Application: all of one wave are healthy before the next begins. 0 where it is missing. */
export const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

/** When an object runs to its end instead of being kept: `Sync` in its wave, `PreSync` before all waves. */
export const HOOK = 'argocd.argoproj.io/hook';

/**
 * Annotations of a Job that runs to its end in its wave. Not `PreSync`: nothing of its Application would be there yet, its ConfigMaps
 * least of all. One of the same name is deleted before it is made anew, for a Job cannot change; one that is over stays, and its log with it.
 */
export const SYNC_HOOK = { [HOOK]: 'Sync', [`${HOOK}-delete-policy`]: 'BeforeHookCreation' };

/** Argo CD leaves the object where it is, whether Git no longer has it or its Application is deleted with all that it made. */
export function keep(object: ApiObject): void {
  object.metadata.addAnnotation('argocd.argoproj.io/sync-options', 'Prune=false,Delete=false');
}

/** An object that Git no longer has, and that may stay, does not make its Application look out of sync. */
export function tolerateRemains(object: ApiObject): void {
  object.metadata.addAnnotation('argocd.argoproj.io/compare-options', 'IgnoreExtraneous');
}
