import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyRepository, differences, readTree, removeFolders, writeInto } from './support/folders';
import { findingsIn, linesOf, synth } from './support/run';

afterAll(removeFolders);

/** Everything but the packages. */
const entriesOf = (repository: string) => readdirSync(repository).sort();

describe('synth', () => {
  test('reports every broken file of docker/ at once, one a line, and leaves dist/ as it was', async () => {
    const repository = copyRepository();
    rmSync(join(repository, 'docker/redis/start.sh'));
    writeInto(repository, 'docker/mysql/my.cnf', '');
    writeInto(repository, 'docker/php/www.conf', Uint8Array.of(0xc3, 0x28));
    writeInto(repository, 'docker/nginx/nginx.conf', '#'.repeat(2 ** 20 + 1));
    const [dist, entries] = [readTree(join(repository, 'dist')), entriesOf(repository)];

    const { code, stdout, stderr } = await synth([], { repository });

    expect({ code, stdout, findings: linesOf(stderr) }).toEqual({
      code: 1,
      stdout: '',
      findings: [
        'docker/php/www.conf: is not UTF-8; save it in that encoding',
        'docker/nginx/nginx.conf: has 1048577 bytes; a ConfigMap holds at most 1048576',
        'docker/mysql/my.cnf: is empty; a daemon without settings is not what anyone wants',
        'docker/redis/start.sh: is missing; restore it from version control',
      ],
    });
    expect(differences(readTree(join(repository, 'dist')), dist)).toEqual([]);
    expect(entriesOf(repository)).toEqual(entries);
  });

  test('reports settings that contradict one another, with file and line, and leaves dist/ as it was', async () => {
    const repository = copyRepository();
    appendFileSync(join(repository, 'docker/redis/redis.conf'), 'maxmemory 256mb\n');
    const dist = readTree(join(repository, 'dist'));

    const { code, stderr } = await synth([], { repository });

    expect({ code, findings: linesOf(stderr).map((line) => line.replace(/:\d+:/, ':N:')) }).toEqual({
      code: 1,
      findings: ['docker/redis/redis.conf:N: maxmemory is computed from redis.memory; remove it from the file'],
    });
    expect(differences(readTree(join(repository, 'dist')), dist)).toEqual([]);
  });

  test.each([
    ['a setting that is missing', /^opcache\.memory_consumption.*\n/m, '', 'docker/php/php.ini: opcache.memory_consumption is missing'],
    ['an amount that is none', /^max_execution_time.*/m, 'max_execution_time = soon', 'docker/php/php.ini:12: max_execution_time soon'],
  ])('reports %s without a stack trace', async (_, ours, theirs, finding) => {
    const repository = copyRepository();
    const path = join(repository, 'docker/php/php.ini');
    writeFileSync(path, readFileSync(path, 'utf8').replace(ours, theirs));
    const { code, stderr } = await synth([], { repository });
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringContaining(finding)]);
    expect(entriesOf(repository)).toEqual(entriesOf(copyRepository()));
  });

  test('reports an environment whose numbers do not add up, and writes none of the others', async () => {
    const repository = copyRepository();
    const dist = readTree(join(repository, 'dist'));
    // A comment more, so that every environment would change.
    appendFileSync(join(repository, 'docker/redis/redis.conf'), '# more\n');
    writeInto(
      repository,
      'lib/environments/staging.ts',
      "import { production } from './production';\nexport const staging = { ...production, name: 'staging', namespace: 'default' };\n",
    );

    const { code, stderr } = await synth([], { repository });

    expect({ code, findings: linesOf(stderr) }).toEqual({
      code: 1,
      findings: ['staging: namespace default belongs to Kubernetes; give FinTrack one of its own, for instance fintrack-staging'],
    });
    expect(differences(readTree(join(repository, 'dist')), dist)).toEqual([]);
  });

  test('reports files and environments at once', async () => {
    const repository = copyRepository();
    appendFileSync(join(repository, 'docker/redis/redis.conf'), 'maxmemory 256mb\n');
    writeInto(
      repository,
      'lib/environments/staging.ts',
      "import { production } from './production';\nexport const staging = { ...production, name: 'staging', namespace: 'default' };\n",
    );
    const { stderr } = await synth([], { repository });
    expect(linesOf(stderr).map((line) => line.split(':')[0])).toEqual(['docker/redis/redis.conf', 'staging']);
  });

  test('knows the environments that there are', async () => {
    const repository = copyRepository();
    const { code, stderr } = await synth(['production', 'produktion', 'toString'], { repository });
    expect({ code, findings: linesOf(stderr) }).toEqual({
      code: 1,
      findings: [
        'produktion: no such environment; there are local, staging, production',
        'toString: no such environment; there are local, staging, production',
      ],
    });
  });

  test('of one environment leaves the others alone', async () => {
    const repository = copyRepository();
    await synth([], { repository });
    const fresh = readTree(join(repository, 'dist'));
    for (const name of ['local', 'production']) {
      writeInto(repository, `dist/${name}/0001-data.k8s.yaml`, 'old\n');
      writeInto(repository, `dist/${name}/0009-gone.k8s.yaml`, 'old\n');
    }

    const { code, stderr } = await synth(['production'], { repository });

    // Every line a warning, and the clock is the real one: from a release's last day on there is always this one.
    const mysql = expect.stringMatching(/^warning: MySQL 8\.0: no fixes since 2026-04-30; go to a newer one \(production, docker\//);
    expect({ code, warnings: linesOf(stderr) }).toEqual({ code: 0, warnings: expect.arrayContaining([mysql]) });
    expect(findingsIn(stderr)).toEqual([]);
    expect(differences(readTree(join(repository, 'dist')), fresh)).toEqual([
      'local/0001-data.k8s.yaml differs from line 1 on',
      'local/0009-gone.k8s.yaml should not be there',
    ]);
    expect(entriesOf(repository)).toEqual(entriesOf(copyRepository()));
  });

  test('writes a first dist/ where there is none', async () => {
    const repository = copyRepository();
    const paths = Object.keys(readTree(join(repository, 'dist')));
    rmSync(join(repository, 'dist'), { recursive: true });
    await synth([], { repository });
    expect(Object.keys(readTree(join(repository, 'dist')))).toEqual(paths);
  });
});
