import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../support/folders';

const documents = [
  'README.md',
  ...readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md'));

/** As GitHub makes them of headings. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Links of a document that lead nowhere. */
function broken(document: string): string[] {
  const text = readFileSync(join(REPOSITORY, document), 'utf8');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? join(REPOSITORY, document) : join(REPOSITORY, dirname(document), path);
      return (
        !/^https?:/.test(link) && !(existsSync(file) && (anchor === undefined || anchors(readFileSync(file, 'utf8')).includes(anchor)))
      );
    });
}

test.each(documents)('every link of %s leads to a file, and to a heading of it', (document) => {
  expect(broken(document)).toEqual([]);
});
