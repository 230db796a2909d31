import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from '../support/folders';
import { end, ended, processOf, requireDaemon, startDaemon, temporaryFolder, waitUntil, type Daemon } from './daemon';

const USER = 10003;
const SCRIPTS = '/etc/fintrack/mysql';

/** What an environment decides, as in the pods. */
const ENVIRONMENT = {
  HOSTNAME: 'mysql-primary-0',
  MYSQL_DATABASE: 'financial_tracker',
  SERVER_ID_BASE: '100',
  SEMI_SYNC: 'off',
  MAX_LAG_SECONDS: '30',
};

/** Every account and the secret file with its password. */
const ACCOUNTS = {
  root: 'root-password',
  laravel: 'app-password',
  probe: 'probe-password',
  exporter: 'exporter-password',
  replication: 'replication-password',
  clone: 'clone-password',
  backup: 'backup-password',
};
type Account = keyof typeof ACCOUNTS;
const NAMES = Object.keys(ACCOUNTS) as Account[];

/** A word that is in every password and nowhere else. */
const MARK = 'p4r0l';
const passwordOf = (account: Account): string => `${MARK}-${account}'"\\ \\\\$H\`i\``;

/**
 * Makes what a pod has, so that the scripts run unchanged: its own mounts, network and processes, in which the command is
 * process 1. Arguments: a folder with `data`, `secrets`, `topology` and an empty `etc`, the files of docker/mysql, the user,
 * the command.
 */
const POD = `
  set -eu
  folder=$1 files=$2 user=$3; shift 3
  mount -t tmpfs tmpfs "$folder/etc"
  cp -a /etc/. "$folder/etc/"
  rm -rf "$folder/etc/mysql" "$folder/etc/my.cnf"
  mkdir -p "$folder/etc/mysql/conf.d" "$folder/etc/fintrack/mysql" "$folder/etc/fintrack/topology"
  # As in the image.
  echo '!includedir /etc/mysql/conf.d/' >"$folder/etc/my.cnf"
  cp "$files/my.cnf" "$folder/etc/mysql/conf.d/"
  mount --bind "$files" "$folder/etc/fintrack/mysql"
  mount --bind "$folder/topology" "$folder/etc/fintrack/topology"
  mount --rbind "$folder/etc" /etc
  mount -t tmpfs -o mode=755 tmpfs /var/lib
  mkdir /var/lib/mysql
  mount --bind "$folder/data" /var/lib/mysql
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/secrets/mysql /run/mysqld
  chown "$user:$user" /run/mysqld
  mount --bind "$folder/secrets" /run/secrets/mysql
  mount -t proc proc /proc
  busybox ip link set lo up
  exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
`;

/** The volumes of a pod. The data is in memory, where MySQL needs a third of the time; `keeper` holds it from pod to pod. */
interface Volumes {
  readonly folder: string;
  readonly keeper: Daemon;
}

/** What is mounted at SCRIPTS and what is in the environment: in a pod all files of docker/mysql. */
interface Given {
  readonly files: string;
  readonly environment: Readonly<Record<string, string>>;
}
const IN_PODS: Given = { files: join(REPOSITORY, 'docker/mysql'), environment: ENVIRONMENT };

interface Pod {
  readonly volumes: Volumes;
  readonly daemon: Daemon;
  readonly given: Given;
}

async function emptyVolumes(): Promise<Volumes> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  for (const part of ['data', 'secrets', 'topology', 'etc']) mkdirSync(join(folder, part));
  for (const name of NAMES) writeFileSync(join(folder, 'secrets', ACCOUNTS[name]), passwordOf(name));
  writeFileSync(join(folder, 'topology/primary'), 'mysql-primary-0\n');
  writeFileSync(join(folder, 'topology/servers'), 'mysql-primary-0\n');
  const hold = `mount -t tmpfs -o size=1g,uid=${USER},gid=${USER} tmpfs "$0/data"; echo held; exec sleep infinity`;
  const keeper = startDaemon(['unshare', '--mount', 'bash', '-euc', hold, folder]);
  await until('a volume is there', keeper, () => keeper.output().includes('held'));
  return { folder, keeper };
}

/** Where this process finds the data volume. */
const dataOf = ({ folder, keeper }: Volumes): string => join(`/proc/${keeper.child.pid ?? 0}/root`, folder, 'data');

function start(volumes: Volumes, command: readonly string[], given = IN_PODS): Pod {
  const isolated = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', 'bash', '-c', POD, 'pod', volumes.folder];
  const argv = ['nsenter', `--target=${volumes.keeper.child.pid ?? 0}`, '--mount', ...isolated, given.files];
  return { volumes, given, daemon: startDaemon([...argv, String(USER), ...command], { env: given.environment }) };
}

const bootstrap = (volumes: Volumes, given?: Given): Pod => start(volumes, ['bash', `${SCRIPTS}/bootstrap.sh`], given);

/** Waits, and on failure shows what the pod wrote. A busy machine needs several times the seconds that an idle one needs. */
async function until(what: string, daemon: Daemon, happened: () => boolean): Promise<void> {
  try {
    await waitUntil(what, 120, happened);
  } catch (error) {
    throw new Error(`${String(error)}\n${daemon.output()}`, { cause: error });
  }
}

/** Runs a command in the pod, as `kubectl exec` would. @param input its standard input */
function inside(pod: Pod, argv: readonly string[], env: Record<string, string> = {}, input = ''): { code: number | null; text: string } {
  const namespaces = ['--mount', '--net', '--pid', '--root', '--wd=/', `--setuid=${USER}`, `--setgid=${USER}`];
  const { status, stdout, stderr } = spawnSync('nsenter', [`--target=${processOf(pod.daemon) ?? ''}`, ...namespaces, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, ...pod.given.environment, ...env },
    input,
  });
  return { code: status, text: `${stdout}${stderr}`.trim() };
}

const ready = (pod: Pod) => inside(pod, ['bash', `${SCRIPTS}/ready.sh`]);

/** What the server answers to an account with this password: root by the socket, as only there is one, all others by TCP. */
function query(pod: Pod, account: string, password: string, sql: string): string {
  const way = account === 'root' ? ['--socket=/var/run/mysqld/mysqld.sock'] : ['--host=127.0.0.1', '--protocol=TCP'];
  const argv = ['mysql', '--no-defaults', `--user=${account}`, ...way, '--batch', '--skip-column-names', `--execute=${sql}`];
  return inside(pod, argv, { MYSQL_PWD: password }).text;
}

/** Arguments and environment of every process in the pod, one text for each. */
function visibleIn(pod: Pod): string[] {
  const namespace = (pid: string | number): string => readlinkSync(`/proc/${pid}/ns/pid`);
  const textOf = (pid: string): string =>
    ['cmdline', 'environ']
      .map((part) => readFileSync(`/proc/${pid}/${part}`, 'utf8'))
      .join('')
      .replaceAll('\0', ' ');
  try {
    const own = namespace(processOf(pod.daemon) ?? '');
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((pid) => {
        try {
          return namespace(pid) === own ? [textOf(pid)] : [];
        } catch {
          return []; // it has ended
        }
      });
  } catch {
    return []; // the pod has ended
  }
}

/** A server that has put its components away says its last words as it always did. */
const LAST_WORDS = /^\S+Z \d+ \[System] \[MY-\d+] \[Server] (.*: Shutdown complete .*|MySQL Server - end\.)$/;

/** What a server has logged, each event from one line. */
function eventsOf(output: string): unknown[] {
  const lines = output.split('\n').filter((line) => line !== '' && !LAST_WORDS.test(line));
  return lines.map((line) => JSON.parse(line) as unknown);
}

beforeAll(() => {
  const source = "mysql-community-server, which is MySQL's own package and not Debian's";
  for (const program of ['mysqld', 'mysql', 'mysqladmin']) requireDaemon(program, source);
  requireDaemon('busybox', 'busybox');
});

jest.setTimeout(300_000);

describe('my.cnf', () => {
  it('is accepted by mysqld', async () => {
    const pod = start(await emptyVolumes(), ['mysqld', '--validate-config']);
    expect(await ended(pod.daemon)).toBe(0);
    expect(pod.daemon.output()).not.toMatch(/\[ERROR]|"label" : "Error"/);
  });
});

describe('bootstrap.sh', () => {
  it('refuses every empty secret file and names it', async () => {
    const volumes = await emptyVolumes();
    for (const name of NAMES) {
      const file = join(volumes.folder, 'secrets', ACCOUNTS[name]);
      writeFileSync(file, '');
      const pod = bootstrap(volumes);
      expect([name, await ended(pod.daemon)]).toEqual([name, 1]);
      expect(pod.daemon.output()).toContain(`/run/secrets/mysql/${ACCOUNTS[name]} is empty; the Secret it comes from needs a value`);
      writeFileSync(file, passwordOf(name));
    }
  });

  describe('killed three times and run to its end', () => {
    /** What is in the log when it is killed: in the middle of the initialisation, before the accounts, and after them. */
    const MOMENTS = ['InnoDB initialization has ended', 'ready for connections', 'Received SHUTDOWN'];
    const leftovers: string[][] = [];
    const visible = new Set<string>();
    let volumes: Volumes;
    let last: Pod;
    let server: Pod;

    beforeAll(async () => {
      volumes = await emptyVolumes();
      for (const moment of MOMENTS) {
        const pod = bootstrap(volumes);
        await until(moment, pod.daemon, () => pod.daemon.output().includes(moment));
        await end(pod.daemon, 'SIGKILL');
        leftovers.push(readdirSync(dataOf(volumes)));
      }
      last = bootstrap(volumes);
      await until('bootstrap.sh ends', last.daemon, () => {
        visibleIn(last).forEach((text) => visible.add(text));
        return last.daemon.child.exitCode !== null;
      });
      server = start(volumes, ['bash', `${SCRIPTS}/start.sh`]);
      await until('the server answers', server.daemon, () => ready(server).text === 'declared primary, and closed');
    });

    it('never had a data directory before the end', () => expect(leftovers).toEqual(MOMENTS.map(() => ['new', 'tmp'])));

    it('begins again and leaves a data directory and one to sort in, and nothing else', () => {
      expect(last.daemon.child.exitCode).toBe(0);
      expect(last.daemon.output()).toContain('interrupted first start found, beginning again');
      expect(readdirSync(dataOf(volumes))).toEqual(['data', 'tmp']);
    });

    it('shows no password in any argument or environment, sampled while it ran', () => {
      const texts = [...visible];
      expect(texts.filter((text) => text.includes('mysqld') && text.includes('--initialize-insecure'))).not.toEqual([]);
      expect(texts.filter((text) => text.includes(MARK))).toEqual([]);
    });

    it.each(NAMES)('makes %s with its password, quotes and backslashes included', (name) => {
      expect(query(server, name, passwordOf(name), 'SELECT 1')).toBe('1');
      expect(query(server, name, passwordOf(name).replaceAll('\\', ''), 'SELECT 1')).toContain('Access denied');
    });

    it('leaves no account without a password', () => {
      const sql = "SELECT user FROM mysql.user WHERE authentication_string = '' AND account_locked = 'N'";
      expect(query(server, 'root', passwordOf('root'), sql)).toBe('');
    });

    it('gives the application its own database and no other', () => {
      const application = (sql: string): string => query(server, 'laravel', passwordOf('laravel'), sql);
      expect(application('SHOW DATABASES').split('\n')).toEqual(['financial_tracker', 'information_schema', 'performance_schema']);
      // In a grant `_` stands for any character.
      expect(application('SHOW GRANTS')).toMatch(/ON `financial\\+_tracker`\.\*/);
    });

    it('makes no transaction that a replica would have to repeat', () => {
      expect(query(server, 'root', passwordOf('root'), 'SELECT @@GLOBAL.gtid_executed')).toBe('');
    });

    it('starts a server that sorts on its volume, not on the disk of the node', () => {
      expect(query(server, 'root', passwordOf('root'), 'SELECT @@GLOBAL.tmpdir')).toBe('/var/lib/mysql/tmp');
    });

    it('starts a server that is ready once it takes writes', () => {
      expect(ready(server)).toEqual({ code: 1, text: 'declared primary, and closed' });
      query(server, 'root', passwordOf('root'), 'SET GLOBAL super_read_only = OFF');
      expect(ready(server)).toEqual({ code: 0, text: '' });
      writeFileSync(join(volumes.folder, 'secrets/probe-password'), 'another');
      expect(ready(server)).toEqual({ code: 1, text: expect.stringMatching(/^no answer: .*Access denied/) as string });
    });

    describe('role.sh', () => {
      const sql = (text: string) => query(server, 'root', passwordOf('root'), text);
      const LACKING = '11111111-1111-1111-1111-111111111111:1-5';
      /** Runs it for some seconds. @param refused part of a question that this server leaves open @param other what another server answers @default - nothing */
      const role = (refused: string, other?: string): string => {
        const programs = temporaryFolder();
        chmodSync(programs, 0o755);
        const mysql = `#!/bin/bash
          case "$*" in
          *--host=mysql-replica-0*) ${other === undefined ? 'exit 1' : `printf '${other}'; exit`} ;;
          *"${refused}"*) echo 'ERROR 1040 (08004): Too many connections' >&2; exit 1 ;;
          esac
          PATH=\${PATH#*:} exec mysql "$@"`;
        writeFileSync(join(programs, 'mysql'), mysql, { mode: 0o755 });
        return inside(server, ['timeout', '4', 'bash', `${SCRIPTS}/role.sh`], { PATH: `${programs}:${process.env['PATH']}` }).text;
      };

      beforeAll(() => {
        writeFileSync(join(volumes.folder, 'topology/servers'), 'mysql-primary-0\nmysql-replica-0\n');
        sql("SET GLOBAL super_read_only = ON; CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'mysql-replica-0'");
      });
      afterAll(() => {
        sql('RESET REPLICA ALL');
        writeFileSync(join(volumes.folder, 'topology/servers'), 'mysql-primary-0\n');
      });

      it.each([
        ['the old primary does not answer', undefined, 'not opening: mysql-replica-0 does not answer'],
        [
          'another server has more',
          `1\\t${LACKING}\\n`,
          `not opening: mysql-replica-0 has transactions that this server lacks: ${LACKING}`,
        ],
      ])('does not open a server where %s', (_, other, reason) => {
        expect(role('never asked', other)).toContain(reason);
      });

      it.each([
        ['whom it follows', undefined, 'replication_connection_configuration'],
        ['what it lacks', `1\\t${LACKING}\\n`, 'SELECT GTID_SUBTRACT('],
      ])('does not open a server that leaves open %s, as when its connections are all taken', (_, other, refused) => {
        expect(role(refused, other)).not.toContain('open: ');
        expect(sql('SELECT @@GLOBAL.super_read_only')).toBe('1');
      });

      it.each([
        ['is declared no longer', 'mysql-replica-0'],
        ['is open', 'mysql-primary-0'],
      ])('forgets that the old primary is lost once this server %s', (_, primary) => {
        const lost = '/var/run/mysqld/primary-is-lost';
        inside(server, ['touch', lost]);
        writeFileSync(join(volumes.folder, 'topology/primary'), `${primary}\n`);
        role('never asked');
        expect(inside(server, ['ls', lost]).code).not.toBe(0);
        writeFileSync(join(volumes.folder, 'topology/primary'), 'mysql-primary-0\n');
      });

      it('takes a server for open as long as a statement keeps it from being closed', () => {
        const asked = `. ${SCRIPTS}/server.sh
          eval "$(sed -n '/^CLOSED=/p; /^HAS=/,/))"$/p' ${SCRIPTS}/role.sh)"
          closed() { here --execute="$HAS" | cut -f 1; }
          here --execute='SET GLOBAL read_only = OFF; SET sql_log_bin = OFF; CREATE TABLE financial_tracker.statement (id INT)'
          within() { until [[ $(here --execute="SELECT $1") == 1 ]]; do sleep 0.1; done; }
          here --execute='SET sql_log_bin = OFF; INSERT INTO financial_tracker.statement SELECT SLEEP(8)' &
          within "EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep')"
          here --execute='SET GLOBAL super_read_only = ON' &
          within '@@GLOBAL.super_read_only'
          closed; wait; closed
          here --execute='SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'`;
        expect(inside(server, ['bash', '-c', asked])).toEqual({ code: 0, text: '0\n1' });
      });

      it('promotes at a human word that holds for this promotion only', () => {
        writeFileSync(join(volumes.folder, 'topology/primary'), 'mysql-replica-0\n');
        const promote = ['timeout', '3', 'bash', `${SCRIPTS}/promote.sh`, '--old-primary-is-lost'];
        expect(inside(server, promote).text).toContain('waiting for the declaration');
        expect(inside(server, ['ls', '/var/run/mysqld/primary-is-lost']).code).not.toBe(0);
        writeFileSync(join(volumes.folder, 'topology/primary'), 'mysql-primary-0\n');
      });
    });

    describe('password.sh', () => {
      const change = (args: readonly string[], input = '') => inside(server, ['bash', `${SCRIPTS}/password.sh`, ...args], {}, input);
      const fresh = `n'"\\\\ ${MARK}-fresh`;
      const accepted = (password: string): boolean => query(server, 'laravel', password, 'SELECT 1') === '1';

      it('gives an account a second password, and then ends the first', () => {
        expect(change(['app-password'], fresh)).toMatchObject({ code: 0 });
        expect([passwordOf('laravel'), fresh].map(accepted)).toEqual([true, true]);
        expect(change(['app-password', '--discard-old'], fresh)).toMatchObject({ code: 65 });
        expect([passwordOf('laravel'), fresh].map(accepted)).toEqual([true, true]);
        writeFileSync(join(volumes.folder, 'secrets/app-password'), fresh);
        expect(change(['app-password', '--discard-old'], fresh)).toMatchObject({ code: 0 });
        expect([passwordOf('laravel'), fresh].map(accepted)).toEqual([false, true]);
      });

      it.each(Object.values(ACCOUNTS))('knows whose %s is', (key) => {
        expect(change([key], `${fresh}, again`)).toMatchObject({ code: 0 });
      });

      it.each([
        ['a short one', ['app-password'], 'short', 65, 'the new password has 5 characters; it must have 16 to 32'],
        ['a long one', ['app-password'], 'x'.repeat(33), 65, 'the new password has 33 characters; it must have 16 to 32'],
        ['an unknown key', ['laravel'], fresh, 64, "no account belongs to key 'laravel'"],
        ['an unknown option', ['app-password', '--now'], fresh, 64, 'unknown option --now'],
      ])('refuses %s', (_, args, input, code, text) => {
        const refused = change(args, input);
        expect(refused).toEqual({ code, text: expect.stringContaining(text) as string });
        expect(accepted(`${fresh}, again`)).toBe(true);
      });
    });

    it('logs one line of JSON for each event', async () => {
      expect(await end(server.daemon, 'SIGTERM')).toBe(0);
      const events = eventsOf(server.daemon.output());
      expect(events).toContainEqual(
        expect.objectContaining({ label: 'System', msg: expect.stringContaining('ready for connections') as string }),
      );
      const text: unknown = expect.stringMatching(/./);
      expect(events).toEqual(events.map(() => expect.objectContaining({ time: text, label: text, msg: text }) as unknown));
      expect(server.daemon.output()).not.toContain(MARK);
    });

    it('does nothing when there is data', async () => {
      const changed = (): number => statSync(join(dataOf(volumes), 'data')).mtimeMs;
      const before = changed();
      const again = bootstrap(volumes);
      expect(await ended(again.daemon)).toBe(0);
      expect(again.daemon.output()).toMatch(/^\S+ bootstrap: data present, nothing to do\n$/);
      expect(changed()).toBe(before);
    });
  });
});

describe('what Compose gives MySQL in production', () => {
  it('is enough for the first start, and for the check of its health', async () => {
    const compose = parse(readFileSync(join(REPOSITORY, 'docker/docker-compose.prod.yml'), 'utf8'), { merge: true, maxAliasCount: -1 }) as {
      services: { mysql: { hostname: string; environment: Record<string, string>; volumes: string[]; command: string[] } };
    };
    const { hostname, environment, volumes: mounts, command } = compose.services.mysql;
    const files = temporaryFolder();
    chmodSync(files, 0o755);
    for (const [source = ''] of mounts.map((mount) => mount.split(':')).filter(([path = '']) => path.startsWith('./mysql/'))) {
      cpSync(join(REPOSITORY, 'docker', source), join(files, basename(source)));
    }
    const given: Given = { files, environment: { ...environment, MYSQL_DATABASE: 'financial_tracker', HOSTNAME: hostname } };
    const volumes = await emptyVolumes();
    const first = bootstrap(volumes, given);
    await ended(first.daemon);
    expect({ code: first.daemon.child.exitCode, said: first.daemon.output() }).toMatchObject({ code: 0 });
    const server = start(volumes, ['mysqld', ...command], given);
    await until('the server is healthy', server.daemon, () => ready(server).code === 0);
    expect(query(server, 'laravel', passwordOf('laravel'), 'SELECT 1')).toBe('1');
  });
});
