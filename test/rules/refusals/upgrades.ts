import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import type { MocoSettings, OfficialSettings } from '../../../lib/components/mysql';
import type { RedisServerSettings } from '../../../lib/components/redis';
import type { Environment } from '../../../lib/environments';
import { production } from '../../../lib/environments/production';
import { withoutBackup } from '../../support/environments';
import { upgrade } from './refusal';

const mysql = (settings: Partial<OfficialSettings>): Environment => ({ ...production, mysql: { ...production.mysql, ...settings } });
const redis = (settings: Partial<RedisServerSettings>): Environment => ({ ...production, redis: { ...production.redis, ...settings } });
const moco: MocoSettings = { engine: 'moco', version: '8.4', replicas: 3, memory: Size.gibibytes(8), storage: Size.gibibytes(100) };
const operated = (settings: Partial<MocoSettings>): Environment => ({ ...withoutBackup(production), mysql: { ...moco, ...settings } });

export const data = [
  upgrade('a smaller volume', production, mysql({ storage: Size.gibibytes(99) })),
  upgrade('a volume smaller by a unit', mysql({ storage: Size.mebibytes(4097) }), mysql({ storage: Size.gibibytes(4) })),
  upgrade('a smaller volume of the operator’s servers', operated({}), operated({ storage: Size.gibibytes(50) })),
  upgrade('another class for volumes that exist', mysql({ storageClass: 'fast' }), mysql({ storageClass: 'faster' })),
  upgrade('a class where there was the default', production, redis({ storageClass: 'fast' })),
  upgrade('the default where there was a class', redis({ storageClass: 'fast' }), production),
  upgrade('the way back to an older series', mysql({ version: '8.4' }), production),
  upgrade(
    'a step over a series',
    production,
    mysql({ version: '8.4' }),
    written('0001-data.k8s.yaml', /\/mysql:8\.0\.\d+/g, '/mysql:5.7.44'),
  ),
  upgrade('fewer of the operator’s servers', operated({ replicas: 5 }), operated({ replicas: 3 })),
];

/** Another text in what was written before. */
function written(file: string, what: string | RegExp, instead: string): (dist: string) => void {
  return (dist) => {
    const path = join(dist, 'production', file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(what, instead);
    if (after === before) throw new Error(`the change leaves ${file} as it was`);
    writeFileSync(path, after);
  };
}

/** The text from an object on. */
const within = (kind: string, name: string, text: string) =>
  new RegExp(`(kind: ${kind}\\nmetadata:\\n(?: .*\\n)*? {2}name: ${name}\\n(?:(?!---).*\\n)*?.*)${text}`);
const WEB = '0002-web.k8s.yaml';
const DATA = '0001-data.k8s.yaml';
const changed = (what: string, ...change: Parameters<typeof written>) => upgrade(what, production, production, written(...change));

export const frozen = [
  changed(
    'the selector of a Deployment',
    WEB,
    within('Deployment', 'php', 'app.kubernetes.io/name: php\\n {2}strategy'),
    '$1app: php\n  strategy',
  ),
  changed('the Service of a StatefulSet', DATA, /serviceName: mysql-primary\S*/, 'serviceName: other'),
  changed(
    'the order of its pods',
    DATA,
    within('StatefulSet', 'redis', 'podManagementPolicy: Parallel'),
    '$1podManagementPolicy: OrderedReady',
  ),
  changed('the name of its claims', DATA, within('StatefulSet', 'mysql-replica', 'name: data\\n {6}spec'), '$1name: files\n      spec'),
  changed('a Service that had no address', WEB, within('Service', 'nginx', 'spec:\\n'), '$1spec:\n  clusterIP: None\n'),
  upgrade('TLS where servers of Redis spoke plain', redis({ tls: 'off' }), production),
  upgrade('plain connections where servers of Redis had TLS', production, redis({ tls: 'off' })),
  changed('another name for what has volumes', DATA, /(kind: StatefulSet\nmetadata:\n(?: .*\n)*? {2}name: redis)\n/, '$1-queue\n'),
];
