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
