import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCKER_FOLDER, type DockerFile } from '../../lib/docker/docker-files';
import { fileFindings } from '../../lib/rules';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';
import { append, remove, set } from '../rules/refusals/files';
import { accepts, type Answer, answerOf, freePort, requireDaemon, startDaemon, temporaryFolder, waitUntil } from './daemon';
import { makePlace, nginxConfiguration, PHP_FPM, poolConfiguration } from './web';

requireDaemon('nginx', 'nginx');
requireDaemon(PHP_FPM, 'php8.2-fpm');
requireDaemon('redis-server', 'redis-server');
requireDaemon('haproxy', 'haproxy');
requireDaemon('mysqld', "mysql-community-server, which is MySQL's own package and not Debian's");
afterAll(removeFolders);

type Change = (text: string) => string;

/** A file of docker/ with a change, in a folder of its own; its path. */
function written(file: DockerFile, change: Change): string {
  const path = join(temporaryFolder(), file.split('/').at(-1) ?? file);
  writeFileSync(path, change(readFileSync(join(DOCKER_FOLDER, file), 'utf8')));
  return path;
}

async function nginx(file: DockerFile, change: Change): Promise<Answer> {
  const conf = nginxConfiguration(await makePlace(), 'default.prod.conf');
  const path = join(conf, '..', file.replace('nginx/', ''));
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return answerOf('nginx', '-t', '-e', 'stderr', '-c', conf);
}

async function pool(_: DockerFile, change: Change): Promise<Answer> {
  return answerOf('env', 'PHP_FPM_MAX_CHILDREN=2', PHP_FPM, '-t', '-R', '-y', poolConfiguration(await makePlace(), change));
}

/** PHP goes on after a mistake in php.ini, without all that follows it. */
async function php(file: DockerFile, change: Change): Promise<Answer> {
  const { text } = await answerOf(PHP_FPM, '-n', '-c', written(file, change), '-i');
  return { code: /syntax error/.test(text) ? 1 : 0, text };
}

async function redis(file: DockerFile, change: Change): Promise<Answer> {
  const [folder, port] = [temporaryFolder(), await freePort()];
  const path = written(file, (text) => change(text).replace(/^dir .*/m, `dir ${folder}`));
  const server = startDaemon(['redis-server', path, '--port', String(port), '--bind', '127.0.0.1']);
  await waitUntil('Redis starts or ends', 30, async () => server.child.exitCode !== null || (await accepts(port)));
  const code = server.child.exitCode ?? 0;
  await server.stop();
  return { code, text: server.output() };
}

/** Without the names of a cluster. */
const haproxy = (file: DockerFile, change: Change): Promise<Answer> =>
  answerOf(
    'haproxy',
    '-c',
    '-f',
    written(file, (text) => change(text).replaceAll(/redis-\d:/g, '127.0.0.1:')),
  );

const mysql = (file: DockerFile, change: Change): Promise<Answer> =>
  answerOf('mysqld', `--defaults-file=${written(file, change)}`, '--validate-config', '--user=root', '--secure-file-priv=NULL');

const DAEMONS: Partial<Record<DockerFile, (file: DockerFile, change: Change) => Promise<Answer>>> = {
  'nginx/nginx.conf': nginx,
  'nginx/default.prod.conf': nginx,
  'php/www.conf': pool,
  'php/php.ini': php,
  'redis/redis.conf': redis,
  'redis/redis-cache.conf': redis,
  'redis/haproxy.cfg': haproxy,
  'mysql/my.cnf': mysql,
};

/** The daemon's verdict and that of the rules. */
async function verdictsOn(file: DockerFile, change: Change): Promise<{ daemon: string; rules: string; text: string }> {
  const { code, text } = (await DAEMONS[file]?.(file, change)) ?? { code: null, text: `no daemon reads ${file}` };
  const findings = fileFindings(realFiles({ [file]: change }));
  return { daemon: code === 0 ? 'accepts' : 'refuses', rules: findings.length === 0 ? 'accept' : 'refuse', text };
}

const replace =
  (ours: string, theirs: string): Change =>
  (text) =>
    text.replace(ours, () => theirs);

type Variant = readonly [file: DockerFile, what: string, change: Change];

describe('a comment changes no verdict:', () => {
  it.each(Object.keys(DAEMONS) as DockerFile[])('%s is accepted by its daemon and by the rules', async (file) => {
    const comment = file === 'php/www.conf' || file === 'php/php.ini' ? '; more' : '# more';
    expect(await verdictsOn(file, append(comment))).toMatchObject({ daemon: 'accepts', rules: 'accept' });
  });
});

// What keeps a daemon from starting is refused before it is applied.
const BOTH: readonly Variant[] = [
  ['nginx/nginx.conf', 'a directive without its semicolon', replace('worker_connections 2048;', 'worker_connections 2048')],
  ['nginx/nginx.conf', 'a semicolon too many', append(';')],
  ['nginx/nginx.conf', 'a brace too many', append('}')],
  ['nginx/default.prod.conf', 'a block that is never closed', append('server {')],
  ['nginx/nginx.conf', 'a quotation mark that is never closed', append('error_log "stderr;')],
  ['nginx/nginx.conf', 'fault 8, worker_connections outside of events', append('worker_connections 1024;')],
  ['nginx/nginx.conf', 'client_max_body_size outside of http', append('client_max_body_size 24m;')],
  ['nginx/nginx.conf', 'worker_processes in http', set('gzip', 'worker_processes 2;')],
  ['nginx/nginx.conf', 'worker_shutdown_timeout in http', set('gzip', 'worker_shutdown_timeout 65s;')],
  ['nginx/nginx.conf', 'pid in http', set('gzip', 'pid /tmp/nginx.pid;')],
  ['nginx/default.prod.conf', 'an amount that is none', set('fastcgi_read_timeout', 'fastcgi_read_timeout soon;')],
  ['php/www.conf', 'fault 15, no [www]', replace('[www]', '')],
  ['php/www.conf', 'fault 15, no listen', remove('listen')],
  ['php/www.conf', 'fault 16, a comment of the wrong kind', replace('pm = static', 'pm = dynamic   # grows and shrinks')],
  ['php/www.conf', 'no pm.max_children', remove('pm.max_children')],
  ['php/php.ini', 'a quotation mark that is never closed', append('date.timezone = "UTC')],
  ['redis/redis.conf', 'fault 1, a comment behind save', replace('save ""', 'save 900 1      # after 15 minutes')],
  [
    'redis/redis.conf',
    'fault 2, a comment behind maxmemory-policy',
    replace('maxmemory-policy noeviction', 'maxmemory-policy noeviction # never'),
  ],
  ['redis/redis.conf', 'a quotation mark that is never closed', append('tcp-keepalive "300')],
  ['redis/haproxy.cfg', 'a setting before every section', (text) => `maxconn 10\n${text}`],
  ['redis/haproxy.cfg', 'a quotation mark that is never closed', append('  log "stdout')],
  ['mysql/my.cnf', 'a setting before every section', (text) => `sync_binlog = 1\n${text}`],
  ['mysql/my.cnf', 'a line that is no setting', append('max_connections: 200')],
  ['mysql/my.cnf', 'fault 27, a query cache', append('query_cache_size = 64M')],
];

// The daemon starts, and does what nobody wants.
const RULES: readonly (readonly [...Variant, why: string])[] = [
  ['nginx/nginx.conf', 'fault 6, no server', replace('include default*.conf;', ''), 'it listens nowhere'],
  ['nginx/nginx.conf', 'fault 7, no pid', remove('pid'), 'its own default is in a folder that a pod cannot write'],
  [
    'nginx/default.prod.conf',
    'fault 10, a year in a browser',
    replace('location / {', 'location / {\n        expires 1y;'),
    'files change under the same name',
  ],
  [
    'nginx/default.prod.conf',
    'fault 11, $uri/',
    replace('try_files $uri /index', 'try_files $uri $uri/ /index'),
    '"/" is answered with 403',
  ],
  [
    'nginx/default.prod.conf',
    'fault 12, http2 in listen',
    replace('listen 8080 default_server', 'listen 8080 http2'),
    'from 1.25 on nginx warns of it',
  ],
  [
    'nginx/default.prod.conf',
    'a header that takes the others',
    set('access_log off', 'add_header X-A b;'),
    'nginx inherits headers only where there is none',
  ],
  ['php/www.conf', 'a pool that forks', set('daemonize', 'daemonize = yes'), 'a container ends with its first process'],
  ['php/www.conf', 'children on demand', set('pm', 'pm = ondemand'), 'their memory is reserved anyway'],
  ['php/www.conf', 'fault 19, 50 children', set('pm.max_children', 'pm.max_children = 50'), 'nobody counts their memory'],
  [
    'php/php.ini',
    'fault 17, a comment of the wrong kind',
    replace('post_max_size = 24M', 'post_max_size = 24M # a form'),
    'PHP warns, and guesses what was meant',
  ],
  ['php/php.ini', 'a key without a value', append('memory_limit 128M'), 'PHP skips the line'],
  [
    'php/php.ini',
    'fault 20, a request that outlives whoever waits',
    set('max_execution_time', 'max_execution_time = 300'),
    'no daemon knows the other',
  ],
  [
    'redis/redis.conf',
    'fault 3, jobs in a Redis that evicts',
    set('maxmemory-policy', 'maxmemory-policy allkeys-lru'),
    'Redis cannot know what it holds',
  ],
  ['redis/redis.conf', 'fault 3, jobs that are not on disk', set('appendonly', 'appendonly no'), 'Redis cannot know what it holds'],
  ['redis/redis-cache.conf', 'fault 5, a password', append('requirepass your_strong_password'), 'it is in version control'],
  ['mysql/my.cnf', 'fault 28, commits that a crash loses', set('sync_binlog', 'sync_binlog = 0'), 'MySQL leaves that to its owner'],
  ['mysql/my.cnf', 'a computed number', append('max_connections = 200'), 'it follows from an environment'],
];

// The rules know the settings they need; what else there is, every daemon knows best, and on CI it is asked.
const DAEMON: readonly Variant[] = [
  ['nginx/nginx.conf', 'a directive that does not exist', set('gzip', 'gzipp on;')],
  ['nginx/nginx.conf', 'a number that is none', set('worker_connections', 'worker_connections many;')],
  ['php/www.conf', 'a setting that does not exist', append('pm.max_childs = 5')],
  ['redis/redis.conf', 'a setting that does not exist', append('maxmemory-polity noeviction')],
  ['redis/redis.conf', 'a value that does not exist', append('appendfsync sometimes')],
  ['redis/haproxy.cfg', 'a keyword that does not exist', append('  blance first')],
  ['mysql/my.cnf', 'a variable that does not exist', append('sync_binlogs = 1')],
];

describe('refused by the daemon and by the rules is', () => {
  it.each(BOTH)('%s: %s', async (file, _, change) => {
    expect(await verdictsOn(file, change)).toMatchObject({ daemon: 'refuses', rules: 'refuse' });
  });
});

describe('refused by the rules alone is', () => {
  it.each(RULES)('%s: %s', async (file, _, change) => {
    expect(await verdictsOn(file, change)).toMatchObject({ daemon: 'accepts', rules: 'refuse' });
  });
});

describe('left to the daemon is', () => {
  it.each(DAEMON)('%s: %s', async (file, _, change) => {
    expect(await verdictsOn(file, change)).toMatchObject({ daemon: 'refuses', rules: 'accept' });
  });
});
