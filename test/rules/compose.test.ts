import { composeFindings } from '../../lib/rules/compose';
import { removeFolders } from '../support/folders';
import { realFiles } from '../support/render';

afterAll(removeFolders);

/** Findings after a piece of a file was replaced; line numbers are hidden, as they move with every comment. */
function findingsAfter(file: string, ours: string | RegExp, theirs: string): string[] {
  const files = realFiles({ [file]: (text) => text.replace(ours, () => theirs) });
  return composeFindings(files).map((finding) => finding.replaceAll(/:\d+(?=[:)])/g, ':N'));
}

describe('accepted is', () => {
  test.each([
    [
      'a comment that names what is refused',
      'docker-compose.yml',
      'services:\n',
      '# version: 3, container_name: x, redis:latest\nservices:\n',
    ],
    ['an instruction over other lines', 'node/Dockerfile', 'RUN set -eux; \\\n', 'RUN set -eux; \\\n    # artisan config:cache\n'],
  ])('%s', (_, file, ours, theirs) => {
    expect(findingsAfter(file, ours, theirs)).toEqual([]);
  });
});
