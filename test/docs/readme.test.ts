import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explanationFor } from '../../lib/commands/explain';
import { REPOSITORY } from '../support/folders';

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const explained = (...settings: string[]) => explanationFor(['production', ...settings], (_, text) => text);

/** Lines of a sample that a run does not say. */
const unsaid = (sample: string, lines: readonly string[]) =>
  sample.split('\n').filter((line) => line !== '' && line !== '…' && !lines.includes(line));

describe('what README.md shows of explain is what it says', () => {
  test('of production', () => {
    const [, sample = ''] = /^```\n(Environment production: [^]*?)^```$/m.exec(README) ?? [];
    expect(sample.split('\n').length).toBeGreaterThan(8);
    expect(unsaid(sample, explained().lines)).toEqual([]);
  });

  test('of more web pods', () => {
    const [, setting = '', sample = ''] = /^```\n\$ npm run --silent explain -- production (\S+)\n([^]*?)^```$/m.exec(README) ?? [];
    expect(sample.split('\n').length).toBeGreaterThan(8);
    expect(unsaid(sample, explained(setting).lines)).toEqual([]);
  });

  test('of as many as do not fit', () => {
    const [, finding = '', replicas = ''] = /`(production: web [^`]*)` is what (\d+) would get/.exec(README) ?? [];
    expect(explained(`php.scale.maxReplicas=${replicas}`).findings).toContain(finding.replace(/\s+/g, ' '));
  });
});
