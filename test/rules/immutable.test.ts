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

const REFUSED = 'is not what it was, and the API server refuses that on an object that exists';
const WAY = (title: string) => `. Take it back, or say in transitions["${title}"] how the running system gets there`;
/** The text from the object of a title on. */
const within = (kind: string, name: string, text: string) =>
  new RegExp(`(kind: ${kind}\\nmetadata:\\n(?: .*\\n)*? {2}name: ${name}\\n(?:(?!---).*\\n)*?.*)${text}`);

test.each([
  [
    'the selector of a Deployment',
    '0002-web.k8s.yaml',
    within('Deployment', 'php', 'app.kubernetes.io/name: php\\n {2}strategy'),
    '$1app: php\n  strategy',
    'Deployment php',
    'spec.selector',
  ],
  [
    'the Service of a StatefulSet',
    '0001-data.k8s.yaml',
    /serviceName: mysql-primary\S*/,
    'serviceName: other',
    'StatefulSet mysql-primary',
    'spec.serviceName',
  ],
  [
    'the order of its pods',
    '0001-data.k8s.yaml',
    within('StatefulSet', 'redis', 'podManagementPolicy: Parallel'),
    '$1podManagementPolicy: OrderedReady',
    'StatefulSet redis',
    'spec.podManagementPolicy',
  ],
  [
    'the name of its claims',
    '0001-data.k8s.yaml',
    within('StatefulSet', 'mysql-replica', 'name: data\\n {6}spec'),
    '$1name: files\n      spec',
    'StatefulSet mysql-replica',
    'spec.volumeClaimTemplates',
  ],
  [
    'a Service that had no address',
    '0002-web.k8s.yaml',
    within('Service', 'nginx', 'spec:\\n'),
    '$1spec:\n  clusterIP: None\n',
    'Service nginx',
    'spec.clusterIP',
  ],
])('refused is a change of %s', (_, file, what, instead, title, field) => {
  expect(synthesize([production], past(file, what, instead))).toEqual([`production: ${title}: ${field} ${REFUSED}${WAY(title)}`]);
});

test('refused is another name for what has volumes', () => {
  const dist = past('0001-data.k8s.yaml', /(kind: StatefulSet\nmetadata:\n(?: .*\n)*? {2}name: redis)\n/, '$1-queue\n');
  expect(synthesize([production], dist)).toEqual([
    `production: StatefulSet redis-queue: is gone and StatefulSet redis is new; the volumes of the first stay, and the second begins with empty ones${WAY('StatefulSet redis-queue')}`,
  ]);
});

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
