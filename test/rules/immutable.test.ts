import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { synthesize } from '../../lib/fintrack';
import { immutableFindings } from '../../lib/rules';
import { makeFolder, removeFolders } from '../support/folders';

afterAll(removeFolders);

/** A folder like dist/ that holds production, as it was once: with another text in one of its files. */
function past(file: string, what: string | RegExp, instead: string): string {
  const dist = join(makeFolder(), 'dist');
  expect(synthesize([production], dist)).toEqual([]);
  const path = join(dist, 'production', file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(what, instead);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  return dist;
}

test('a change whose way is known is written', () => {
  const dist = past('0001-data.k8s.yaml', /serviceName: mysql-primary\S*/, 'serviceName: other');
  const known: Environment = {
    ...production,
    transitions: { 'StatefulSet mysql-primary': 'deleted with --cascade=orphan before the apply' },
  };
  expect(synthesize([known], dist)).toEqual([]);
  expect(synthesize([production], dist)).toEqual([]);
});

test('nothing is refused where there is no past, and where nothing of this changes', () => {
  const dist = past('0002-web.k8s.yaml', 'tolerationSeconds: 20', 'tolerationSeconds: 30');
  expect(synthesize([production], dist)).toEqual([]);
  expect(immutableFindings(join(dist, 'nowhere'), join(dist, 'production'))).toEqual([]);
});
