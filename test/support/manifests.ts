import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../lib/charts';
import { DockerFiles } from '../../lib/docker/docker-files';
import type { Environment } from '../../lib/environments';
import { createFinTrack, manifestsOf } from '../../lib/fintrack';

/** A pod template and the object that makes pods of it. */
export interface Owner {
  readonly title: string;
  readonly manifest: Manifest;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- pods are looked at by path
  readonly spec: any;
  readonly labels: Readonly<Record<string, string>>;
}

/** `Deployment php`: how findings and tests name an object. */
export function titleOf(manifest: Manifest): string {
  return `${manifest.kind} ${manifest.metadata.name}`;
}

/** The objects of YAML text, as the API server reads it: YAML 1.1, where an unquoted `yes` is a boolean. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(error.message);
    return document.toJS() as Manifest;
  });
}

/** The objects of an environment's folder in `dist/`. */
export function manifestsIn(folder: string): Manifest[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => parseManifests(readFileSync(join(folder, file), 'utf8')));
}

/** The objects of an environment, freshly made, to be changed at will. */
export function manifestsFor(environment: Environment, files = new DockerFiles()): Manifest[] {
  return structuredClone(manifestsOf(createFinTrack(environment, files)));
}

/** Everything that makes pods. */
export function ownersOf(manifests: readonly Manifest[]): Owner[] {
  return manifests.flatMap((manifest) => {
    const template = manifest['spec']?.jobTemplate?.spec.template ?? manifest['spec']?.template;
    return template ? [{ title: titleOf(manifest), manifest, spec: template.spec, labels: template.metadata.labels }] : [];
  });
}

/** Every container of a pod, those that run first included. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- containers are looked at by path
export function containersOf({ spec }: Owner): any[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The one object of that kind and name. A name may leave out what follows a last hyphen, where that is a hash. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter(
    (manifest) =>
      manifest.kind === kind && (manifest.metadata.name === name || manifest.metadata.name.replace(/-[0-9a-f]{8}$/, '') === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} objects are ${kind} ${name}; there are ${manifests.map(titleOf).join(', ')}`);
  }
  return first;
}

/** The pod that an object makes. */
export function podOf(manifests: readonly Manifest[], kind: string, name: string): Owner {
  const [owner] = ownersOf([find(manifests, kind, name)]);
  if (owner === undefined) throw new Error(`${kind} ${name} makes no pods`);
  return owner;
}

/** What differs between two renderings: objects that only one of them has, and values by path: `Service mysql spec.ports.0.port`. */
export function changesBetween(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  const valuesOf = (manifests: readonly Manifest[]) => new Map(manifests.map((each) => [titleOf(each), new Map(leavesOf(each))]));
  const [old, fresh] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .flatMap((title) => {
      const [was, is] = [old.get(title), fresh.get(title)];
      if (!was || !is) return [`${was ? '-' : '+'} ${title}`];
      const paths = [...new Set([...was.keys(), ...is.keys()])].filter(
        (path) => !was.has(path) || !is.has(path) || was.get(path) !== is.get(path),
      );
      return paths.map((path) => `${title}${path.replace(' .', ' ')}`);
    })
    .sort();
}

/** Every value that holds no other, by path. */
function leavesOf(value: unknown, path = ' '): [string, unknown][] {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key}`))
    : [[path, typeof value === 'object' ? JSON.stringify(value) : value]];
}
