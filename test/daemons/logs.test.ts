import { requireDaemon } from './daemon';
import { type Answer, ask, makePlace, PHP_FPM, poolConfiguration, publish, startNginx, startPhp, upload } from './web';

/** An exception of Laravel as Monolog writes it, longer than what PHP-FPM takes for a line unless told otherwise. */
const LONG = 20_000;

/** Writes a line as Laravel's channel `stderr` does, with the request's id, which comes from nginx alone. */
const APPLICATION = `<?php
  header('X-Request-ID: of-php');
  $line = json_encode(['message' => str_repeat('x', ${LONG}), 'extra' => ['request_id' => $_SERVER['HTTP_X_REQUEST_ID']]]);
  if ($_SERVER['REQUEST_URI'] !== '/silent') { file_put_contents('php://stderr', $line . "\\n"); }
  echo $_SERVER['HTTP_X_REQUEST_ID'];`;

const SECRETS = {
  Authorization: 'Bearer bearer-secret',
  Cookie: 'session=cookie-secret',
  Referer: 'https://a.example/?q=referer-secret',
  'X-Request-ID': 'forged-secret',
};

type Entry = Record<string, unknown> & { readonly request_id?: string; readonly extra?: { readonly request_id?: string } };

/** What PHP-FPM says of itself is no JSON, and cannot be. */
const OF_FPM = /^\[[\d-]+[a-zA-Z-]+[\d: -]+\] [A-Z]+: /;

const linesOf = (output: string): string[] => output.split('\n').filter((line) => line !== '');
const entriesOf = (lines: readonly string[]): Entry[] => lines.map((line) => JSON.parse(line) as Entry);

// Not in a hook: those of the blocks below would run all the same and hide the one line that counts.
requireDaemon('nginx', 'nginx-light');
requireDaemon(PHP_FPM, 'php8.2-fpm');

describe('what nginx and PHP-FPM write of requests', () => {
  const PATHS = [
    '/accounts/7?token=query-secret',
    '/silent',
    '/robots.txt',
    '/none.php',
    '/build/assets/app-1a2b3c.js',
    '/build/assets/none.js',
  ];
  let answers: Answer[];
  let nginx: string[];
  let php: string[];

  beforeAll(async () => {
    const place = await makePlace();
    publish(place, { 'index.php': APPLICATION, 'robots.txt': '', 'build/assets/app-1a2b3c.js': '' });
    const daemons = { php: await startPhp(place), nginx: await startNginx(place) };
    answers = [];
    for (const path of PATHS) answers.push(await ask(place.http, path, { headers: SECRETS }));
    // Larger than nginx's buffer, so that it goes to a file; and two links that reset a password.
    await ask(place.http, '/silent', upload(100_000));
    for (const path of ['/reset-password/link-secret?email=a@b.example', '/password/reset/link-secret', '/reset-password']) {
      await ask(place.http, path);
    }
    await Promise.all([daemons.nginx.stop('SIGQUIT'), daemons.php.stop('SIGQUIT')]);
    nginx = linesOf(daemons.nginx.output());
    php = linesOf(daemons.php.output());
  });

  it('is JSON, each line of it, but what PHP-FPM says of itself', () => {
    expect(entriesOf(nginx)).toHaveLength(PATHS.length - 2 + 4); // none of /build/
    const own = php.filter((line) => !OF_FPM.test(line));
    expect(own.length).toBeGreaterThan(2);
    expect(() => entriesOf(own)).not.toThrow();
  });

  it('leads from an answer to one line of nginx, one of PHP-FPM and one of the application', () => {
    const id = String(answers[0]?.headers['x-request-id']);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(answers[0]?.body).toBe(id);
    const of = (lines: readonly string[]) => entriesOf(lines.filter((line) => line.includes(id)));
    expect(of(nginx)).toEqual([expect.objectContaining({ request_id: id, path: '/accounts/7', status: 200 })]);
    expect(of(php)).toHaveLength(2);
    expect(of(php)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ request_id: id, method: 'GET', status: 200 }),
        { message: 'x'.repeat(LONG), extra: { request_id: id } },
      ]),
    );
  });

  it('tells every client the id of its request, once and never the same', () => {
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    expect(ids).toEqual(PATHS.map(() => expect.stringMatching(/^[0-9a-f]{32}$/) as string));
    expect(new Set(ids).size).toBe(PATHS.length);
  });

  it('has no header of a client, no query string and no token of a link', () => {
    expect([...nginx, ...php].join('\n')).not.toMatch(/secret/);
    expect(entriesOf(nginx).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/reset-password/...', '/password/reset/...', '/reset-password']),
    );
  });
});

it('PHP-FPM would cut a long line in two without log_limit', async () => {
  const place = await makePlace();
  publish(place, { 'index.php': APPLICATION });
  const php = await startPhp(
    place,
    poolConfiguration(place, (text) => text.replace(/^log_limit.*$/m, '')),
  );
  const nginx = await startNginx(place);
  await ask(place.http, '/');
  await Promise.all([nginx.stop('SIGQUIT'), php.stop('SIGQUIT')]);
  expect(() => entriesOf(linesOf(php.output()).filter((line) => !OF_FPM.test(line)))).toThrow();
});
