import { ApiObject, Chart } from 'cdk8s';
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
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the rest differs by kind; rules look at it by path
  readonly [field: string]: any;
}

/** A tier of an environment: one chart, one file of manifests, one Argo CD Application. */
export abstract class Tier extends Chart {
  /** Whether its objects are kept when Git no longer has them. */
  readonly holdsData: boolean = false;
  private manifests?: Manifest[];

  constructor(scope: Construct, id: string, { environment }: TierProps) {
    super(scope, id, { namespace: environment.namespace, disableResourceNameHashes: true });
  }

  /** What it has so far, however deep in constructs; `apiObjects` of a chart knows only those at its top. */
  protected get objects(): ApiObject[] {
    return this.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));
  }

  /** Its objects as they are written. Kept, because the rules look at what is then written: computing them twice would double the time of a synth. */
  override toJson(): Manifest[] {
    this.manifests ??= super.toJson() as Manifest[];
    return this.manifests;
  }
}
