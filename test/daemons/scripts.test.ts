import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from '../support/folders';
import { type Daemon, type DaemonOptions, ended, requireDaemon, startDaemon, temporaryFolder, waitUntil } from './daemon';

const KEY = 'base64:dGhlIGtleQ==';
const PASSWORD = 'it\'s "quoted" \\ and\\\\ $HOME `id` *';

/** What `env -0` wrote. */
function environmentIn(file: string): Record<string, string> {
  const entries = readFileSync(file, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}

/** A folder with programs that come before the real ones: the test decides what PHP answers and how fast a minute passes. */
function stage(programs: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\ncd ${folder}\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);

function script(name: string, folder: string, args: readonly string[], options: Pick<DaemonOptions, 'cwd' | 'env'> = {}): Daemon {
  return startDaemon(['busybox', 'sh', join(REPOSITORY, 'docker', name), ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    onlyEnv: { PATH: `${folder}:/usr/bin:/bin`, ...options.env },
  });
}

async function stopped(daemon: Daemon, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  daemon.child.kill(signal);
  return ended(daemon);
}

beforeAll(() => {
  requireDaemon('busybox', 'busybox');
});

describe('entrypoint.sh', () => {
  interface Application {
    readonly folder: string;
    readonly secrets: string;
    readonly programs: string;
    start(argv?: readonly string[], env?: Record<string, string>): Daemon;
  }

  const RECORD = ['sh', '-c', 'env -0 >started'];

  function application(secrets: Readonly<Record<string, string>>, php = 'env -0 >config; echo "$@" >arguments'): Application {
    const programs = stage({ php });
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'bootstrap/cache.image'), { recursive: true });
    mkdirSync(join(folder, 'bootstrap/cache'));
    writeFileSync(join(folder, 'bootstrap/cache.image/packages.php'), '<?php return [];');
    writeFileSync(join(folder, 'settings'), "APP_NAME='Fin Track'\nDB_HOST=mysql\n");
    // As the kubelet mounts a Secret: links into a folder whose name starts with two dots.
    mkdirSync(join(folder, 'secrets/..data'), { recursive: true });
    for (const [name, value] of Object.entries(secrets)) {
      writeFileSync(join(folder, 'secrets/..data', name), value);
      symlinkSync(`..data/${name}`, join(folder, 'secrets', name));
    }
    const mounted = { SETTINGS_FILE: join(folder, 'settings'), SECRETS_DIR: join(folder, 'secrets') };
    return {
      folder,
      programs,
      secrets: mounted.SECRETS_DIR,
      start: (argv = RECORD, env = mounted) => script('php/entrypoint.sh', programs, argv, { cwd: folder, env }),
    };
  }

  it('gives settings and secrets to config:cache, as they are', async () => {
    const app = application({ APP_KEY: `${KEY}\n`, DB_PASSWORD: PASSWORD });
    expect(await ended(app.start())).toBe(0);
    expect(linesOf(join(app.programs, 'arguments'))).toEqual(['artisan config:cache --quiet']);
    expect(environmentIn(join(app.programs, 'config'))).toMatchObject({
      APP_NAME: 'Fin Track',
      DB_HOST: 'mysql',
      APP_KEY: KEY,
      DB_PASSWORD: PASSWORD,
    });
  });

  it('gives the command neither secrets nor settings', async () => {
    const app = application({ APP_KEY: KEY, DB_PASSWORD: PASSWORD });
    expect(await ended(app.start())).toBe(0);
    const environment = environmentIn(join(app.folder, 'started'));
    delete environment['SHLVL']; // BusyBox sets it, other shells do not
    expect(Object.keys(environment)).toContain('SECRETS_DIR');
    expect(Object.keys(environment)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(APP|DB)_/)]));
    expect(Object.values(environment)).not.toEqual(expect.arrayContaining([expect.stringContaining(KEY)]));
    expect(Object.values(environment)).not.toContain(PASSWORD);
  });

  it('becomes the command, so that a signal reaches it', async () => {
    const app = application({ APP_KEY: KEY });
    const daemon = app.start(['sh', '-c', 'echo $$ "$@"', 'name', 'two words']);
    expect(await ended(daemon)).toBe(0);
    expect(daemon.output()).toBe(`${String(daemon.child.pid)} two words\n`);
  });

  it('starts from the caches that the image built, and no other account can read what it writes', async () => {
    const app = application({ APP_KEY: KEY }, `touch "$CACHE/config.php"`);
    const env = { SETTINGS_FILE: join(app.folder, 'settings'), SECRETS_DIR: app.secrets, CACHE: join(app.folder, 'bootstrap/cache') };
    expect(await ended(app.start(RECORD, env))).toBe(0);
    expect(readFileSync(join(env.CACHE, 'packages.php'), 'utf8')).toBe('<?php return [];');
    expect(statSync(join(env.CACHE, 'config.php')).mode & 0o077).toBe(0);
  });

  it('starts a second time in the same volume', async () => {
    const app = application({ APP_KEY: KEY });
    expect(await ended(app.start())).toBe(0);
    expect(await ended(app.start())).toBe(0);
  });

  it.each([
    ['an empty secret', { APP_KEY: KEY, DB_PASSWORD: '\n' }, /^entrypoint: \S+\/DB_PASSWORD is empty; .+\n$/],
    ['a missing APP_KEY', { DB_PASSWORD: PASSWORD }, /^[^\n]*APP_KEY: is missing: the Secret needs the key APP_KEY\n$/],
    ['a folder without secrets', {}, /^[^\n]+\n$/],
  ])('refuses %s with one line and does not start the command', async (_, secrets: Record<string, string>, line) => {
    const app = application(secrets);
    const daemon = app.start();
    expect(await ended(daemon)).not.toBe(0);
    expect(daemon.output()).toMatch(line);
    expect(existsSync(join(app.programs, 'config'))).toBe(false);
    expect(existsSync(join(app.folder, 'started'))).toBe(false);
  });

  it.each([
    ['no SETTINGS_FILE', (app: Application) => app.start(RECORD, { SECRETS_DIR: app.secrets }), 'names the file with the settings'],
    [
      'a SETTINGS_FILE that is not there',
      (app: Application) => {
        renameSync(join(app.folder, 'settings'), join(app.folder, 'elsewhere'));
        return app.start();
      },
      'settings',
    ],
  ])('refuses %s', async (_, start, said) => {
    const app = application({ APP_KEY: KEY });
    const daemon = start(app);
    expect(await ended(daemon)).not.toBe(0);
    expect(daemon.output()).toContain(said);
    expect(existsSync(join(app.folder, 'started'))).toBe(false);
  });

  it('does not start the command when config:cache fails', async () => {
    const app = application({ APP_KEY: KEY }, 'exit 3');
    expect(await ended(app.start())).toBe(3);
    expect(existsSync(join(app.folder, 'started'))).toBe(false);
  });

  it('only starts the command when there is no SECRETS_DIR, as in development', async () => {
    const app = application({ APP_KEY: KEY });
    expect(await ended(app.start(RECORD, { APP_KEY: KEY }))).toBe(0);
    expect(existsSync(join(app.programs, 'config'))).toBe(false);
    expect(environmentIn(join(app.folder, 'started'))).toMatchObject({ APP_KEY: KEY });
  });
});

describe('wait-for.sh', () => {
  /** Ten seconds pass with every look at the clock; PHP gives its reason until it has been asked `refusals` times. */
  function waiting(refusals: number): { folder: string; start: (...args: string[]) => Daemon } {
    const folder = stage({
      php: `echo "$@" >>calls; [ "$(wc -l <calls)" -gt ${refusals} ] || { echo; echo "  SQLSTATE[HY000] [2002] Connection refused"; echo more; exit 1; }`,
      date: 'echo tick >>ticks; echo $((10 * $(wc -l <ticks)))',
      sleep: 'exec /bin/sleep 0.01',
    });
    return { folder, start: (...args) => script('php/wait-for.sh', folder, args) };
  }

  it.each([
    ['database', 'artisan db:monitor --no-ansi'],
    ['migrations', 'artisan migrate:status --pending=1 --no-ansi'],
  ])('%s asks "%s" until it succeeds', async (what, call) => {
    const { folder, start } = waiting(3);
    expect(await ended(start(what))).toBe(0);
    expect(linesOf(join(folder, 'calls'))).toEqual(Array(4).fill(call));
  });

  it('says why it waits, at once and then every half minute', async () => {
    const daemon = waiting(7).start('database');
    expect(await ended(daemon)).toBe(0);
    const reason = 'SQLSTATE[HY000] [2002] Connection refused';
    expect(daemon.output().trim().replace(/ +/g, ' ').split('\n')).toEqual(
      [10, 40, 70].map((seconds) => `wait-for: database not satisfied after ${seconds} s: ${reason}`),
    );
  });

  it('is silent when there is nothing to wait for', async () => {
    const daemon = waiting(0).start('migrations');
    expect(await ended(daemon)).toBe(0);
    expect(daemon.output()).toBe('');
  });

  it('waits for one after another', async () => {
    const { folder, start } = waiting(0);
    expect(await ended(start('migrations', 'assets'))).toBe(0);
    expect(linesOf(join(folder, 'calls')).filter((line) => /^(artisan|-r)/.test(line))).toEqual([
      'artisan migrate:status --pending=1 --no-ansi',
      expect.stringMatching(/^-r/),
    ]);
  });

  it('asks nginx for the files that the manifest of Vite names, and for nothing where there is none', async () => {
    requireDaemon('php', 'php8.2-cli');
    const folder = stage({ sleep: 'exec /bin/sleep 0.01' });
    const plain = script('php/wait-for.sh', folder, ['assets'], { cwd: folder });
    expect(await ended(plain)).toBe(0);
    expect(plain.output()).toBe('');
    mkdirSync(join(folder, 'public/build'), { recursive: true });
    writeFileSync(join(folder, 'public/build/manifest.json'), '{"resources/js/app.js":{"file":"assets/app-1.js","isEntry":true}}');
    const waitingFor = script('php/wait-for.sh', folder, ['assets'], { cwd: folder });
    await waitUntil('the reason', 10, () => waitingFor.output() !== '');
    expect(await stopped(waitingFor)).toBe(143);
    expect(waitingFor.output()).toMatch(
      /^wait-for: assets not satisfied after \d+ s: http:\/\/nginx:8080\/build\/assets\/app-1\.js: no answer$/m,
    );
  });

  it('waits for assets as long as there are none, and says so every half minute', async () => {
    // The clock of `waiting` goes ten seconds with each look at it.
    const daemon = waiting(1500).start('assets');
    expect(await ended(daemon)).toBe(0);
    expect(daemon.output()).toMatch(/assets not satisfied after [4-9]\d\d s/);
  });

  it.each([[[]], [['databse']], [['database', 'asets']]])('refuses the arguments %j with one line', async (args: string[]) => {
    const { folder, start } = waiting(0);
    const daemon = start(...args);
    expect(await ended(daemon)).toBe(64);
    expect(daemon.output()).toBe("wait-for: give 'database', 'migrations' or 'assets'\n");
    expect(existsSync(join(folder, 'calls'))).toBe(false);
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)('ends on %s', async (signal) => {
    const { folder, start } = waiting(1_000_000);
    const daemon = start('database');
    await waitUntil('PHP is asked', 10, () => linesOf(join(folder, 'calls')).length > 0);
    expect(await stopped(daemon, signal)).toBe(143);
  });
});

describe('scheduler.sh', () => {
  interface Scheduler {
    readonly daemon: Daemon;
    readonly runs: () => string[];
    readonly sleeps: () => string[];
    /** Until the minute begins that does not end: a signal in the instant before it would wait for its end. */
    readonly asleep: () => Promise<void>;
  }

  /** The clock stands at 15 s before the minute; the first `minutes` pass quickly, then time stands still. A run takes 0.5 s. */
  function scheduler(minutes: number, php = 'echo "begin $*" >>runs; /bin/sleep 0.5; echo end >>runs'): Scheduler {
    const folder = stage({
      php,
      date: 'echo 1700000025',
      sleep: `echo $1 >>sleeps; [ "$(wc -l <sleeps)" -gt ${minutes} ] || exec /bin/sleep 0.05; exec /bin/sleep 3600`,
    });
    const daemon = script('php/scheduler.sh', folder, []);
    const runs = () => linesOf(join(folder, 'runs'));
    const sleeps = () => linesOf(join(folder, 'sleeps'));
    const asleep = () => waitUntil('the long minute begins', 10, () => sleeps().length === minutes + 1);
    return { daemon, runs, sleeps, asleep };
  }

  it('sleeps to the start of the next minute, then runs the schedule', async () => {
    const { daemon, runs, sleeps, asleep } = scheduler(1);
    await asleep();
    await waitUntil('the run is over', 10, () => runs().length === 2);
    expect(runs()).toEqual(['begin artisan schedule:run --no-ansi', 'end']);
    expect(sleeps()).toEqual(['15', '15']);
    expect(await stopped(daemon)).toBe(0);
  });

  it('starts the next minute while the last one still runs', async () => {
    const { daemon, runs } = scheduler(2);
    await waitUntil('two runs are over', 10, () => runs().filter((line) => line === 'end').length === 2);
    expect(runs().map((line) => line.slice(0, 5))).toEqual(['begin', 'begin', 'end', 'end']);
    await stopped(daemon);
  });

  it('goes on after a run that failed', async () => {
    const { daemon, runs, asleep } = scheduler(3, 'echo begin >>runs; exit 1');
    await asleep();
    await waitUntil('three runs', 10, () => runs().length === 3);
    await stopped(daemon);
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)('lets a run finish on %s, starts no other and then ends', async (signal) => {
    const { daemon, runs, asleep } = scheduler(1);
    await asleep();
    await waitUntil('a run begins', 10, () => runs().length > 0);
    expect(await stopped(daemon, signal)).toBe(0);
    expect(runs()).toEqual(['begin artisan schedule:run --no-ansi', 'end']);
  });

  it('lets a run finish on a second signal too', async () => {
    const { daemon, runs, asleep } = scheduler(1);
    await asleep();
    await waitUntil('a run begins', 10, () => runs().length > 0);
    daemon.child.kill('SIGTERM');
    await sleep(100);
    expect(await stopped(daemon)).toBe(0);
    expect(runs()).toHaveLength(2);
  });

  it('lets a task in the background finish, which is no child of its own', async () => {
    const folder = stage({
      // The first run starts a task, and has the scheduler told to stop.
      php: '[ -e runs ] || { echo begin >>runs; (/bin/sleep 1; echo end >>runs) >/dev/null 2>&1 & kill -TERM 1; }',
      date: 'echo 1700000025',
      sleep: 'exec /bin/sleep 0.05',
    });
    const command = ['unshare', '--pid', '--fork', '--mount-proc', 'busybox', 'sh', join(REPOSITORY, 'docker/php/scheduler.sh')];
    expect(await ended(startDaemon(command, { cwd: folder, onlyEnv: { PATH: `${folder}:/usr/bin:/bin` } }))).toBe(0);
    expect(linesOf(join(folder, 'runs'))).toEqual(['begin', 'end']);
  });

  it('ends at once when nothing runs', async () => {
    const { daemon, asleep } = scheduler(0);
    await asleep();
    const began = Date.now();
    expect(await stopped(daemon)).toBe(0);
    expect(Date.now() - began).toBeLessThan(2000);
  });
});

describe('start.sh of nginx', () => {
  const SLEEP = 'exec /bin/sleep 0.01';
  const NO_HOST = 'host not found in upstream "php:9000" in default.prod.conf:3';
  const ON_STDERR = `echo 'nginx: [emerg] ${NO_HOST}' >&2`;
  const IN_ERROR_LOG = `echo "$(date +%s%N) [emerg] $$#$$: "'${NO_HOST}' >&2`;
  const CONFIGURATION = `-c ${join(REPOSITORY, 'docker/nginx/nginx.conf')}`;

  it.each([
    ['on its own line', ON_STDERR],
    ['in its error log', IN_ERROR_LOG],
    ['on both', `${IN_ERROR_LOG}; ${ON_STDERR}`],
  ])('becomes nginx once its names have addresses, and says once that it waits: nginx says why %s', async (_, says) => {
    const folder = stage({
      nginx: `echo "$@" >>calls; [ "$1" = -t ] || { echo $PPID >parent; exit 0; }; [ "$(wc -l <calls)" -gt 3 ] || { ${says}; echo 'nginx: configuration file test failed' >&2; exit 1; }`,
      sleep: SLEEP,
    });
    const daemon = script('nginx/start.sh', folder, []);
    expect(await ended(daemon)).toBe(0);
    expect(daemon.output()).toBe(`start: waiting: ${NO_HOST}\n`);
    const calls = linesOf(join(folder, 'calls'));
    expect(calls).toEqual([...Array<string>(4).fill(`-t -q ${CONFIGURATION}`), `${CONFIGURATION} -g daemon off;`]);
    // Signals must reach nginx itself.
    expect(linesOf(join(folder, 'parent'))).toEqual([String(process.pid)]);
  });

  it('lets nginx say itself what else is wrong, and end', async () => {
    const folder = stage({ nginx: 'echo "unknown directive" >&2; exit 1', sleep: SLEEP });
    const daemon = script('nginx/start.sh', folder, []);
    expect(await ended(daemon)).toBe(1);
    expect(daemon.output()).toBe('unknown directive\n');
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)('ends on %s while it waits', async (signal) => {
    const daemon = script('nginx/start.sh', stage({ nginx: `${ON_STDERR}; exit 1`, sleep: SLEEP }), []);
    await waitUntil('it waits', 10, () => daemon.output() !== '');
    expect(await stopped(daemon, signal)).toBe(143);
  });
});

describe('exporter.sh of MySQL', () => {
  it('has the exporter read another password as soon as its Secret has one', async () => {
    const programs = stage({
      mysqld_exporter: 'grep password /run/exporter/my.cnf >>started; exec /bin/sleep 60',
      sleep: 'exec /bin/sleep 0.1',
    });
    const secrets = temporaryFolder();
    const secret = join(secrets, 'exporter-password');
    writeFileSync(secret, 'first');
    const mounted =
      'mount -t tmpfs tmpfs /run; mkdir -p /run/exporter /run/secrets; ln -s "$0" /run/secrets/exporter; exec busybox sh "$1"';
    const exporter = startDaemon(['unshare', '--mount', 'sh', '-c', mounted, secrets, join(REPOSITORY, 'docker/mysql/exporter.sh')], {
      onlyEnv: { PATH: `${programs}:/usr/sbin:/usr/bin:/bin` },
    });
    const started = () => linesOf(join(programs, 'started'));
    await waitUntil('it starts', 10, () => started().length === 1);
    // As the kubelet changes it: at once, and never half.
    for (const value of ['', 'second']) {
      writeFileSync(`${secret}.new`, value);
      renameSync(`${secret}.new`, secret);
      await sleep(500);
    }
    await waitUntil('it starts again', 10, () => started().length > 1);
    expect(started()).toEqual(['password = `first`', 'password = `second`']);
    expect(await stopped(exporter)).toBe(0);
    expect(exporter.output()).toMatch(/^exporter: another password; mysqld_exporter starts again\n(Terminated\n)?$/);
  });
});
