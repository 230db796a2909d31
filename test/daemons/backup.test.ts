import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireDaemon, startDaemon, waitUntil, type Daemon } from './daemon';
import { ComposeHost, processOf, stop } from './compose-host';

/** One that needs quotes wherever it passes; MySQL takes 32 characters for replication. */
const passwordOf = (file: string): string => `${file.slice(0, 12)}'"\\ \\\\$H\`i\``;

/** A folder in place of the bucket: what differs from one is only how restic is told of it. */
const host = new ComposeHost({}, passwordOf);
const bucket = host.emptyFolder('bucket');
host.settings['BACKUP_BUCKET'] = bucket;

/** Who restores is another user than who stored; in a bucket there are no owners. */
const shareBucket = () => spawnSync('chmod', ['-R', 'a+rwX', bucket]);

async function said(daemon: Daemon, text: string): Promise<void> {
  await waitUntil(`it says ${text}`, 120, () => {
    if (daemon.child.exitCode !== null) throw new Error(daemon.output());
    return daemon.output().includes(text);
  });
}

/** Runs a command among what a service sees. */
function inside(daemon: Daemon, argv: readonly string[], input = ''): string {
  const namespaces = [`--target=${processOf(daemon)}`, '--mount', '--net', '--pid'];
  const { stdout, stderr } = spawnSync('nsenter', [...namespaces, ...argv], { encoding: 'utf8', input });
  return `${stdout}${stderr}`.trim();
}

const SERVER = '/var/run/mysqld/mysqld.sock';
const COPY = '/var/lib/mysql/restoring/mysqld.sock';

/** A client of a server, as root. */
function client(socket = SERVER): string[] {
  const password = socket === SERVER ? passwordOf('MYSQL_ROOT_PASSWORD') : '';
  const options = ['--no-defaults', `--socket=${socket}`, '--user=root', '--batch', '--skip-column-names'];
  return ['env', `MYSQL_PWD=${password}`, 'mysql', ...options, 'financial_tracker'];
}

/** What a server answers to root. */
const sql = (server: Daemon, statement: string, socket = SERVER): string => inside(server, client(socket), statement);

/** Keeps a table locked for half a minute, or until that is stopped. */
async function lockTable(server: Daemon): Promise<Daemon> {
  const lock = 'LOCK TABLES transactions WRITE; SELECT "locked"; DO SLEEP(30)';
  const namespaces = [`--target=${processOf(server)}`, '--mount', '--net', '--pid'];
  const holder = startDaemon(['nsenter', ...namespaces, ...client(), '--unbuffered', `--execute=${lock}`]);
  await said(holder, 'locked');
  return holder;
}

/** Which locks are in a repository. */
const locksOf = (repository: string): string[] => readdirSync(join(bucket, repository, 'locks'));

/** The exclusive lock of a restic that was killed, by a process of this machine or of another. */
async function leaveLock(repository: string, hostname?: string): Promise<void> {
  const elsewhere = hostname === undefined ? [] : ['unshare', '--uts', 'sh', '-c', `hostname ${hostname}; exec "$@"`, 'sh'];
  const restic = startDaemon([...elsewhere, 'restic', '--no-cache', 'check'], {
    env: { RESTIC_REPOSITORY: join(bucket, repository), RESTIC_PASSWORD: passwordOf('BACKUP_REPOSITORY_PASSWORD') },
  });
  await waitUntil('it locks', 20, () => locksOf(repository).length > 0 || restic.child.exitCode !== null);
  await restic.stop('SIGKILL');
  shareBucket();
}

const clearLocks = () => ['dumps', 'logs'].forEach((repository) => spawnSync('sh', ['-c', `rm -f ${join(bucket, repository)}/locks/*`]));

async function startServer(): Promise<Daemon> {
  await host.run('mysql-bootstrap');
  const server = await host.start('mysql');
  await said(server, 'ready for connections');
  await waitUntil('the server answers', 20, () => sql(server, 'SELECT 1') === '1').catch(() => {
    throw new Error(sql(server, 'SELECT 1'));
  });
  return server;
}

jest.setTimeout(300_000);

describe('backups with Compose', () => {
  let server: Daemon;

  beforeAll(async () => {
    for (const program of ['mysqld', 'mysqldump', 'mysqlbinlog'])
      requireDaemon(program, "mysql-community-client, which is MySQL's own package");
    requireDaemon('restic', 'restic, 0.17 or newer');
    server = await startServer();
    sql(server, 'CREATE TABLE transactions (id INT PRIMARY KEY, text VARCHAR(50)); INSERT INTO transactions VALUES (1, "dumped")');
  });

  it('are not made of a server that follows nobody and takes no writes', async () => {
    sql(server, 'SET GLOBAL read_only = ON');
    await expect(host.run('backup')).rejects.toThrow(/mysql is not used: it follows nobody[^]*none of mysql can be dumped/);
    sql(server, 'SET GLOBAL read_only = OFF');
  });

  it('store a dump and then what is logged, prove both, and are pruned', async () => {
    expect(await host.run('backup')).toContain('dumping mysql');
    const logs = await host.start('backup-logs');
    await said(logs, 'beginning after');
    sql(server, 'INSERT INTO transactions VALUES (2, "logged")');
    const spool = '/spool/logs/executed';
    const executed = sql(server, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
    await waitUntil(
      'the log is stored',
      120,
      () => inside(logs, ['cat', spool]) === executed && inside(logs, ['ls', '/spool']).includes('alive'),
    );
    await stop(logs);
    shareBucket();
    expect(await host.run('restore-test')).toMatch(/1 tables have the rows and checksums[^]*proven: dump of/);
    await leaveLock('dumps');
    await leaveLock('logs');
    expect(await host.run('backup-prune')).toMatch(/dumps: 1 kept, of Redis 0, structure sound[^]*logs: 1 pieces kept/);
  });

  it('leave no lock in the bucket when they are stopped, and that of another host alone', async () => {
    const holder = await lockTable(server);
    const stopped = await host.start('backup');
    await waitUntil('it locks', 60, () => locksOf('dumps').length > 0);
    await stop(stopped);
    expect(locksOf('dumps')).toEqual([]);
    await holder.stop();
    await leaveLock('dumps', 'elsewhere');
    const waiting = await host.start('backup');
    await said(waiting, 'dumping');
    await stop(waiting);
    expect(locksOf('dumps')).toHaveLength(1);
    clearLocks();
  });

  it('ship in several rounds what is more than fits the disk of one, and miss nothing of it', async () => {
    for (let id = 3; id <= 8; id += 1) {
      sql(
        server,
        `CREATE TABLE IF NOT EXISTS large (id INT PRIMARY KEY, text LONGTEXT); INSERT INTO large VALUES (${id}, REPEAT('x', 1500000))`,
      );
      sql(server, 'FLUSH BINARY LOGS');
    }
    const logs = await host.start('backup-logs', ['1']);
    const executed = sql(server, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
    await waitUntil('the logs are stored', 120, () => inside(logs, ['cat', '/spool/logs/executed']) === executed);
    expect(logs.output()).toContain('files fetched, the rest in the next round');
    await waitUntil('the last round is over', 60, () => inside(logs, ['ls', '/spool']).includes('alive'));
    await stop(logs);
    shareBucket();
    expect(await host.run('restore-test')).toMatch(/proven: dump of/);
  });

  it('keep a copy in a volume of its own, beside the server that runs, whoever has locked the bucket', async () => {
    await leaveLock('dumps', 'elsewhere');
    await leaveLock('logs', 'elsewhere');
    const restore = await host.start('restore');
    await said(restore, 'kept until this pod goes');
    clearLocks();
    sql(server, 'DELETE FROM transactions');
    expect(sql(restore, 'SELECT text FROM transactions ORDER BY id', COPY)).toBe('dumped\nlogged');
    await stop(restore);
  });

  it('begin with a server that has no transaction yet, and resume after nothing', async () => {
    host.settings['BACKUP_BUCKET'] = host.emptyFolder('other');
    sql(server, 'RESET BINARY LOGS AND GTIDS');
    const alive = (logs: Daemon) => waitUntil('a round is over', 60, () => inside(logs, ['ls', '/spool']).includes('alive'));
    const first = await host.start('backup-logs');
    await alive(first);
    await stop(first);
    const second = await host.start('backup-logs');
    await said(second, 'resuming after nothing');
    sql(server, 'INSERT INTO transactions VALUES (9, "first")');
    await alive(second);
    await waitUntil('it is stored', 60, () => inside(second, ['cat', '/spool/logs/executed']).endsWith(':1'));
    await stop(second);
    host.settings['BACKUP_BUCKET'] = bucket;
  });

  it('refuse a volume that has data, and fill an empty one that the next server starts with', async () => {
    shareBucket();
    await expect(host.run('restore-primary')).rejects.toThrow('a restore never writes over data');
    await stop(server);
    host.settings['MYSQL_VOLUME'] = 'fintrack_mysql_2';
    await host.run('restore-primary');
    expect(existsSync(join(host.emptyFolder('fintrack_mysql_2'), 'data/mysql'))).toBe(true);
    server = await startServer();
    expect(sql(server, 'SELECT text FROM transactions ORDER BY id')).toBe('dumped\nlogged');
    await stop(server);
  });

  it('say what is missing where no bucket is named', async () => {
    host.settings['BACKUP_BUCKET'] = '';
    await expect(host.run('backup')).rejects.toThrow('BUCKET: names the store, the bucket and a folder');
  });
});
