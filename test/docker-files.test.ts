import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DOCKER_FOLDER, DockerFiles } from '../lib/docker/docker-files';
import { makeFolder, removeFolders, writeInto } from './support/folders';

afterAll(removeFolders);

/** A copy of `docker/` after a change. */
function docker(change: (folder: string) => void): DockerFiles {
  const folder = makeFolder();
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  change(folder);
  return new DockerFiles(folder);
}

const MEBIBYTE = 1024 * 1024;

describe('the files of docker/', () => {
  test('can all be used', () => {
    expect(new DockerFiles().findings).toEqual([]);
  });

  test('are read byte for byte', () => {
    const text = '\uFEFF# ünïcode 😀\r\n\tkey = value  \n\n';
    const files = docker((folder) => writeInto(folder, 'mysql/my.cnf', text));
    expect(files.content('mysql/my.cnf')).toBe(text);
    expect(files.data('mysql/my.cnf')).toEqual({ 'my.cnf': text });
  });

  // A file that may not be read is not tested: the superuser reads everything, and CI may be one.
  test.each<[string, (folder: string) => void, string]>([
    ['is missing', (folder) => rmSync(join(folder, 'redis/redis.conf')), 'is missing; restore it from version control'],
    ['is empty', (folder) => writeInto(folder, 'redis/redis.conf', ''), 'is empty; a daemon without settings is not what anyone wants'],
    [
      'is blank',
      (folder) => writeInto(folder, 'redis/redis.conf', ' \n\t\n'),
      'is empty; a daemon without settings is not what anyone wants',
    ],
    [
      'is not UTF-8',
      (folder) => writeInto(folder, 'redis/redis.conf', Uint8Array.of(0x23, 0x20, 0xfc, 0x0a)),
      'is not UTF-8; save it in that encoding',
    ],
    [
      'is larger than a ConfigMap',
      (folder) => writeInto(folder, 'redis/redis.conf', '#'.repeat(MEBIBYTE + 1)),
      'has 1048577 bytes; a ConfigMap holds at most 1048576',
    ],
    [
      'is a folder',
      (folder) => {
        rmSync(join(folder, 'redis/redis.conf'));
        mkdirSync(join(folder, 'redis/redis.conf'));
      },
      'is not a file; put the configuration file there',
    ],
  ])('give one line when one %s', (_, change, problem) => {
    const files = docker(change);
    expect(files.findings).toEqual([`docker/redis/redis.conf: ${problem}`]);
    expect(() => files.content('redis/redis.conf')).toThrow('docker/redis/redis.conf was not read; look at the findings first');
  });

  test('give one line each, all at once', () => {
    const { findings } = docker((folder) => {
      rmSync(join(folder, 'php/php.ini'));
      writeInto(folder, 'nginx/nginx.conf', '');
      writeInto(folder, 'mysql/my.cnf', Uint8Array.of(0xff));
    });
    expect(findings.map((finding) => finding.split(':')[0])).toEqual([
      'docker/php/php.ini',
      'docker/nginx/nginx.conf',
      'docker/mysql/my.cnf',
    ]);
  });

  test('give one line each when the folder itself is missing', () => {
    const { findings } = new DockerFiles(join(makeFolder(), 'nothing'));
    expect(findings.length).toBeGreaterThan(10);
    expect(findings.filter((finding) => !/^docker\/\S+: is missing; restore it from version control$/.test(finding))).toEqual([]);
  });

  test('may be as large as a ConfigMap', () => {
    expect(docker((folder) => writeInto(folder, 'redis/redis.conf', '#'.repeat(MEBIBYTE))).findings).toEqual([]);
  });
});
