import { createHash } from 'node:crypto';
import { Construct } from 'constructs';
import { KubeConfigMap } from '../../imports/k8s';
import type { Labels } from './labels';
import type { Mount } from './volumes';

/** What goes into a ConfigMap. */
export interface HashedConfigProps {
  readonly labels: Labels;
  /** Content by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * An immutable ConfigMap whose name ends in eight hex digits of its content's SHA-256.
 * A changed file makes a new name, and so rolls exactly the pods that mount it; the old one serves a rollback.
 */
export class HashedConfig extends Construct {
  /** Name with the hash. */
  readonly name: string;
  private readonly base: string;
  private readonly files: readonly string[];

  constructor(scope: Construct, id: string, props: HashedConfigProps) {
    super(scope, id);
    const content = Object.entries(props.files).sort(([a], [b]) => (a < b ? -1 : 1));
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
    this.base = id;
    this.files = content.map(([file]) => file);
    this.name = `${id}-${hash}`;
    new KubeConfigMap(this, 'Resource', {
      metadata: { name: this.name, labels: props.labels },
      immutable: true,
      data: Object.fromEntries(content),
    });
  }

  /**
   * The files as a folder in a container.
   *
   * @param only which of them @default - all
   */
  at(path: string, only?: readonly string[]): Mount {
    // Always spelled out: a pod that names a missing file is refused, one that names none starts without it.
    const items = (only ?? this.files).map((file) => ({ key: file, path: file }));
    const name = only === undefined ? this.base : `${this.base}-${path.split('/').at(-1)}`.replace('.', '-');
    return { volume: { name, configMap: { name: this.name, items } }, path };
  }
}
