import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import type { MocoSettings, OfficialSettings } from '../../lib/components/mysql';
import type { Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { synthesize } from '../../lib/fintrack';
import { previousFindings } from '../../lib/rules';
import { withoutBackup } from '../support/environments';
import { differences, makeFolder, readTree, removeFolders, writeInto } from '../support/folders';

const moco: MocoSettings = { engine: 'moco', version: '8.4', replicas: 3, memory: Size.gibibytes(8), storage: Size.gibibytes(100) };

const mysql = (settings: Partial<OfficialSettings>): Environment => ({ ...production, mysql: { ...production.mysql, ...settings } });
const operated = (settings: Partial<MocoSettings>): Environment => ({ ...withoutBackup(production), mysql: { ...moco, ...settings } });

/** A folder like dist/ that holds these environments. */
function distOf(...environments: Environment[]): string {
  const dist = join(makeFolder(), 'dist');
  expect(synthesize(environments, dist)).toEqual([]);
  return dist;
}

afterAll(removeFolders);

describe('refused, in one line, is', () => {
  test('a volume that is smaller than before, and dist/ stays as it was', () => {
    const dist = distOf(production);
    const tree = readTree(dist);
    expect(synthesize([mysql({ storage: Size.gibibytes(99) })], dist)).toHaveLength(1);
    expect(differences(readTree(dist), tree)).toEqual([]);
  });

  test('a step over a series, from what no environment can yet say', () => {
    expect(previousFindings(manifests('mysql:8.0.46'), manifests('mysql:9.7.2'))).toEqual([
      'mysql.version 9.7 was 8.0 before; MySQL goes from one series to the next. Set it to 8.4 first, and apply that',
    ]);
    expect(previousFindings(manifests('mysql:9.7.2'), manifests('mysql:8.4.11'))).toEqual([
      'mysql.version 8.4 was 9.7 before; MySQL has no way back to an older series. Set it to 9.7',
    ]);
  });

  test('everything at once, and what two workloads share only once', () => {
    const after: Environment = {
      ...mysql({ storage: Size.gibibytes(10), version: '8.0' }),
      redis: { ...production.redis, storageClass: 'fast' },
    };
    expect(synthesize([after], distOf(mysql({ version: '8.4' })))).toEqual([
      'production: mysql.storage 10Gi is less than the 100Gi of before; a volume never shrinks. Set it to at least 100Gi',
      'production: mysql.version 8.0 was 8.4 before; MySQL has no way back to an older series. Set it to 8.4',
      'production: redis.storageClass fast was (none) before; a volume keeps its class. Leave it out',
    ]);
  });
});

describe('accepted is', () => {
  test.each<[string, Environment, Environment]>([
    ['no change', production, production],
    ['a larger volume', production, mysql({ storage: Size.gibibytes(200) })],
    ['the same volume in another unit', mysql({ storage: Size.gibibytes(100) }), mysql({ storage: Size.mebibytes(102_400) })],
    ['the next series', production, mysql({ version: '8.4' })],
    ['fewer replicas of FinTrack’s own', production, mysql({ replicas: 1 })],
    ['more of the operator’s servers', operated({ replicas: 1 }), operated({ replicas: 5 })],
    ['another engine: its data is another', production, operated({ storage: Size.gibibytes(50) })],
  ])('%s', (_, before, after) => {
    expect(synthesize([after], distOf(before))).toEqual([]);
  });

  test.each([
    ['8.0.46', '8.4.11'],
    ['8.4.11', '9.7.2'],
    ['9.7.2', '9.7.4'],
  ])('the step from %s to %s', (before, after) => {
    expect(previousFindings(manifests(`mysql:${before}`), manifests(`mysql:${after}`))).toEqual([]);
  });
});

describe('without a past', () => {
  const smaller = mysql({ storage: Size.gibibytes(50) });

  test.each<[string, (dist: string) => void]>([
    ['the folder is absent', (dist) => rmSync(join(dist, 'production'), { recursive: true })],
    [
      'the folder is a file',
      (dist) => {
        rmSync(join(dist, 'production'), { recursive: true });
        writeInto(dist, 'production', 'nothing\n');
      },
    ],
    [
      'the folder is empty',
      (dist) => {
        rmSync(join(dist, 'production'), { recursive: true });
        mkdirSync(join(dist, 'production'));
      },
    ],
    ['its files say nothing', (dist) => writeInto(dist, 'production/0001-data.k8s.yaml', 'old\n')],
    [
      'a file is a folder',
      (dist) => {
        rmSync(join(dist, 'production/0001-data.k8s.yaml'));
        mkdirSync(join(dist, 'production/0001-data.k8s.yaml'));
      },
    ],
  ])('everything is allowed: %s', (_, lose) => {
    const dist = distOf(production);
    lose(dist);
    expect(synthesize([smaller], dist)).toEqual([]);
  });

  test('of its own an environment is compared with no other', () => {
    expect(synthesize([{ ...smaller, name: 'qa' }], distOf(production))).toEqual([]);
  });
});

describe('sizes of any spelling', () => {
  test.each([
    ['1Ti', '1T', 'mysql.storage 1T is less than the 1Ti of before; a volume never shrinks. Set it to at least 1Ti'],
    [
      '"107374182400"',
      '99Gi',
      'mysql.storage 99Gi is less than the 107374182400 of before; a volume never shrinks. Set it to at least 107374182400',
    ],
  ])('%s is more than %s', (before, after, finding) => {
    expect(previousFindings(manifests('mysql:8.4.11', before), manifests('mysql:8.4.11', after))).toEqual([finding]);
  });

  test.each([
    ['1.5Gi', '1536Mi'],
    ['1T', '1Ti'],
    ['much', '1Gi'],
  ])('%s is no more than %s', (before, after) => {
    expect(previousFindings(manifests('mysql:8.4.11', before), manifests('mysql:8.4.11', after))).toEqual([]);
  });
});

/** A folder with one StatefulSet of that image and volume, as somebody may have written it by hand. */
function manifests(image: string, storage = '100Gi'): string {
  const folder = makeFolder();
  const text = [
    'kind: StatefulSet',
    'metadata:',
    '  labels:',
    '    name: other',
    '  name: mysql-primary',
    'spec:',
    '  replicas: 1',
    '  template:',
    '    spec:',
    '      containers:',
    `        - image: "registry.example.com/mirror/${image}"`,
    '          resources:',
    '            limits:',
    '              ephemeral-storage: 1Mi',
    '        - image: registry.example.com/mysqld-exporter:0.15',
    '  volumeClaimTemplates:',
    '    - spec:',
    '        resources:',
    '          requests:',
    `            storage: ${storage}`,
    '',
  ].join('\n');
  writeInto(folder, '0001-data.k8s.yaml', `kind: Service\nmetadata:\n  name: mysql\n---\n${text}`);
  return folder;
}
