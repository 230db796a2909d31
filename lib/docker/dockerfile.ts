import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of `docker/` that a build copies into an image. */
export interface BakedFile {
  /** Path below `docker/`. */
  readonly file: string;
  /** Absolute path of the folder in the image that it lies in. */
  readonly folder: string;
}

/** The targets of docker/php/Dockerfile.prod that are released, each an image of `release`. */
export type ImageTarget = 'php' | 'nginx';

const FROM = /^FROM (\S+)(?: AS (\S+))?$/;
/** With --from it copies from another stage and not from `docker/`. */
const COPY = /^COPY (?:--(?!from)\S+ )*((?!--)\S.*) (\S+)$/;

/** What docker/php/Dockerfile.prod copies from `docker/` into an image, the stages that its target is built on among it. */
export function bakedFiles(folder: string, target: ImageTarget): BakedFile[] {
  const stages = new Map<string, { readonly parent: string; readonly files: BakedFile[] }>();
  let files: BakedFile[] = [];
  for (const line of readFileSync(join(folder, 'php/Dockerfile.prod'), 'utf8').split('\n')) {
    const [, parent, name] = FROM.exec(line) ?? [];
    const [, sources, destination = ''] = COPY.exec(line) ?? [];
    if (parent !== undefined) {
      files = [];
      stages.set(name ?? '', { parent, files });
    }
    for (const file of sources?.split(' ') ?? []) {
      files.push({ file, folder: destination.slice(0, destination.lastIndexOf('/')) });
    }
  }
  const baked = (stage: string): BakedFile[] => {
    const found = stages.get(stage);
    return found === undefined ? [] : [...baked(found.parent), ...found.files];
  };
  return baked(target);
}
