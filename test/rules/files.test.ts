import { DockerFiles } from '../../lib/docker/docker-files';
import { fileFindings } from '../../lib/rules';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';

afterAll(removeFolders);

/** Replaces the line of a setting, whatever its value is now. */
const set = (key: string, line: string) => (text: string) =>
  text.replace(new RegExp(`^(\\s*)${key.replaceAll('.', '\\.')}\\b.*$`, 'm'), `$1${line}`);
const append = (line: string) => (text: string) => `${text.trimEnd()}\n${line}\n`;
const remove = (key: string) => (text: string) => text.replace(new RegExp(`^\\s*${key.replaceAll('.', '\\.')}\\b.*\n`, 'm'), '');

/** Findings of the real files with one of them changed; line numbers are hidden, as they move with every comment. */
function findingsAfter(file: string, change: (text: string) => string): string[] {
  return fileFindings(realFiles({ [file]: change })).map((finding) => finding.replaceAll(/:\d+(?=[:)])/g, ':N'));
}

test('the files of docker/ agree with one another', () => {
  expect(fileFindings(new DockerFiles())).toEqual([]);
});

describe('a value of its own is refused:', () => {
  test.each([
    [
      'mysql/my.cnf',
      'innodb_flush_log_at_trx_commit',
      'innodb_flush_log_at_trx_commit = 2',
      'is 2; it must be 1, or a crash loses a second',
    ],
    ['mysql/my.cnf', 'sync_binlog', 'sync_binlog = 0', 'is 0; it must be 1, or a crash loses acknowledged transactions'],
    ['mysql/my.cnf', 'sync_relay_log', 'sync-relay-log = 10000', 'is 10000; it must be 1, or a replica loses'],
    ['mysql/my.cnf', 'relay_log_recovery', 'relay_log_recovery = ON', 'is ON; it must be OFF, or a replica throws away'],
    ['redis/redis.conf', 'maxmemory-policy', 'maxmemory-policy allkeys-lru', 'is allkeys-lru; it must be noeviction, or jobs and sessions'],
    ['redis/redis.conf', 'appendonly', 'appendonly no', 'is no; it must be yes, or jobs and sessions are gone'],
    ['redis/redis-cache.conf', 'maxmemory-policy', 'maxmemory-policy noeviction', 'is noeviction; it must be allkeys-lru, or a full cache'],
    ['redis/redis-cache.conf', 'appendonly', 'appendonly yes', 'is yes; it must be no, as it has no volume'],
    ['redis/redis-cache.conf', 'save', 'save 900 1', 'is 900 1; it must be "", as it has no volume'],
  ])('%s: another %s', (file, key, line, finding) => {
    expect(findingsAfter(file, set(key, line))).toEqual([expect.stringContaining(`docker/${file}:N: ${key} ${finding}`)]);
    expect(findingsAfter(file, remove(key))).toEqual([expect.stringContaining(`docker/${file}:N: ${key} is missing`)]);
  });

  test('max_connections 200 and a buffer pool of 256M', () => {
    expect(
      findingsAfter(
        'mysql/my.cnf',
        append('max_connections = 200\ninnodb_buffer_pool_size = 256M\ninnodb-redo-log-capacity = 1G\nserver_id = 1\nsuper_read_only = ON'),
      ),
    ).toEqual([
      'docker/mysql/my.cnf:N: max_connections is computed from php.scale, php.childrenPerPod and php.workers; remove it from the file',
      'docker/mysql/my.cnf:N: innodb_buffer_pool_size is computed from mysql.memory; remove it from the file',
      'docker/mysql/my.cnf:N: innodb_redo_log_capacity is computed from mysql.memory; remove it from the file',
      'docker/mysql/my.cnf:N: server_id is computed from the name of the pod; remove it from the file',
      'docker/mysql/my.cnf:N: super_read_only is computed from mysql.primary; remove it from the file',
    ]);
  });

  test.each([
    ['redis/redis.conf', 'redis.memory'],
    ['redis/redis-cache.conf', 'redisCache.memory'],
  ])('maxmemory 256mb in %s', (file, source) => {
    expect(findingsAfter(file, append('maxmemory 256mb'))).toEqual([
      `docker/${file}:N: maxmemory is computed from ${source}; remove it from the file`,
    ]);
  });
});

describe('refused is', () => {
  test.each([
    [
      'nginx that waits no longer than PHP-FPM works',
      'nginx/default.prod.conf',
      set('fastcgi_read_timeout', 'fastcgi_read_timeout 60s;'),
      'docker/nginx/default.prod.conf:N: fastcgi_read_timeout 60s must be more than request_terminate_timeout 60s (docker/php/www.conf:N); ' +
        'whoever waits must wait longer than whoever works',
    ],
    [
      'a pod of PHP that stops before its longest request ends',
      'php/www.conf',
      set('process_control_timeout', 'process_control_timeout = 30s'),
      'docker/php/www.conf:N: process_control_timeout 30s must be at least request_terminate_timeout 60s (docker/php/www.conf:N); ' +
        'a stopping pod must let the longest request end',
    ],
    [
      'an nginx that stops before its longest answer ends',
      'nginx/nginx.conf',
      set('worker_shutdown_timeout', 'worker_shutdown_timeout 1m;'),
      'docker/nginx/nginx.conf:N: worker_shutdown_timeout 1m must be at least fastcgi_read_timeout 65s (docker/nginx/default.prod.conf:N); ' +
        'a stopping nginx must wait as long as for any answer',
    ],
    [
      'an nginx that refuses what PHP takes',
      'nginx/nginx.conf',
      set('client_max_body_size', 'client_max_body_size 20m;'),
      'docker/nginx/nginx.conf:N: client_max_body_size 20m must be at least post_max_size 24M (docker/php/php.ini:N); ' +
        'nginx must not refuse what PHP takes',
    ],
  ])('%s', (_, file, change, finding) => {
    expect(findingsAfter(file, change)).toEqual([finding]);
  });

  test.each([
    ['php/php.ini', 'max_execution_time'],
    ['php/php.ini', 'upload_max_filesize'],
    ['php/www.conf', 'process_control_timeout'],
    ['nginx/default.prod.conf', 'fastcgi_read_timeout'],
    ['nginx/nginx.conf', 'worker_shutdown_timeout'],
    ['nginx/nginx.conf', 'client_max_body_size'],
  ])('%s without %s', (file, key) => {
    expect(findingsAfter(file, remove(key))).toEqual([`docker/${file}: ${key} is missing`]);
  });

  test.each([
    ['without', remove('opcache.memory_consumption')],
    ['with no number for', set('opcache.memory_consumption', 'opcache.memory_consumption = 192M')],
  ])('php.ini %s opcache.memory_consumption, from which the memory of the pods follows', (_, change) => {
    expect(findingsAfter('php/php.ini', change)).toEqual([
      expect.stringMatching(/^docker\/php\/php\.ini(:N)?: opcache\.memory_consumption /),
    ]);
  });

  test.each([
    ['php/php.ini', 'opcache.enable', 'opcache.enable = 0', 'is 0; it must be 1, or every request compiles the application'],
    ['php/php.ini', 'opcache.validate_timestamps', 'opcache.validate_timestamps = 1', 'is 1; it must be 0, as the code of an image'],
    ['php/php.ini', 'error_log', 'error_log = /var/log/php.log', 'is /var/log/php.log; it must be /proc/self/fd/2'],
    ['php/www.conf', 'error_log', 'error_log = /var/log/fpm.log', 'is /var/log/fpm.log; it must be /proc/self/fd/2'],
    ['php/www.conf', 'daemonize', 'daemonize = yes', 'is yes; it must be no, or the container ends at once'],
    ['php/www.conf', 'listen', 'listen = /run/fpm.sock', 'is /run/fpm.sock; it must be 9000, where nginx and the probes ask'],
    ['php/www.conf', 'pm', 'pm = ondemand', 'is ondemand; it must be static'],
    ['redis/redis.conf', 'protected-mode', 'protected-mode no', 'is no; it must be yes'],
    ['redis/redis-cache.conf', 'protected-mode', 'protected-mode no', 'is no; it must be yes'],
    ['nginx/nginx.conf', 'fastcgi_temp_path', 'fastcgi_temp_path /var/tmp;', 'is /var/tmp; it must be in /tmp'],
  ])('%s: another %s', (file, key, line, finding) => {
    expect(findingsAfter(file, set(key, line))).toEqual([expect.stringContaining(`docker/${file}:N: ${key} ${finding}`)]);
  });

  test.each([
    ['php/www.conf', append('pm.start_servers = 2'), 'pm.start_servers belongs to pm = dynamic'],
    ['redis/redis-cache.conf', append('logfile /var/log/redis.log'), 'logfile writes to a file in a container'],
    ['redis/sentinel.conf', append('requirepass secret'), 'requirepass is a password in version control'],
    ['mysql/my.cnf', append('loose-query-cache-limit = 1M'), 'query_cache_limit stops MySQL 8.0'],
    ['nginx/nginx.conf', append('client_max_body_size 24m;'), 'client_max_body_size stands outside of every block; it belongs into http {'],
    ['nginx/nginx.conf', set('gzip', 'worker_processes 2;'), 'worker_processes stands in http {; it belongs outside of every block'],
    [
      'nginx/nginx.conf',
      set('gzip', 'worker_shutdown_timeout 65s;'),
      'worker_shutdown_timeout stands in http {; it belongs outside of every',
    ],
    ['nginx/nginx.conf', set('gzip', 'pid /tmp/nginx.pid;'), 'pid stands in http {; it belongs outside of every block'],
    [
      'nginx/default.prod.conf',
      set('access_log off', 'add_header X-A b;'),
      'add_header X-A takes every other header from location = /healthz;',
    ],
    ['nginx/fastcgi.conf', append('fastcgi_cache_valid 60m;'), "fastcgi_cache_valid hands one user's page to another"],
    ['nginx/fastcgi.conf', append('fastcgi_pass php:9000;'), 'fastcgi_pass in no location runs files'],
    ['nginx/fastcgi.conf', append('fastcgi_next_upstream error non_idempotent;'), 'fastcgi_next_upstream repeats a POST'],
  ])('%s with a line that has no place there', (file, change, finding) => {
    expect(findingsAfter(file, change)).toEqual([expect.stringContaining(`docker/${file}:N: ${finding}`)]);
  });

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
      'docker/php/www.conf: request_terminate_timeout is missing',
    ]);
  });

  test('www.conf without pm.max_children', () => {
    expect(findingsAfter('php/www.conf', remove('pm.max_children'))).toEqual([
      'docker/php/www.conf:N: pm.max_children is missing; it must be ${PHP_FPM_MAX_CHILDREN}, which php.childrenPerPod sets',
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

describe('accepted is', () => {
  test.each([
    ['a comment behind a value, where the server takes one', 'php/php.ini', set('max_execution_time', 'max_execution_time = 50 ; seconds')],
    ['the same in my.cnf', 'mysql/my.cnf', set('sync_binlog', 'sync_binlog = 1 # each')],
    ['a directive over two lines', 'nginx/nginx.conf', set('worker_shutdown_timeout', 'worker_shutdown_timeout\n  65s;')],
    ['a setting in a comment', 'mysql/my.cnf', append('# max_connections = 200')],
    ['a setting in a comment of Redis', 'redis/redis.conf', append('# maxmemory 256mb')],
    ['a policy whose name begins like a computed setting', 'redis/redis-cache.conf', append('maxmemory-samples 10')],
    ['another unit of the same time', 'php/www.conf', set('request_terminate_timeout', 'request_terminate_timeout = 1m')],
    ['a file with line breaks of Windows', 'php/php.ini', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('%s', (_, file, change) => {
    expect(findingsAfter(file, change)).toEqual([]);
  });
});

// Servers read these as they read the plain form, so the rules must too.
describe('the rules read what the servers read:', () => {
  test.each([
    [
      'MySQL takes a hyphen for an underscore',
      'mysql/my.cnf',
      append('max-connections = 200'),
      /my\.cnf:N: max.connections is computed from/,
    ],
    ['Redis takes capitals', 'redis/redis.conf', append('MAXMEMORY 256mb'), /redis\.conf:N: maxmemory is computed from/i],
    ['PHP takes the last of two', 'php/php.ini', append('max_execution_time = 300'), /max_execution_time 300/],
    ['PHP takes 0 for no limit', 'php/php.ini', set('max_execution_time', 'max_execution_time = 0'), /max_execution_time 0/],
    ['PHP takes plain bytes', 'php/php.ini', set('post_max_size', 'post_max_size = 20971520'), /post_max_size 20971520/],
    ['an amount that is none', 'php/php.ini', set('post_max_size', 'post_max_size = 24 MB'), /php\.ini:N: post_max_size 24 MB/],
    [
      'an amount of none',
      'nginx/default.prod.conf',
      set('fastcgi_read_timeout', 'fastcgi_read_timeout soon;'),
      /fastcgi_read_timeout soon/,
    ],
  ])('%s', (_, file, change, finding) => {
    expect(findingsAfter(file, change)).toEqual([expect.stringMatching(finding)]);
  });
});
