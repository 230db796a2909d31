import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { main, supportFindings, usesOf } from '../../lib/commands/support';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { synthesize } from '../../lib/fintrack';
import { makeFolder, removeFolders, writeInto } from '../support/folders';

afterEach(() => jest.restoreAllMocks());
afterAll(removeFolders);

const uses = usesOf(Object.values<Environment>(environments));
/** Names of releases, without date and place. */
const releases = (lines: readonly string[]): (string | undefined)[] => lines.map((line) => line.split(':')[0]);

test('on 2026-11-24 three releases have no fixes any more, and PHP 8.2 soon has none', () => {
  const { over, soon } = supportFindings(uses, '2026-11-24');
  expect(releases(over)).toEqual(['Laravel 11', 'MySQL 8.0', 'Node 20']);
  expect(over[1]).toMatch(
    /^MySQL 8\.0: no fixes since 2026-04-30; go to a newer one \(local, staging, production, docker\/docker-compose\.yml:\d+, docker\/docker-compose\.prod\.yml:\d+, docker\/backup\/Dockerfile:\d+\)$/,
  );
  expect(soon).toEqual([
    expect.stringMatching(
      /^PHP 8\.2: no fixes after 2026-12-31, in 37 days; plan for a newer one \(docker\/php\/Dockerfile:\d+, docker\/php\/Dockerfile\.prod:\d+\)$/,
    ),
  ]);
});

test.each([
  ['2026-10-01', [], []],
  ['2026-10-02', [], ['PHP 8.2']],
  ['2026-12-31', [], ['PHP 8.2']],
  ['2027-01-01', ['PHP 8.2'], []],
])('on %s a release that ends on 2026-12-31 is over: %j, soon over: %j', (today, over, soon) => {
  const findings = supportFindings([{ release: 'PHP 8.2', where: 'here' }], today);
  expect({ over: releases(findings.over), soon: releases(findings.soon) }).toEqual({ over, soon });
});

test('until when every release in use gets fixes is known', () => {
  expect(supportFindings(uses, '1970-01-01')).toEqual({ over: [], soon: [] });
});

test('a release that nobody knows is named', () => {
  expect(supportFindings([{ release: 'Valkey 9.1', where: 'here' }], '2026-11-24').over).toEqual([
    'Valkey 9.1: nobody knows until when it gets fixes; say it in lib/commands/support.ts (here)',
  ]);
});

test('what a Dockerfile builds on, and what an environment runs, is found', () => {
  const folder = makeFolder();
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  writeInto(folder, 'node/Dockerfile', 'FROM docker.io/library/node:22.1.0-alpine\n');
  const changed: Environment = { ...production, mysql: { ...production.mysql, version: '8.4' } };
  const outdir = join(makeFolder(), 'dist');
  expect(synthesize([changed], outdir)).toEqual([]);
  const found = usesOf([changed], outdir, folder);
  expect(found).toContainEqual({ release: 'Node 22', where: 'docker/node/Dockerfile:1' });
  expect(found).toContainEqual({ release: 'MySQL 8.4', where: 'production' });
  expect(found).not.toContainEqual({ release: 'MySQL 8.0', where: 'production' });
});

test('the command ends with 1 when a release is over, and with 0 when one only soon is', () => {
  const printed = jest.spyOn(console, 'error').mockReturnValue();
  expect(main('2026-11-24')).toBe(1);
  expect(printed).toHaveBeenCalledTimes(4);
  printed.mockClear();
  expect(main('2026-01-10')).toBe(0);
  expect(printed.mock.calls.flat()).toEqual([expect.stringMatching(/^Laravel 11: no fixes after 2026-03-12, in 61 days; /)]);
});

test('an environment that was never synthesized is named', () => {
  const printed = jest.spyOn(console, 'error').mockReturnValue();
  expect(main('2026-11-24', [{ ...production, name: 'preview' }])).toBe(1);
  expect(printed.mock.calls.flat()).toEqual(['support: preview has no manifests yet; run npm run synth']);
});
