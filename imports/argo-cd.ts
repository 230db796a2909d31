import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application';
import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

// Argo CD, group argoproj.io, version v1alpha1 (Argo CD 3).

/** What an AppProject allows. */
export type AppProjectSpec = IAppProject['spec'];

/** A folder of manifests in Git that Argo CD keeps a namespace equal to. */
export function application(scope: Construct, id: string, object: Pick<IApplication, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', ...(object as object) });
}

/** What the Applications that name it may read, make and change. */
export function appProject(scope: Construct, id: string, object: Pick<IAppProject, 'metadata' | 'spec'>): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', ...(object as object) });
}
