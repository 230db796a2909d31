import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './certificates';
import { end, processOf, requireDaemon, startDaemon, temporaryFolder, waitUntil, type Daemon } from './daemon';
import { ComposeHost } from './compose-host';

/** One that needs quotes wherever it passes; MySQL takes 32 characters for replication. */
const passwordOf = (file: string): string => `${file.slice(0, 12)}'"\\ \\\\$H\`i\``;

/** A folder in place of the bucket: what differs from one is only how restic is told of it. */
const host = new ComposeHost({}, passwordOf);
const bucket = host.emptyFolder('bucket');
host.settings['BACKUP_BUCKET'] = bucket;

/** Who restores is another user than who stored; in a bucket there are no owners. */
const shareBucket = () => spawnSync('chmod', ['-R', 'a+rwX', host.settings['BACKUP_BUCKET'] ?? '']);

/** What restic needs to be run beside the services. */
const resticOf = (repository: string) => ({
  RESTIC_REPOSITORY: join(host.settings['BACKUP_BUCKET'] ?? '', repository),
  RESTIC_PASSWORD: passwordOf('BACKUP_REPOSITORY_PASSWORD'),
});

async function said(daemon: Daemon, text: string): Promise<void> {
  await waitUntil(`it says ${text}`, 120, () => {
    if (daemon.child.exitCode !== null) throw new Error(daemon.output());
    return daemon.output().includes(text);
  });
}

/** Runs a command among what a service sees. */
function inside(daemon: Daemon, argv: readonly string[], input = ''): string {
  const namespaces = [`--target=${processOf(daemon) ?? ''}`, '--mount', '--net', '--pid'];
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

/** What a server answers to the account of backups. */
function sqlOfBackup(server: Daemon, statement: string): string {
  const password = `MYSQL_PWD=${passwordOf('MYSQL_BACKUP_PASSWORD')}`;
  const options = ['--no-defaults', '--host=127.0.0.1', '--user=backup', '--batch', '--skip-column-names'];
  return inside(server, ['env', password, 'mysql', ...options], statement);
}

/** A statement of root's that takes a while. */
function begin(server: Daemon, statement: string): Daemon {
  const namespaces = [`--target=${processOf(server) ?? ''}`, '--mount', '--net', '--pid'];
  return startDaemon(['nsenter', ...namespaces, ...client(), '--unbuffered', `--execute=${statement}`]);
}

/** Keeps a table locked for a minute, or until that is stopped. */
async function lockTable(server: Daemon): Promise<Daemon> {
  const holder = begin(server, 'LOCK TABLES transactions WRITE; SELECT "locked"; DO SLEEP(60)');
  await said(holder, 'locked');
  return holder;
}

/** What restic answers, beside the services. */
function restic(repository: string, ...words: string[]): string {
  const env = { ...process.env, ...resticOf(repository), TZ: 'UTC' };
  return spawnSync('restic', ['--no-cache', '--no-lock', ...words], { env, encoding: 'utf8' }).stdout;
}

/** Waits until the bucket has whatever a server has executed. */
async function shipped(server: Daemon): Promise<void> {
  const executed = sql(server, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
  await waitUntil('the logs are stored', 120, () => restic('logs', 'dump', 'latest', '/spool/logs/executed') === executed);
}

/** Which locks are in a repository. */
const locksOf = (repository: string): string[] => readdirSync(join(bucket, repository, 'locks'));

/** The exclusive lock of a restic that was killed, by a process of this machine or of another. */
async function leaveLock(repository: string, hostname?: string): Promise<void> {
  const elsewhere = hostname === undefined ? [] : ['unshare', '--uts', 'sh', '-c', `hostname ${hostname}; exec "$@"`, 'sh'];
  const killed = startDaemon([...elsewhere, 'restic', '--no-cache', 'check'], { env: resticOf(repository) });
  await waitUntil('it locks', 20, () => locksOf(repository).length > 0 || killed.child.exitCode !== null);
  await killed.stop('SIGKILL');
  shareBucket();
}

/** Gives the dumps another time. */
function redate(time: Date): void {
  const zoneless = time.toISOString().slice(0, 19).replace('T', ' ');
  const rewrite = ['rewrite', '--tag=dump', '--forget', `--new-time=${zoneless}`];
  restic('dumps', ...rewrite);
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
  /** A moment just after a row that only the first log has. */
  let logged: string;

  beforeAll(async () => {
    for (const program of ['mysqld', 'mysqldump', 'mysqlbinlog'])
      requireDaemon(program, "mysql-community-client, which is MySQL's own package");
    requireDaemon('restic', 'restic, 0.17 or newer');
    server = await startServer();
    sql(server, 'CREATE TABLE transactions (id INT PRIMARY KEY, text VARCHAR(50)); INSERT INTO transactions VALUES (1, "dumped")');
  });

  it('log in with an account that reads all of the database, and of no other', () => {
    sql(
      server,
      `CREATE VIEW texts AS SELECT text FROM transactions; CREATE TABLE log (id INT);
       CREATE TRIGGER logging AFTER INSERT ON transactions FOR EACH ROW INSERT INTO log VALUES (NEW.id);
       CREATE PROCEDURE sweep() DELETE FROM log; CREATE FUNCTION one() RETURNS INT DETERMINISTIC RETURN 1;
       CREATE EVENT sweeping ON SCHEDULE EVERY 1 DAY DISABLE DO CALL sweep()`,
    );
    expect(sqlOfBackup(server, 'SELECT text FROM financial_tracker.texts')).toBe('dumped');
    // With hashes of passwords and, on a replica, the password of replication itself.
    for (const table of ['mysql.user', 'mysql.slave_master_info'])
      expect(sqlOfBackup(server, `SELECT COUNT(*) FROM ${table}`)).toMatch(/^ERROR 1142 .* SELECT command denied to user 'backup'/);
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
    logged = new Date(Date.now() + 1000).toISOString();
    await shipped(server);
    await end(logs, 'SIGTERM');
    shareBucket();
    expect(await host.run('restore-test')).toMatch(/2 tables have the rows and checksums[^]*proven: dump of/);
    await leaveLock('dumps');
    await leaveLock('logs');
    expect(await host.run('backup-prune')).toMatch(/dumps: 1 kept, of Redis 0, structure sound[^]*logs: 1 pieces kept/);
  });

  it('leave no lock in the bucket when they are stopped, and that of another host alone', async () => {
    const holder = await lockTable(server);
    const stopped = await host.start('backup');
    await waitUntil('it locks', 60, () => locksOf('dumps').length > 0);
    await end(stopped, 'SIGTERM');
    expect(locksOf('dumps')).toEqual([]);
    await expect(host.run('backup')).rejects.toThrow(/Lock wait timeout exceeded[^]*tables of mysql cannot be locked/);
    await holder.stop();
    await leaveLock('dumps', 'elsewhere');
    const waiting = await host.start('backup');
    await said(waiting, 'dumping');
    await end(waiting, 'SIGTERM');
    expect(locksOf('dumps')).toHaveLength(1);
    clearLocks();
  });

  it('ship in several rounds what is more than fits the disk of one, and miss nothing of it', async () => {
    // So that this piece reaches far enough beyond the moment for a restore to want no later one.
    await waitUntil('a minute is over', 90, () => Date.now() > Date.parse(logged) + 65_000);
    for (let id = 3; id <= 8; id += 1) {
      sql(
        server,
        `CREATE TABLE IF NOT EXISTS large (id INT PRIMARY KEY, text LONGTEXT); INSERT INTO large VALUES (${id}, REPEAT('x', 1500000))`,
      );
      sql(server, 'FLUSH BINARY LOGS');
    }
    const logs = await host.start('backup-logs', ['1']);
    await shipped(server);
    expect(logs.output()).toContain('files fetched, the rest in the next round');
    await waitUntil('all of it was fetched', 60, () => restic('logs', 'ls', 'latest').includes('/spool/logs/checked'));
    await end(logs, 'SIGTERM');
    // Of each time that something was stored, whether that was all there was: the first round of this piece had a part.
    const stored = JSON.parse(restic('logs', 'snapshots', '--json')) as { id: string }[];
    const complete = stored.map(({ id }) => restic('logs', 'ls', id).includes('/spool/logs/checked'));
    expect([complete[0], complete.includes(false), complete.at(-1)]).toEqual([true, true, true]);
    shareBucket();
    expect(await host.run('restore-test')).toMatch(/proven: dump of/);
  });

  describe('in a copy of the bucket', () => {
    const copy = host.emptyFolder('copy');
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

    beforeAll(() => {
      spawnSync('cp', ['-a', `${bucket}/.`, copy]);
      host.settings['BACKUP_BUCKET'] = copy;
    });
    afterAll(() => {
      host.settings['BACKUP_BUCKET'] = bucket;
    });

    it('fetch a log that had ended before the dump, which may be of a server that lagged', async () => {
      redate(hours(0));
      expect(await host.run('restore-test')).toMatch(/proven: dump of/);
    });

    it('restore to a moment before a log that is damaged, and a dump without its logs', async () => {
      redate(hours(-1));
      const marker = join(copy, 'marker');
      writeFileSync(marker, '');
      sql(server, 'INSERT INTO transactions VALUES (3, "damaged")');
      const logs = await host.start('backup-logs');
      await shipped(server);
      await end(logs, 'SIGTERM');
      spawnSync('find', [join(copy, 'logs/data'), '-newer', marker, '-type', 'f', '-exec', 'truncate', '--size=9', '{}', '+']);
      shareBucket();
      await expect(host.run('restore-test')).rejects.toThrow(/piece \w+ of the logs cannot be read/);
      const before = await host.start('restore', ['keep', logged]);
      await said(before, 'kept until this pod goes');
      expect(sql(before, 'SELECT text FROM transactions ORDER BY id', COPY)).toBe('dumped\nlogged');
      await end(before, 'SIGTERM');
      const alone = await host.start('restore', ['keep', 'dump']);
      await said(alone, 'kept until this pod goes');
      expect(alone.output()).toContain('everything that was committed after dump');
      expect(sql(alone, 'SELECT text FROM transactions ORDER BY id', COPY)).toBe('dumped');
      await end(alone, 'SIGTERM');
    });

    it('take no log away where no dump is young', async () => {
      redate(hours(-8 * 24));
      await expect(host.run('backup-prune')).rejects.toThrow('no log is taken away: the newest dump is of');
    });
  });

  it('keep a copy in a volume of its own, beside the server that runs, whoever has locked the bucket', async () => {
    await leaveLock('dumps', 'elsewhere');
    await leaveLock('logs', 'elsewhere');
    const restore = await host.start('restore');
    await said(restore, 'kept until this pod goes');
    clearLocks();
    sql(server, 'DELETE FROM transactions');
    expect(sql(restore, 'SELECT text FROM transactions ORDER BY id', COPY)).toBe('dumped\nlogged');
    const programs = ['VIEWS WHERE TABLE', 'TRIGGERS WHERE TRIGGER', 'ROUTINES WHERE ROUTINE', 'EVENTS WHERE EVENT'];
    const counts = programs.map((what) => `(SELECT COUNT(*) FROM information_schema.${what}_SCHEMA = DATABASE())`);
    expect(sql(restore, `SELECT ${counts.join()}`, COPY)).toBe('1\t1\t2\t1');
    await end(restore, 'SIGTERM');
  });

  describe('in a bucket of their own', () => {
    let number = 0;
    beforeEach(() => {
      host.settings['BACKUP_BUCKET'] = host.emptyFolder(`bucket-${(number += 1)}`);
    });
    afterAll(() => {
      host.settings['BACKUP_BUCKET'] = bucket;
    });

    it('store logs with the access key that is there, not with that of their beginning', async () => {
      const logs = await host.start('backup-logs');
      await said(logs, 'beginning after');
      await shipped(server);
      inside(logs, ['sh', '-c', 'echo changed >/run/secrets/backup/access-key-id']);
      sql(server, 'FLUSH PRIVILEGES');
      await shipped(server);
      expect(inside(logs, ['cat', '/run/backup/credentials'])).toContain('aws_access_key_id = changed\n');
      await end(logs, 'SIGTERM');
    });

    it('make sure of a server by its authority and its name, where the environment verifies', async () => {
      const authority = new Authority();
      const folder = temporaryFolder();
      const show = (name: string) => {
        authority.issue(folder, [name]);
        const files = { ssl_ca: 'ca.crt', ssl_cert: 'tls.crt', ssl_key: 'tls.key' };
        const settings = Object.entries(files).map(([setting, file]) => `${setting} = '${join(folder, file)}'`);
        chmodSync(join(folder, 'tls.key'), 0o644);
        expect(sql(server, `SET GLOBAL ${settings.join(', GLOBAL ')}; ALTER INSTANCE RELOAD TLS`)).toBe('');
      };
      const verified = { environment: { TLS: 'verified' }, files: { '/run/secrets/backup/ca.crt': authority.certificate } };
      const refused = /ERROR 2026[^]*none of mysql can be dumped/;
      // The certificate that it made for itself; that of another; its own.
      await expect(host.run('backup', undefined, verified)).rejects.toThrow(refused);
      show('elsewhere');
      await expect(host.run('backup', undefined, verified)).rejects.toThrow(refused);
      show('mysql');
      expect(await host.run('backup', undefined, verified)).toContain('dumping mysql');
      const logs = await host.start('backup-logs', undefined, verified);
      await said(logs, 'beginning after');
      await shipped(server);
      sql(server, 'FLUSH PRIVILEGES');
      await shipped(server);
      await end(logs, 'SIGTERM');
    });

    it('restore nothing that waited for a replica, and that the server which is promoted never had', async () => {
      const ship = async () => {
        const logs = await host.start('backup-logs');
        await shipped(server);
        await end(logs, 'SIGTERM');
      };
      await host.run('backup');
      await ship();
      sql(server, 'INSERT INTO transactions VALUES (20, "acknowledged")');
      await end(server, 'SIGTERM');
      // What the other server has: all of it, and a name of its own.
      const promoted = host.emptyFolder('promoted');
      spawnSync('cp', ['-a', `${host.emptyFolder('fintrack_mysql_data')}/.`, promoted]);
      rmSync(join(promoted, 'data/auto.cnf'));
      server = await startServer();
      sql(server, 'SET GLOBAL rpl_semi_sync_source_timeout = 4294967295, GLOBAL rpl_semi_sync_source_enabled = ON');
      begin(server, 'INSERT INTO transactions VALUES (21, "transfer")');
      const state = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for semi-sync ACK%'";
      await waitUntil('it waits', 20, () => sql(server, state) === '1');
      const moment = new Date(Date.now() + 1000).toISOString();
      await ship();
      await end(server, 'SIGKILL');
      host.settings['MYSQL_VOLUME'] = 'promoted';
      server = await startServer();
      sql(server, 'INSERT INTO transactions VALUES (22, "transfer")');
      await ship();
      shareBucket();
      for (const [to, rows] of [
        [[], '20\tacknowledged\n22\ttransfer'],
        [[moment], '20\tacknowledged'],
      ] as const) {
        const restore = await host.start('restore', ['keep', ...to]);
        await said(restore, 'kept until this pod goes');
        expect(sql(restore, 'SELECT id, text FROM transactions WHERE id >= 20', COPY)).toBe(rows);
        await end(restore, 'SIGTERM');
      }
    });
  });

  it('begin with a server that has no transaction yet, and resume after nothing', async () => {
    host.settings['BACKUP_BUCKET'] = host.emptyFolder('other');
    sql(server, 'RESET BINARY LOGS AND GTIDS');
    const first = await host.start('backup-logs');
    await waitUntil('a round is over', 60, () => inside(first, ['ls', '/spool']).includes('alive'));
    await end(first, 'SIGTERM');
    const second = await host.start('backup-logs');
    await said(second, 'resuming after nothing');
    sql(server, 'INSERT INTO transactions VALUES (9, "first")');
    await shipped(server);
    await end(second, 'SIGTERM');
    host.settings['BACKUP_BUCKET'] = bucket;
  });

  it('refuse a volume that has data, and fill an empty one that the next server starts with', async () => {
    shareBucket();
    await expect(host.run('restore-primary')).rejects.toThrow('a restore never writes over data');
    await end(server, 'SIGTERM');
    host.settings['MYSQL_VOLUME'] = 'fintrack_mysql_2';
    await host.run('restore-primary');
    expect(existsSync(join(host.emptyFolder('fintrack_mysql_2'), 'data/mysql'))).toBe(true);
    server = await startServer();
    expect(sql(server, 'SELECT text FROM transactions ORDER BY id')).toBe('dumped\nlogged');
    await end(server, 'SIGTERM');
  });

  it('say what is missing where no bucket is named', async () => {
    host.settings['BACKUP_BUCKET'] = '';
    await expect(host.run('backup')).rejects.toThrow('BUCKET: names the store, the bucket and a folder');
  });
});
