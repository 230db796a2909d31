import { production } from '../../lib/environments/production';
import { createFinTrack, manifestsOf } from '../../lib/fintrack';
import { memoryFindings } from '../../lib/rules/memory';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';
import { set } from './refusals/files';

afterAll(removeFolders);

/** Findings where php.ini has this limit. */
function findingsWith(limit: string): string[] {
  const files = realFiles({ 'php/php.ini': set('memory_limit', `memory_limit = ${limit}`) });
  return memoryFindings(manifestsOf(createFinTrack(production, files)), files);
}

test.each(['192M', '131072K', '134217728', '256m', '512M', '1G'])('memory_limit %s fits: scheduler and migration grow with it', (limit) => {
  expect(findingsWith(limit)).toEqual([]);
});

test.each([
  ['2G', '2G must be less than 1216Mi, the memory of container php of Deployment php'],
  ['-1', '-1 must be less than 384Mi, the memory of container migration of Job migration-'],
])('memory_limit %s does not', (limit, finding) => {
  expect(findingsWith(limit)).toEqual([expect.stringContaining(finding)]);
});
