import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trustedProxiesFile } from '../../lib/components/nginx';
import { accepts, type Daemon, freePort, requireDaemon, startDaemon, waitUntil } from './daemon';
import {
  type Answer,
  ask,
  makePlace,
  nginxConfiguration,
  PHP_FPM,
  type Place,
  poolConfiguration,
  publish,
  type Site,
  startNginx,
  startPhp,
  upload,
} from './web';

const SITES: readonly Site[] = ['default.prod.conf', 'default.conf'];

const MEGABYTE = 1024 * 1024;

/** An application in one file; every answer of it has the header X-From. */
function application(place: Place): string {
  return `<?php
    header('X-From: php');
    header('X-Powered-By: PHP/' . PHP_VERSION);
    header('Content-Type: text/plain');
    switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
      case '/missing': http_response_code(404); echo 'no such page'; break;
      case '/fails': http_response_code(500); echo 'error page'; break;
      case '/whoami': usleep(5000); echo $_COOKIE['session'] ?? 'nobody'; break;
      case '/upload': echo json_encode([$_FILES['file']['error'], $_FILES['file']['size']]); break;
      case '/proxy': echo json_encode(getenv('HTTP_PROXY') ?: ''); break;
      case '/client': echo json_encode(array_intersect_key($_SERVER, array_flip(['REMOTE_ADDR', 'HTTPS'])) + array_filter($_SERVER,
        fn ($value, $name) => preg_match('/FORWARDED/', $name) && $value !== '', ARRAY_FILTER_USE_BOTH)); break;
      case '/host': echo $_SERVER['HTTP_HOST']; break;
      case '/headers': header('X-Large: ' . str_repeat('x', 24000)); echo 'large headers'; break;
      case '/dies': file_put_contents('${place.writable}/begun', $_SERVER['REQUEST_METHOD'] . "\n", FILE_APPEND); posix_kill(getmypid(), 9); break;
      case '/slow':
        touch('${place.writable}/slow');
        // A loop, because a signal would end one long sleep early.
        for ($end = microtime(true) + 2; microtime(true) < $end;) { usleep(20000); }
        echo 'finished';
        break;
      default: echo 'front controller ' . $_SERVER['REQUEST_URI'];
    }`;
}

function publishApplication(place: Place): void {
  // Whoever executes it leaves a file behind.
  const executed = `<?php touch('${place.writable}/executed'); echo 'executed';`;
  publish(place, {
    'index.php': application(place),
    'x.php': executed,
    'storage/x.php': executed,
    '.env': 'APP_KEY=dotenv-secret',
    '.git/config': 'dotgit-secret',
    'build/.vite/manifest.json': 'dotvite-secret',
    'build/manifest.json': '{"app.js":{"file":"assets/app-1a2b3c.js"}}',
    'build/assets/app-1a2b3c.js': 'console.log(1)',
    'robots.txt': 'User-agent: *',
    '.well-known/security.txt': 'Contact: mailto:security@example.org',
  });
}

interface Web {
  readonly place: Place;
  readonly nginx: Daemon;
  readonly php: Daemon;
}

async function startWeb(site: Site = 'default.prod.conf', change?: (text: string) => string): Promise<Web> {
  const place = await makePlace();
  publishApplication(place);
  const php = await startPhp(place, poolConfiguration(place, change));
  return { place, php, nginx: await startNginx(place, site) };
}

async function stopWeb({ nginx, php }: Web): Promise<void> {
  await Promise.all([nginx.stop('SIGQUIT'), php.stop('SIGQUIT')]);
}

// Not in a hook: those of the blocks below would run all the same and hide the one line that counts.
requireDaemon('nginx', 'nginx-light');
requireDaemon(PHP_FPM, 'php8.2-fpm');

describe.each(SITES)('nginx.conf with %s', (site) => {
  it('is accepted by nginx without a warning', async () => {
    const place = await makePlace();
    const test = startDaemon(['nginx', '-t', '-c', nginxConfiguration(place, site)], { unprivileged: true });
    await waitUntil('nginx -t ends', 10, () => test.child.exitCode !== null);
    expect(test.output()).toContain('test is successful');
    // Before it reads error_log, nginx tries its built-in log, which belongs to root.
    expect(test.output().replace(/^nginx: \[alert\] could not open error log file.*\n/m, '')).not.toMatch(/\[(warn|alert|emerg|error)\]/);
    expect(test.child.exitCode).toBe(0);
  });
});

const SECURITY_HEADERS = {
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
};

describe.each(SITES)('a web pod with %s', (site) => {
  let web: Web;
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(web.place.http, path, { headers });

  beforeAll(async () => {
    web = await startWeb(site);
  });

  afterAll(() => stopWeb(web));

  it.each(['/', '/accounts', '/accounts/7?page=2', '/index.php?page=2', '/storage/', '/build'])('gives %s to PHP', async (path) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 200, body: `front controller ${path}` });
    expect(answer.headers['x-from']).toBe('php');
  });

  it('serves a file of public/ itself', async () => {
    const answer = await get('/robots.txt');
    expect(answer).toMatchObject({ status: 200, body: 'User-agent: *' });
    expect(answer.headers['x-from']).toBeUndefined();
  });

  it('serves /.well-known/, the one folder with a dot', async () => {
    expect(await get('/.well-known/security.txt')).toMatchObject({ status: 200, body: expect.stringContaining('Contact') as string });
  });

  it.each(['/x.php', '/storage/x.php', '/x.php?a=1', '/%78.php', '/storage/../x.php', '/.env', '/.git/config', '/%2egit/config', '//.env'])(
    'refuses %s and does not execute it',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers['x-from']).toBeUndefined();
      expect(answer.body).not.toMatch(/secret|executed|<\?php/);
      expect(existsSync(join(web.place.writable, 'executed'))).toBe(false);
    },
  );

  it.each(['/x.php/y', '/robots.txt/x.php', '/x.php%00', '/build/assets/app-1a2b3c.js/x.php'])(
    'does not execute anything for %s',
    async (path) => {
      const answer = await get(path);
      expect(answer.body).not.toMatch(/^executed|<\?php/);
      expect(existsSync(join(web.place.writable, 'executed'))).toBe(false);
    },
  );

  it.each([
    '/',
    '/missing',
    '/fails',
    '/robots.txt',
    '/healthz',
    '/build/assets/app-1a2b3c.js',
    '/build/assets/none.js',
    '/x.php',
    '/.env',
  ])('sends the three security headers once with %s', async (path) => {
    // Node joins headers that came twice with a comma.
    expect((await get(path)).headers).toMatchObject(SECURITY_HEADERS);
  });

  it.each(['/', '/missing', '/robots.txt', '/x.php'])('tells no version with %s', async (path) => {
    const answer = await get(path);
    expect(answer.headers.server).toBe('nginx');
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.body).not.toMatch(/nginx\/\d/);
  });

  it('lets an upload of 1.5 MB through', async () => {
    const answer = await ask(web.place.http, '/upload', upload(1.5 * MEGABYTE));
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify([0, 1.5 * MEGABYTE]) });
  });

  it('lets the largest file through that PHP takes', async () => {
    const answer = await ask(web.place.http, '/upload', upload(20 * MEGABYTE));
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify([0, 20 * MEGABYTE]) });
  });

  it('leaves it to PHP to tell that a file is too large', async () => {
    const UPLOAD_ERR_INI_SIZE = 1;
    const answer = await ask(web.place.http, '/upload', upload(21 * MEGABYTE));
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify([UPLOAD_ERR_INI_SIZE, 0]) });
  });

  it('answers 413 with the security headers to more than 24 MB', async () => {
    const answer = await ask(web.place.http, '/upload', upload(24 * MEGABYTE));
    expect(answer.status).toBe(413);
    expect(answer.headers).toMatchObject(SECURITY_HEADERS);
  });

  it('never gives one client the page of another', async () => {
    const clients = Array.from({ length: 40 }, (_, index) => `client-${index % 2}-${index}`);
    const pages = await Promise.all(clients.map((client) => get('/whoami', { Cookie: `session=${client}` })));
    expect(pages.map(({ body }) => body)).toEqual(clients);
    expect((await get('/whoami')).body).toBe('nobody');
  });

  it('takes the large headers that session, XSRF and policy make together', async () => {
    expect(await get('/headers')).toMatchObject({ status: 200, body: 'large headers' });
  });

  it('does not let the request header "Proxy" become HTTP_PROXY', async () => {
    expect((await get('/proxy', { Proxy: 'http://attacker.example' })).body).toBe('""');
  });
});

describe('assets', () => {
  let web: Web;
  const get = (path: string): Promise<Answer> => ask(web.place.http, path);

  beforeAll(async () => {
    web = await startWeb();
  });

  afterAll(() => stopWeb(web));

  it('may be kept for ever, and used by pages of another origin where a CDN serves them', async () => {
    const answer = await get('/build/assets/app-1a2b3c.js');
    expect(answer).toMatchObject({ status: 200, body: 'console.log(1)' });
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it.each(['/', '/missing', '/robots.txt', '/healthz', '/x.php', '/.env', '/build', '/build/manifest.json', '/buildings', '/favicon.ico'])(
    'are alone in that: %s is not immutable',
    async (path) => {
      expect((await get(path)).headers['cache-control'] ?? '').not.toContain('immutable');
    },
  );

  it('have no hidden files beside them', async () => {
    expect((await get('/build/.vite/manifest.json')).status).toBe(404);
    expect((await get('/build/manifest.json')).status).toBe(200);
  });

  it('that are missing are a 404 of nginx that no browser keeps', async () => {
    const answer = await get('/build/assets/app-of-another-release.js');
    expect(answer.status).toBe(404);
    expect(answer.headers['x-from']).toBeUndefined();
    expect(answer.headers['cache-control']).toBeUndefined();
  });

  it('leave PHP alone when there is no favicon', async () => {
    const answer = await get('/favicon.ico');
    expect(answer.status).toBe(204);
    expect(answer.headers['x-from']).toBeUndefined();
  });
});

describe('bodies of 100 kB and more', () => {
  let web: Web;

  beforeEach(async () => {
    web = await startWeb();
  });

  afterEach(() => stopWeb(web));

  it.each(['Content-Length: 100000', 'Transfer-Encoding: chunked'])(
    'are taken sixteen at once, where they say %s, and small ones beside them',
    async (length) => {
      const answers: string[] = [];
      // Requests whose bodies never come.
      const sockets = Array.from({ length: 20 }, () => {
        const socket = connect(web.place.http, '127.0.0.1');
        socket.on('data', (data) => answers.push(data.toString().split('\r\n', 1)[0] ?? ''));
        socket.write(`POST / HTTP/1.1\r\nHost: test\r\n${length}\r\n\r\n`);
        return socket;
      });
      try {
        await waitUntil('four are too many', 10, () => answers.length >= 4);
        await sleep(300);
        expect(answers).toEqual(Array(4).fill('HTTP/1.1 503 Service Temporarily Unavailable'));
        expect((await ask(web.place.http, '/', { method: 'POST', body: Buffer.from('small') })).status).toBe(200);
      } finally {
        sockets.forEach((socket) => socket.destroy());
      }
      await waitUntil('room again', 10, async () => {
        const answer = await ask(web.place.http, '/', { method: 'POST', body: Buffer.alloc(100_000, 'x') });
        return answer.status === 200;
      });
    },
  );
});

describe('who the client is', () => {
  const FORGED = {
    'X-Forwarded-For': '198.51.100.66',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Port': '1',
    'X-Forwarded-Prefix': '/evil',
    Forwarded: 'for=198.51.100.66;proto=https',
  };

  /** What PHP takes the client for, and the headers of its answer. */
  async function clientOf(proxies: readonly string[] | undefined, headers: Record<string, string>) {
    const place = await makePlace();
    publishApplication(place);
    const php = await startPhp(place);
    const nginx = await startNginx(place, 'default.prod.conf', proxies && trustedProxiesFile(proxies));
    const answer = await ask(place.http, '/client', { headers });
    const file = await ask(place.http, '/robots.txt', { headers });
    await stopWeb({ place, php, nginx });
    const policy = [answer, file].map((each) => each.headers['strict-transport-security']);
    return { client: JSON.parse(answer.body) as unknown, policy, log: nginx.output() };
  }

  it.each([
    ['Compose', undefined],
    ['an environment without an edge', []],
    ['an environment whose proxies are elsewhere', ['192.0.2.0/24']],
  ])('is whoever connects, where no proxy is trusted: in %s', async (_, proxies) => {
    const { client, policy, log } = await clientOf(proxies, FORGED);
    expect(client).toEqual({ REMOTE_ADDR: '127.0.0.1' });
    expect(policy).toEqual([undefined, undefined]);
    expect(log).toContain('"remote_addr":"127.0.0.1"');
  });

  it('is what a trusted proxy says, with HTTPS and its policy', async () => {
    const { client, policy, log } = await clientOf(['127.0.0.0/8'], { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' });
    expect(client).toEqual({ REMOTE_ADDR: '203.0.113.7', HTTPS: 'on' });
    expect(policy).toEqual(['max-age=31536000', 'max-age=31536000']);
    expect(log).toContain('"remote_addr":"203.0.113.7"');
  });

  it('is the last one that is no proxy, whatever the client has sent before', async () => {
    const headers = { ...FORGED, 'X-Forwarded-For': '198.51.100.66, 203.0.113.7, 10.1.2.3', 'X-Forwarded-Proto': 'http' };
    const { client, policy } = await clientOf(['127.0.0.0/8', '10.0.0.0/8'], headers);
    expect(client).toEqual({ REMOTE_ADDR: '203.0.113.7' });
    expect(policy).toEqual([undefined, undefined]);
  });
});

describe('the access log', () => {
  let web: Web;
  let lines: string[];

  beforeAll(async () => {
    web = await startWeb();
    const headers = {
      Cookie: 'session=cookie-secret',
      Authorization: 'Bearer bearer-secret',
      Referer: 'https://a.example/?q=referer-secret',
    };
    for (const path of ['/accounts/7?token=query-secret', '/robots.txt?token=query-secret', '/x.php?token=query-secret', '/a%22b%0Ac']) {
      await ask(web.place.http, path, { headers });
    }
    await ask(web.place.http, '/healthz');
    await ask(web.place.live, '/livez');
    await stopWeb(web);
    lines = web.nginx
      .output()
      .split('\n')
      .filter((line) => line !== '');
  });

  const entries = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is JSON, one line for each request, and none for probes', () => {
    expect(entries()).toHaveLength(4);
    for (const entry of entries()) {
      expect(entry).toMatchObject({ method: 'GET', status: expect.any(Number) as number, seconds: expect.any(Number) as number });
    }
  });

  it('has neither query string nor cookie nor Authorization nor Referer', () => {
    expect(lines.join('\n')).not.toMatch(/secret/);
  });

  it('tells which path was asked for', () => {
    expect(entries().map(({ path }) => path)).toEqual(['/accounts/7', '/robots.txt', '/x.php', '/a%22b%0Ac']);
  });
});

describe('while PHP is away', () => {
  let web: Web;

  beforeAll(async () => {
    web = await startWeb();
    await web.php.stop('SIGQUIT');
  });

  afterAll(() => stopWeb(web));

  it('/healthz and /livez answer', async () => {
    expect(await ask(web.place.http, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(web.place.live, '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('assets and files are served', async () => {
    expect((await ask(web.place.http, '/build/assets/app-1a2b3c.js')).status).toBe(200);
    expect((await ask(web.place.http, '/robots.txt')).status).toBe(200);
  });

  it('pages are a 502 with the security headers, and no version', async () => {
    const answer = await ask(web.place.http, '/');
    expect(answer.status).toBe(502);
    expect(answer.headers).toMatchObject(SECURITY_HEADERS);
    expect(answer.body).not.toMatch(/nginx\/\d/);
  });

  it('the port of the kubelet serves nothing else', async () => {
    for (const path of ['/', '/robots.txt', '/index.php', '/build/assets/app-1a2b3c.js']) {
      expect((await ask(web.place.live, path)).status).toBe(404);
    }
  });
});

describe('when a pod of PHP cannot be reached', () => {
  const ASKED = ['GET', 'POST', 'GET', 'POST'];

  /** Answers, where the first of the two servers is a port that nobody listens on. */
  async function answers(change: (text: string) => string = (text) => text): Promise<number[]> {
    const place = await makePlace();
    publishApplication(place);
    const php = await startPhp(place);
    const nowhere = await freePort();
    const nginx = await startNginx(place, 'default.prod.conf', undefined, (text) =>
      change(text).replace(`server 127.0.0.1:${place.pool}`, `server 127.0.0.1:${nowhere}`),
    );
    const given: number[] = [];
    for (const method of ASKED) {
      given.push((await ask(place.http, '/', { method })).status);
    }
    await stopWeb({ place, php, nginx });
    return given;
  }

  it('a request goes to another, a POST too', async () => {
    expect(await answers()).toEqual([200, 200, 200, 200]);
  });

  it('it would be a 502 without another try', async () => {
    expect(await answers((text) => text.replace('fastcgi_next_upstream error timeout', 'fastcgi_next_upstream off'))).toContain(502);
  });

  it('a POST that PHP has begun is never repeated, and a GET twice at most', async () => {
    const web = await startWeb();
    expect((await ask(web.place.http, '/dies', { method: 'POST' })).status).toBe(502);
    expect(readFileSync(join(web.place.writable, 'begun'), 'utf8')).toBe('POST\n');
    expect((await ask(web.place.http, '/dies')).status).toBe(502);
    expect(readFileSync(join(web.place.writable, 'begun'), 'utf8')).toBe('POST\nGET\nGET\nGET\n');
    await stopWeb(web);
  });
});

describe('a request of 2 s', () => {
  let web: Web;
  let answer: Promise<Answer>;

  /** Starts everything and returns when PHP is at work on the request. */
  async function inFlight(change?: (text: string) => string): Promise<void> {
    web = await startWeb('default.prod.conf', change);
    answer = ask(web.place.http, '/slow');
    answer.catch(() => undefined); // looked at by the test, later
    await waitUntil('PHP works on /slow', 10, () => existsSync(join(web.place.writable, 'slow')));
  }

  afterEach(() => stopWeb(web));

  it('is finished by PHP-FPM after its SIGQUIT, while further requests are refused', async () => {
    await inFlight();
    const ended = web.php.stop('SIGQUIT');
    await waitUntil('the pool takes no further request', 10, async () => (await ask(web.place.http, '/')).status === 502);
    expect(await answer).toMatchObject({ status: 200, body: 'finished' });
    expect(await ended).toBe(0);
  });

  it('is finished by nginx after its SIGQUIT, while further connections are refused', async () => {
    await inFlight();
    const ended = web.nginx.stop('SIGQUIT');
    await waitUntil('nginx takes no further connection', 10, async () => !(await accepts(web.place.http)));
    expect(await answer).toMatchObject({ status: 200, body: 'finished' });
    expect(await ended).toBe(0);
  });

  it('is finished when both get their SIGQUIT at once, as in a rollout of both', async () => {
    await inFlight();
    const ended = [web.php.stop('SIGQUIT'), web.nginx.stop('SIGQUIT')];
    expect(await answer).toMatchObject({ status: 200, body: 'finished' });
    expect(await Promise.all(ended)).toEqual([0, 0]);
  });

  it('would be cut without process_control_timeout', async () => {
    await inFlight((text) => text.replace(/^process_control_timeout.*$/m, ''));
    const ended = web.php.stop('SIGQUIT');
    expect((await answer).status).toBe(502);
    await ended;
  });
});
