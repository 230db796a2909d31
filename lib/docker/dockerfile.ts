import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Parsed, Setting } from './setting';

/** The instructions of a Dockerfile, each on one line without its comments; a stage is the block around them. */
export function parseDockerfile(text: string): Parsed {
  const settings: Setting[] = [];
  let [open, stage] = [false, undefined as { name: string; line: number } | undefined];
  text.split('\n').forEach((content, index) => {
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const part = trimmed.replace(/\s*\\$/, '');
    const last = settings.at(-1);
    if (open && last) {
      settings[settings.length - 1] = { ...last, value: `${last.value} ${part}` };
    } else {
      const [key = '', ...words] = part.split(/\s+/);
      if (key === 'FROM') stage = { name: words[2] ?? '', line: index + 1 };
      settings.push({ key, value: words.join(' '), line: index + 1, within: stage ? [stage] : [] });
    }
    open = trimmed.endsWith('\\');
  });
  return { settings, mistakes: [] };
}

/** A file of `docker/` that a build copies into an image. */
export interface BakedFile {
  /** Path below `docker/`. */
  readonly file: string;
  /** Absolute path of the folder in the image that it lies in. */
  readonly folder: string;
}

/** The targets of docker/php/Dockerfile.prod that are released, each an image of `release`. */
export type ImageTarget = 'php' | 'nginx';

/** What docker/php/Dockerfile.prod copies from `docker/` into an image, the stages that its target is built on among it. */
export function bakedFiles(folder: string, target: ImageTarget): BakedFile[] {
  const { settings } = parseDockerfile(readFileSync(join(folder, 'php/Dockerfile.prod'), 'utf8'));
  const baked = (stage: string): BakedFile[] => {
    const own = settings.filter(({ within }) => within[0]?.name === stage);
    const parent = own.find(({ key }) => key === 'FROM')?.value.split(' ', 1)[0];
    // With --from it copies from another stage and not from `docker/`.
    const copies = own.filter(({ key, value }) => key === 'COPY' && !value.includes('--from='));
    return [
      ...(parent === undefined ? [] : baked(parent)),
      ...copies.flatMap(({ value }) => {
        const paths = value.split(' ').filter((word) => !word.startsWith('--'));
        const destination = paths.pop() ?? '';
        return paths.map((file) => ({ file, folder: destination.slice(0, destination.lastIndexOf('/')) }));
      }),
    ];
  };
  return baked(target);
}
