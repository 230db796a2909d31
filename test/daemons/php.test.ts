import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, requireDaemon, startDaemon, waitUntil } from './daemon';
import { askPool, makePlace, PHP_FPM, type Place, poolConfiguration, publish, type Result, run, scanFolders, startPhp } from './web';

const FPM_PING = join(__dirname, '../../docker/php/fpm-ping.sh');

const SETTINGS = [
  'memory_limit',
  'post_max_size',
  'upload_max_filesize',
  'max_execution_time',
  'opcache.validate_timestamps',
  'opcache.revalidate_freq',
  'display_errors',
  'expose_php',
];

/** Tells the values that a request of this pool has. */
const INI = `<?php foreach (explode(' ', '${SETTINGS.join(' ')}') as $name) { $values[$name] = ini_get($name); } echo json_encode($values);`;

// Not in a hook: those of the blocks below would run all the same and hide the one line that counts.
requireDaemon(PHP_FPM, 'php8.2-fpm');
requireDaemon('cgi-fcgi', 'libfcgi-bin');
requireDaemon('busybox', 'busybox');

async function testConfiguration(pool: string): Promise<Result> {
  const env = { PHP_FPM_MAX_CHILDREN: '2', PHP_INI_SCAN_DIR: scanFolders('php.ini') };
  const test = startDaemon([PHP_FPM, '-t', '-y', pool], { env, unprivileged: true });
  await waitUntil('php-fpm -t ends', 10, () => test.child.exitCode !== null);
  return { code: test.child.exitCode, output: test.output() };
}

describe('www.conf', () => {
  it('is accepted by PHP-FPM without a warning', async () => {
    const { code, output } = await testConfiguration(poolConfiguration(await makePlace()));
    expect(output).toContain('test is successful');
    expect(output).not.toMatch(/WARNING|ERROR/);
    expect(code).toBe(0);
  });

  it('would be refused with a comment that does not start with a semicolon, as it says', async () => {
    const pool = poolConfiguration(await makePlace(), (text) => text.replace('pm = static', 'pm = static # clean scaling signal'));
    const { code, output } = await testConfiguration(pool);
    expect(output).toContain("unable to parse value for entry 'pm'");
    expect(code).not.toBe(0);
  });
});

describe('settings of a request', () => {
  async function settings(scan: string): Promise<Record<string, string>> {
    const place = await makePlace();
    publish(place, { 'ini.php': INI });
    const php = await startPhp(place, poolConfiguration(place), scan);
    const { output } = await askPool(place, 'ini.php');
    await php.stop('SIGQUIT');
    return JSON.parse(output.slice(output.indexOf('{'))) as Record<string, string>;
  }

  it('are those of php.ini, found through PHP_INI_SCAN_DIR', async () => {
    expect(await settings(scanFolders('php.ini'))).toEqual({
      memory_limit: '128M',
      post_max_size: '24M',
      upload_max_filesize: '20M',
      max_execution_time: '50',
      'opcache.validate_timestamps': '0',
      'opcache.revalidate_freq': '2',
      display_errors: '',
      expose_php: '',
    });
  });

  it('are in development those of php.dev.ini where it has one, and of php.ini otherwise', async () => {
    expect(await settings(scanFolders('php.ini', 'php.dev.ini'))).toEqual({
      memory_limit: '128M',
      post_max_size: '24M',
      upload_max_filesize: '20M',
      max_execution_time: '50',
      'opcache.validate_timestamps': '1',
      'opcache.revalidate_freq': '0',
      display_errors: '1',
      expose_php: '',
    });
  });
});

describe('code that changes under a running process', () => {
  async function answersBeforeAndAfter(scan: string): Promise<string[]> {
    const place = await makePlace();
    publish(place, { 'release.php': "<?php echo 'release 1';" });
    // The cache leaves files alone that are younger than two seconds: they may still be written.
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(place.application, 'public/release.php'), anHourAgo, anHourAgo);
    const php = await startPhp(place, poolConfiguration(place), scan);
    const before = await askPool(place, 'release.php');
    publish(place, { 'release.php': "<?php echo 'release 2, of another length';" });
    const after = await askPool(place, 'release.php');
    await php.stop('SIGQUIT');
    return [before, after].map(({ output }) => /release \d/.exec(output)?.[0] ?? output);
  }

  it('is not seen in production', async () => {
    expect(await answersBeforeAndAfter(scanFolders('php.ini'))).toEqual(['release 1', 'release 1']);
  });

  it('is seen at the next request in development', async () => {
    expect(await answersBeforeAndAfter(scanFolders('php.ini', 'php.dev.ini'))).toEqual(['release 1', 'release 2']);
  });
});

describe('pings', () => {
  let place: Place;
  let php: Daemon;

  beforeAll(async () => {
    place = await makePlace();
    // Both children are busy until the file "free" is there. A loop, because a signal would end one long sleep early.
    const busy = `<?php touch('${place.writable}/busy.' . getmypid());
      while (!file_exists('${place.writable}/free')) { usleep(20000); clearstatcache(); } echo 'done';`;
    publish(place, { 'busy.php': busy, 'page.php': "<?php echo 'page';" });
    php = await startPhp(place);
  });

  afterAll(() => php.stop('SIGQUIT'));

  const ping = (port: number, seconds = 10): Promise<Result> => run(['busybox', 'sh', FPM_PING, String(port)], {}, seconds);

  it('are answered by the pool and by the status listener while children are idle', async () => {
    expect((await ping(place.pool)).code).toBe(0);
    expect((await ping(place.status)).code).toBe(0);
  });

  it('are answered by the status listener alone while all children are busy, and by both afterwards', async () => {
    const requests = [askPool(place, 'busy.php', 20), askPool(place, 'busy.php', 20)];
    await waitUntil('both children are busy', 5, () => readdirSync(place.writable).filter((name) => name.startsWith('busy.')).length === 2);

    const [pool, status] = await Promise.all([ping(place.pool, 1), ping(place.status)]);
    expect(status.code).toBe(0);
    expect(pool.code).toBeNull(); // it waited for a child until its time was over, as a probe does

    writeFileSync(join(place.writable, 'free'), '');
    expect((await Promise.all(requests)).map(({ output }) => output.split('\r\n').at(-1))).toEqual(['done', 'done']);
    expect((await ping(place.pool)).code).toBe(0);
  });

  it('fail at once where nothing listens', async () => {
    const { live } = place;
    expect((await ping(live)).code).toBe(1);
  });

  it('fail where something else than PHP-FPM listens', async () => {
    const other = await makePlace();
    const server = startDaemon([
      'busybox',
      'nc',
      '-l',
      '-p',
      String(other.http),
      '-s',
      '127.0.0.1',
      '-e',
      'echo',
      'HTTP/1.1 400 Bad Request',
    ]);
    await waitUntil('nc runs', 5, () => server.child.pid !== undefined);
    expect((await ping(other.http)).code).not.toBe(0);
    await server.stop();
  });

  it('leave no line in the access log, and a page leaves one that is JSON without its query string', async () => {
    await ping(place.pool);
    await ping(place.status);
    await run(['cgi-fcgi', '-bind', '-connect', `127.0.0.1:${place.pool}`], {
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '/page.php',
      SCRIPT_FILENAME: join(place.application, 'public/page.php'),
      QUERY_STRING: 'token=query-secret',
    });
    const lines = php.output().split('\n');
    const page = lines.find((line) => line.includes('page.php')) ?? 'no line';
    expect(JSON.parse(page)).toMatchObject({ method: 'GET', status: 200, script: expect.stringContaining('page.php') as string });
    expect(php.output()).not.toMatch(/fpm-ping|query-secret/);
  });
});
