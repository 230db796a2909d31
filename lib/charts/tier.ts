import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { DockerFiles } from '../docker/docker-files';
import type { Environment } from '../environments';

/** What every tier is given. */
export interface TierProps {
  readonly environment: Environment;
  readonly files: DockerFiles;
}

/** A Kubernetes object as it is written into a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the rest differs by kind; rules look at it by path
  readonly [field: string]: any;
}

/** A tier of an environment: one chart, one file of manifests, later one Argo CD Application. */
export abstract class Tier extends Chart {
  private manifests?: Manifest[];

  constructor(scope: Construct, id: string, { environment }: TierProps) {
    super(scope, id, { namespace: environment.namespace, disableResourceNameHashes: true });
  }

  /** Its objects. Kept, because the rules look at what is then written: computing them twice would double the time of a synth. */
  override toJson(): Manifest[] {
    this.manifests ??= super.toJson() as Manifest[];
    return this.manifests;
  }
}
