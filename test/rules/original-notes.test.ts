import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { production } from '../../lib/environments/production';
import { environmentFindings, fileFindings } from '../../lib/rules';
import { composeFindings } from '../../lib/rules/compose';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';
import { FAULTS } from './refusals';

afterAll(removeFolders);

// FinTrack began with notes on a Docker set-up. Every fault found in them is here, by its number: what they wrote, in place of what
// our file says, and the one line that refuses it.

test('our own files are accepted', () => {
  const files = realFiles();
  expect([...files.findings, ...fileFindings(files), ...composeFindings(files)]).toEqual([]);
});

describe('refused is', () => {
  test.each(FAULTS)('fault $number: $fault', ({ file, ours, theirs, findings }) => {
    let after = '';
    const files = realFiles({
      [file]: (text) => (after = ours === '' ? `${text.trimEnd()}\n${theirs}\n` : text.replace(ours, () => theirs)),
    });
    // A finding may be of the other file of a pair, of the instruction around a line, of a whole file, or of what is not there.
    const placeOf = (at: string): string => {
      const [, marked, rest = at] = /^<([^>]+)>(.*)$/.exec(at) ?? [];
      if (at === '-') return `docker/${file}`;
      const elsewhere = marked?.includes('/') ?? false;
      const text = elsewhere ? files.content(marked as Parameters<typeof files.content>[0]) : after;
      const lines = text.split('\n');
      const found = lines.findIndex((line) => line.includes(rest) && !line.trim().startsWith('#'));
      const line = marked && !elsewhere ? lines.slice(0, found + 1).findLastIndex((content) => content.startsWith(marked)) : found;
      return `docker/${elsewhere ? marked : file}:${at === '' ? 1 : line + 1}`;
    };
    const actual = [...fileFindings(files), ...composeFindings(files)];
    // The line of the other of two settings moves with every comment.
    expect(actual.map((finding) => finding.replaceAll(/(?<=\(docker\/[^)]+:)\d+/g, 'N'))).toEqual(
      findings.map(([at, finding]) => `${placeOf(at)}: ${finding}`),
    );
  });
});

describe('what no file of docker/ can say:', () => {
  const root = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');

  const everything = (): string =>
    readdirSync(DOCKER_FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');

  const ELSEWHERE: readonly (readonly [number: number, fault: string, reason: string, holds: () => void])[] = [
    [
      37,
      'persistent connections as a pool',
      'is PHP of the application; the one that comes with FinTrack has none',
      () => expect(root('test/e2e/app/config/database.php')).not.toContain('ATTR_PERSISTENT'),
    ],
    [
      38,
      'backups with a password in an argument and without a transaction',
      'no file of docker/ makes one',
      () => expect(everything()).not.toMatch(/mysqldump(?! --version|.*--single-transaction)|mysqldump.* (-p|--password)\S/),
    ],
    [
      39,
      'redis-cli SAVE, and tar of a volume in use',
      'no file of docker/ makes one',
      () => expect(everything()).not.toMatch(/redis-cli.*\bSAVE\b|\btar c/),
    ],
    [
      41,
      'image fintrack_php:latest on Kubernetes',
      'is refused in an environment',
      () =>
        expect(environmentFindings({ ...production, release: { ...production.release, php: 'fintrack_php:latest' } })).toEqual([
          'production: release.php fintrack_php:latest names another build every day; name the build, for instance fintrack_php:' +
            production.release.version,
        ]),
    ],
    [
      44,
      'memory as the measure of scaling',
      'is refused in an environment',
      () =>
        expect(
          environmentFindings({
            ...production,
            php: { ...production.php, scale: { minReplicas: 3, maxReplicas: 12, targetCpuPercent: 70, targetMemoryPercent: 80 } },
          }),
        ).toEqual([
          'production: php.scale.targetMemoryPercent 80 measures nothing: with pm = static PHP-FPM holds as much memory at rest as at work. ' +
            'Remove it; php.scale.targetCpuPercent decides',
        ]),
    ],
    [
      45,
      'a network without limits on Kubernetes',
      'every environment denies all and opens what the table of flows says',
      () =>
        expect(root('dist/production/0000-base.k8s.yaml')).toMatch(
          /name: deny-all\n {2}namespace: fintrack-production\nspec:\n {2}podSelector: \{\}\n {2}policyTypes:\n {4}- Ingress\n {4}- Egress\n/,
        ),
    ],
  ];

  test.each(ELSEWHERE)('fault %i: %s: %s', (_number, _fault, _reason, holds) => holds());

  test('every one of the 45 faults is in this table', () => {
    const numbers = new Set([...FAULTS.map(({ number }) => number), ...ELSEWHERE.map(([number]) => number)]);
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });
});
