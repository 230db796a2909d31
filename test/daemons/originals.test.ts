import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  accepts,
  type Answer,
  answerOf,
  type Daemon,
  freePort,
  requireDaemon,
  startDaemon,
  temporaryFolder,
  waitForPort,
  waitUntil,
} from './daemon';

// Lines of the notes that FinTrack began with, which a daemon refuses or understands as something else, each beside its right form.

/** A file in a folder of its own; its path. */
function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('Redis', () => {
  beforeAll(() => requireDaemon('redis-server', 'redis-server'));

  /** Whether Redis starts with this line; it is stopped again at once. */
  async function start(line: string): Promise<Answer> {
    const port = await freePort();
    const config = file('redis.conf', `port ${port}\nbind 127.0.0.1\ndir ${temporaryFolder()}\n${line}\n`);
    const redis: Daemon = startDaemon(['redis-server', config]);
    await waitUntil('Redis starts or ends', 30, async () => redis.child.exitCode !== null || (await accepts(port)));
    const code = redis.child.exitCode ?? 0;
    await redis.stop();
    return { code, text: redis.output() };
  }

  it.each([
    ['save 900 1   # after 900 seconds with one change', '# after 900 seconds with one change\nsave 900 1'],
    ['maxmemory 256mb  # what it may use', '# what it may use\nmaxmemory 256mb'],
  ])('does not start with "%s", because a comment needs its own line', async (wrong, right) => {
    expect(await start(wrong)).toEqual({ code: 1, text: expect.stringContaining('FATAL CONFIG FILE ERROR') as string });
    expect(await start(right)).toMatchObject({ code: 0 });
  });
});

describe('PHP-FPM', () => {
  beforeAll(() => requireDaemon('php-fpm8.2', 'php8.2-fpm'));

  const test = (line: string): Promise<Answer> => {
    const pool =
      'listen = 127.0.0.1:9000\nuser = nobody\npm.max_children = 5\npm.start_servers = 2\npm.min_spare_servers = 1\npm.max_spare_servers = 3';
    return answerOf('php-fpm8.2', '-t', '-y', file('www.conf', `[global]\nerror_log = /dev/stderr\n[www]\n${pool}\n${line}\n`));
  };

  it('does not start with "pm = dynamic   # text", because its comments begin with a semicolon', async () => {
    expect(await test('pm = dynamic   # grows and shrinks')).toMatchObject({
      code: 78,
      text: expect.stringContaining("unable to parse value for entry 'pm'") as string,
    });
    expect(await test('pm = dynamic   ; grows and shrinks')).toMatchObject({ code: 0 });
  });
});

describe('PHP', () => {
  beforeAll(() => requireDaemon('php', 'php8.2-cli'));

  const bytesOf = async (line: string): Promise<string> => {
    const code = "echo PHP_EOL, @ini_parse_quantity(ini_get('upload_max_filesize'));";
    const { text } = await answerOf('php', '-c', file('php.ini', `${line}\n`), '-r', code);
    return text.trim().split('\n').at(-1) ?? '';
  };

  it('takes "upload_max_filesize = 20M  # text" for 20 bytes, because its comments begin with a semicolon', async () => {
    expect(await bytesOf('upload_max_filesize = 20M  # of a picture')).toBe('20');
    expect(await bytesOf('upload_max_filesize = 20M  ; of a picture')).toBe(String(20 * 1024 * 1024));
  });
});

describe('nginx', () => {
  beforeAll(() => requireDaemon('nginx', 'nginx-light'));

  /** An nginx.conf, and beside it in conf.d a server that answers "served". */
  function configuration(port: number, include: string): string {
    const conf = file('nginx.conf', `pid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n  ${include}\n}\n`);
    mkdirSync(join(conf, '../conf.d'));
    writeFileSync(join(conf, '../conf.d/default.conf'), `server { listen 127.0.0.1:${port}; location / { return 200 served; } }\n`);
    return conf;
  }

  const options = (conf: string): string[] => ['-p', join(conf, '..'), '-c', conf, '-e', 'stderr'];

  it('accepts an nginx.conf that includes no server, and then serves nothing', async () => {
    const port = await freePort();
    const conf = configuration(port, '');
    expect(await answerOf('nginx', '-t', ...options(conf))).toMatchObject({ code: 0 });
    const nginx = startDaemon(['nginx', '-g', 'daemon off;', ...options(conf)]);
    await waitUntil('nginx has started', 30, () => existsSync(join(conf, '../nginx.pid')));
    expect(await accepts(port)).toBe(false);
    expect(nginx.child.exitCode).toBeNull();
  });

  it('serves what conf.d/*.conf describes once nginx.conf includes it', async () => {
    const port = await freePort();
    const conf = configuration(port, 'include conf.d/*.conf;');
    startDaemon(['nginx', '-g', 'daemon off;', ...options(conf)]);
    await waitForPort(port, 30);
    const body = await new Promise<string>((resolve, reject) => {
      request({ host: '127.0.0.1', port }, (response) => response.on('data', (part: Buffer) => resolve(part.toString())))
        .on('error', reject)
        .end();
    });
    expect(body).toBe('served');
  });
});

describe('MySQL', () => {
  beforeAll(() => requireDaemon('mysqld', "mysql-community-server, which is MySQL's own package and not Debian's"));

  const validate = (lines: string): Promise<Answer> => {
    const conf = file('my.cnf', `[mysqld]\n${lines}\n`);
    return answerOf('mysqld', `--defaults-file=${conf}`, '--validate-config', '--user=root', '--secure-file-priv=NULL');
  };

  it('does not start with query_cache_size, which MySQL 8.0 removed; what it reads is cached by innodb_buffer_pool_size', async () => {
    expect(await validate('query_cache_size = 16M')).toMatchObject({
      code: 1,
      text: expect.stringContaining("unknown variable 'query_cache_size=16M'") as string,
    });
    expect(await validate('innodb_buffer_pool_size = 256M')).toMatchObject({ code: 0 });
  });

  it('does not start with innodb_log_file_size from 9.0 on; innodb_redo_log_capacity is accepted by every release in use', async () => {
    const { text: version } = await answerOf('mysqld', '--no-defaults', '--version');
    const release = Number(/Ver (\d+)/.exec(version)?.[1]);
    const { code, text } = await validate('innodb_log_file_size = 256M');
    if (release >= 9) expect({ code, text }).toMatchObject({ code: 1, text: expect.stringContaining('unknown variable') as string });
    else expect(code).toBe(0);
    expect(await validate('innodb_redo_log_capacity = 512M')).toMatchObject({ code: 0 });
  });
});
