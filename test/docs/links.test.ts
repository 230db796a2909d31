import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../support/folders';

const textOf = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8');
const pages = readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));

/** As GitHub makes them of headings. */
const anchorsOf = (file: string) =>
  [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Whether a link of a document leads to a file, and to a heading of it. */
function leads(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  return existsSync(join(REPOSITORY, file)) && (anchor === undefined || anchorsOf(file).includes(anchor));
}

test.each(['README.md', ...pages.map((page) => `docs/${page}`)])('every link of %s leads to a file, and to a heading of it', (document) => {
  const links = [...textOf(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !leads(document, link))).toEqual([]);
});
