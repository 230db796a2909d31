import { DockerFiles } from '../../lib/docker/docker-files';
import { fileFindings } from '../../lib/rules';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';
import { append, remove, set } from './refusals/files';

afterAll(removeFolders);

/** Findings of the real files with one of them changed; line numbers are hidden, as they move with every comment. */
function findingsAfter(file: string, change: (text: string) => string): string[] {
  return fileFindings(realFiles({ [file]: change })).map((finding) => finding.replaceAll(/:\d+(?=[:)])/g, ':N'));
}

test('the files of docker/ agree with one another', () => {
  expect(fileFindings(new DockerFiles())).toEqual([]);
});

describe('of a file is said', () => {
  test('what a daemon does not understand, and of such a file nothing else', () => {
    const files = realFiles({
      'nginx/nginx.conf': (text) => text.replace('worker_connections 2048;', 'worker_connections 2048').replace('24m', '2m'),
      'redis/redis.conf': set('appendonly', 'appendonly no'),
    });
    expect(fileFindings(files).map((finding) => finding.replace(/:\d+:/, ':N:'))).toEqual([
      'docker/nginx/nginx.conf:N: worker_connections 2048 does not end; a directive ends with a semicolon',
      'docker/redis/redis.conf:N: appendonly is no; it must be yes, or jobs and sessions are gone after a restart',
    ]);
  });

  test('a missing setting is one line, however many others depend on it', () => {
    expect(findingsAfter('php/www.conf', remove('request_terminate_timeout'))).toEqual([
      'docker/php/www.conf: request_terminate_timeout is missing, and others are measured against it; write it like 60s',
    ]);
  });
});

describe('a finding', () => {
  test('names the line that a human sees in an editor', () => {
    const lines = new DockerFiles().content('redis/redis.conf').trimEnd().split('\n').length;
    expect(fileFindings(realFiles({ 'redis/redis.conf': append('maxmemory 1gb') }))).toEqual([
      `docker/redis/redis.conf:${lines + 1}: maxmemory is computed from redis.memory; remove it from the file`,
    ]);
  });

  test('is there for every fault at once', () => {
    const files = realFiles({
      'php/php.ini': set('max_execution_time', 'max_execution_time = 300'),
      'php/www.conf': set('pm.max_children', 'pm.max_children = 50'),
      'mysql/my.cnf': append('max_connections = 200'),
    });
    expect(fileFindings(files)).toHaveLength(3);
  });
});

test('security headers of another server than that of the pages are none', () => {
  const moved = (text: string) =>
    text.replace('    include security-headers.conf;\n', '').replace('listen 8081;', 'listen 8081;\n    include security-headers.conf;');
  expect(findingsAfter('nginx/default.prod.conf', moved)).toEqual([
    'docker/nginx/default.prod.conf:N: what PHP answers goes out without security headers; include security-headers.conf in its server',
  ]);
});

describe('accepted is', () => {
  test.each([
    ['a comment behind a value, where the server takes one', 'php/php.ini', set('max_execution_time', 'max_execution_time = 50 ; seconds')],
    ['the same in my.cnf', 'mysql/my.cnf', set('sync_binlog', 'sync_binlog = 1 # each')],
    ['a directive over two lines', 'nginx/nginx.conf', set('worker_shutdown_timeout', 'worker_shutdown_timeout\n  65s;')],
    ['a setting in a comment', 'mysql/my.cnf', append('# max_connections = 200')],
    ['a setting in a comment of Redis', 'redis/redis.conf', append('# maxmemory 256mb')],
    ['a policy whose name begins like a computed setting', 'redis/redis-cache.conf', append('maxmemory-samples 10')],
    ['another unit of the same time', 'php/www.conf', set('request_terminate_timeout', 'request_terminate_timeout = 1m')],
    ['another word for off', 'php/php.ini', set('display_errors', 'display_errors = 0')],
    ['another word for on', 'mysql/my.cnf', set('gtid_mode', 'gtid-mode = on')],
    [
      'a list of plugins on one line',
      'mysql/my.cnf',
      (text: string) =>
        text
          .replaceAll(/^plugin-load-add = .*\n/gm, '')
          .trimEnd()
          .concat('\nplugin-load-add = mysql_clone.so;semisync_source.so;semisync_replica.so\n'),
    ],
    ['a file with line breaks of Windows', 'php/php.ini', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('%s', (_, file, change) => {
    expect(findingsAfter(file, change)).toEqual([]);
  });
});
