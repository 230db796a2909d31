import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../lib/commands/compose';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { makeFolder, removeFolders, writeInto } from '../support/folders';

let printed: string[] = [];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'error').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => jest.restoreAllMocks());
afterAll(removeFolders);

function docker(change: (folder: string) => void): string {
  const folder = makeFolder();
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  change(folder);
  return folder;
}

test('says nothing of the files that are here', () => {
  expect(main()).toBe(0);
  expect(printed).toEqual([]);
});

test('ends with 1 and one line for each thing that is wrong', () => {
  expect(main(docker((folder) => writeInto(folder, 'node/Dockerfile', 'FROM node:20-alpine\nFROM scratch AS other\nFROM other\n')))).toBe(
    1,
  );
  expect(printed).toEqual([
    'docker/node/Dockerfile:1: FROM node:20-alpine names another build from one day to the next; write tag and digest, name:tag@sha256:…',
  ]);
});

test('names what YAML does not allow, by its line', () => {
  expect(main(docker((folder) => writeInto(folder, 'docker-compose.yml', 'services:\n  php: {image: a\n')))).toBe(1);
  expect(printed).toEqual([expect.stringMatching(/^docker\/docker-compose\.yml:[23]: \S/)]);
});

test('names a file that is missing', () => {
  expect(main(docker((folder) => rmSync(join(folder, '.env.docker.example'))))).toBe(1);
  expect(printed).toEqual(['docker/.env.docker.example: is missing; restore it from version control']);
});
