import { Size, Yaml } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { Certificates } from '../../../lib/components/certificates';
import { Mysql, type ExternalSettings, type MocoSettings, type MysqlEndpoint, type MysqlSettings } from '../../../lib/components/mysql';
import { credentialsFor } from '../../../lib/charts';
import type { Environment } from '../../../lib/environments';
import { production } from '../../../lib/environments/production';
import { withoutBackup } from '../../support/environments';
import { environmentFindings, referenceFindings } from '../../../lib/rules';
import { removeFolders } from '../../support/folders';
import { find, manifestsFor, ownersOf, titleOf } from '../../support/manifests';
import { connectionsIn } from '../../support/network';
import { restrictedFindings } from '../../support/pod-security';
import { idleSettings, render, sampleFiles } from '../../support/render';
import { schemaFindings } from '../../support/schema';

const external: ExternalSettings = { engine: 'external', host: 'db.example.com', cidrs: ['203.0.113.0/24'] };
const externalEvery: Required<ExternalSettings> = {
  engine: 'external',
  host: 'writer.example.com',
  readHost: 'reader.example.com',
  port: 3307,
  cidrs: ['203.0.113.0/28', '2001:db8::/64'],
  database: 'ledger',
  user: 'fintrack',
  certificateAuthorities: '/etc/ssl/certs/ca-certificates.crt',
  maxConnections: 500,
};

const moco: MocoSettings = { engine: 'moco', version: '8.0', replicas: 1, memory: Size.gibibytes(8), storage: Size.gibibytes(20) };
const mocoEvery: Required<MocoSettings> = {
  engine: 'moco',
  version: '8.4',
  replicas: 3,
  memory: Size.gibibytes(16),
  cpu: Cpu.units(2),
  storage: Size.gibibytes(100),
  storageClass: 'fast',
  database: 'ledger',
  maxLagSeconds: 10,
  operatorNamespace: 'operators',
  backup: {
    schedule: '15 3 * * *',
    bucket: 'ledger-backups',
    endpoint: 'https://s3.example.com',
    region: 'eu-1',
    credentials: 'ledger-bucket',
    workspace: Size.gibibytes(50),
    cidrs: ['203.0.113.0/24', '10.96.0.1/32'],
    ports: [443],
  },
};

const environmentOf = (mysql: MysqlSettings): Environment => ({ ...withoutBackup(production), mysql });
const manifestsOf = (mysql: MysqlSettings) => manifestsFor(environmentOf(mysql));
const environmentRendered = (mysql: MysqlSettings) => {
  const manifests = manifestsOf(mysql);
  return { manifests, yaml: Yaml.stringify(...manifests) };
};
const mysqlRendered = (mysql: MysqlSettings, myCnf = 'max_allowed_packet = 64M\n') => {
  const endpoints: MysqlEndpoint[] = [];
  const files = sampleFiles({ 'mysql/my.cnf': myCnf });
  const rendered = render((chart) => {
    const certificates = new Certificates(chart, 'certificates');
    endpoints.push(new Mysql(chart, 'mysql', { ...mysql, files, certificates, maxConnections: 200 }).endpoint);
  });
  return { ...rendered, endpoint: endpoints[0] };
};
const settingsOf = (mysql: MysqlSettings, file = 'laravel.env'): string[] => {
  const text: string = find(manifestsOf(mysql), 'ConfigMap', 'laravel')['data'][file];
  return text.split('\n').filter((line) => /^(DB|MYSQL)_/.test(line));
};
const findingsOf = (mysql: MysqlSettings) => environmentFindings(environmentOf(mysql));

afterAll(removeFolders);

describe.each<[string, MysqlSettings]>([
  ['external with the smallest settings', external],
  ['external with every setting', externalEvery],
  ['moco with the smallest settings', moco],
  ['moco with every setting', mocoEvery],
])('an environment whose MySQL is %s', (_, mysql) => {
  const manifests = manifestsOf(mysql);

  test('passes all rules', () => {
    expect([...findingsOf(mysql), ...referenceFindings(manifests)]).toEqual([]);
  });

  test('has no server of FinTrack’s own, and nothing that belongs to one', () => {
    const named = manifests.map(titleOf).filter((title) => /mysql-(primary|replica|read|topology)/.test(title));
    expect(named).toEqual([]);
    expect(ownersOf(manifests).map(({ labels }) => labels['app.kubernetes.io/name'])).not.toContain('mysql');
  });

  test('fits the API of Kubernetes, its custom resources aside', () => {
    expect(manifests.flatMap((manifest) => [...schemaFindings(manifest, '1.27'), ...schemaFindings(manifest, '1.34')])).toEqual([]);
  });

  test('needs one password for MySQL, the application’s', () => {
    const needed = credentialsFor(environmentOf(mysql));
    expect(needed.filter(({ secret }) => secret === 'fintrack-mysql').map(({ key }) => key)).toEqual(['app-password']);
  });
});

describe('a database outside the cluster', () => {
  test('is no object', () => {
    expect(mysqlRendered(externalEvery).manifests).toEqual([]);
  });

  test('takes every setting into the manifests; the number of connections is only compared', () => {
    expect(idleSettings<ExternalSettings>(external, externalEvery, environmentRendered)).toEqual(['engine', 'maxConnections']);
  });

  test('is reached for reads where it is for writes, unless told otherwise', () => {
    expect(mysqlRendered(external).endpoint).toEqual({
      host: 'db.example.com',
      readHost: 'db.example.com',
      port: 3306,
      database: 'financial_tracker',
      user: 'laravel',
    });
  });

  test('is what Laravel is told, and migrations read where they write', () => {
    const expected = [
      "DB_CONNECTION='mysql'",
      "DB_HOST='writer.example.com'",
      "DB_READ_HOST='reader.example.com'",
      "DB_PORT='3307'",
      "DB_DATABASE='ledger'",
      "DB_USERNAME='fintrack'",
      "MYSQL_ATTR_SSL_CA='/etc/ssl/certs/ca-certificates.crt'",
    ];
    expect(settingsOf(externalEvery)).toEqual(expected);
    expect(settingsOf(externalEvery, 'migration.env')).toEqual(expected.map((line) => line.replace('reader', 'writer')));
    expect(settingsOf(external).join()).not.toMatch(/SSL/);
  });

  test('may be reached by the application alone, on its port alone', () => {
    // At a port of the namespace too, since those are the ones that the matrix tries on addresses outside.
    const { opens, accepts } = connectionsIn(manifestsOf({ ...external, port: 6379 }));
    // Mail is the application's own.
    expect(opens.filter((line) => line.includes('internet') && !line.endsWith(':587')).sort()).toEqual(
      ['migration', 'php', 'queue-worker-default', 'scheduler'].map((from) => `${from} → internet:6379`),
    );
    expect(accepts.filter((line) => line.startsWith('internet'))).toEqual([]);
    expect(connectionsIn(manifestsOf({ ...external, port: 6379, cidrs: ['192.0.2.0/24'] })).opens.join()).not.toContain('internet:6379');
    expect(find(manifestsOf(external), 'NetworkPolicy', 'php')['spec'].egress).toContainEqual({
      to: [{ ipBlock: { cidr: '203.0.113.0/24' } }],
      ports: [{ port: 3306, protocol: 'TCP' }],
    });
  });

  test('may have an address for a name, and take just what the application opens', () => {
    expect(findingsOf({ ...external, host: '203.0.113.5', maxConnections: 332 })).toEqual([]);
  });
});

describe('MySQL of the operator MOCO', () => {
  test('with the smallest settings', () => {
    expect(mysqlRendered(moco).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(mysqlRendered(mocoEvery).yaml).toMatchSnapshot();
  });

  test('takes every setting into the manifests', () => {
    expect(idleSettings<MocoSettings>(moco, mocoEvery, environmentRendered)).toEqual(['engine']);
  });

  test('is reached through the Services that MOCO makes; one server is both', () => {
    const rest = { port: 3306, user: 'laravel' };
    expect(mysqlRendered(mocoEvery).endpoint).toEqual({
      host: 'moco-mysql-primary',
      readHost: 'moco-mysql-replica',
      database: 'ledger',
      ...rest,
    });
    expect(mysqlRendered(moco).endpoint).toEqual({
      host: 'moco-mysql-primary',
      readHost: 'moco-mysql-primary',
      database: 'financial_tracker',
      ...rest,
    });
  });

  test('has of my.cnf what MOCO leaves to others, and what follows from numbers', () => {
    const { manifests } = mysqlRendered(moco, '[mysqld]\ndatadir = /data\ncharacter-set-server = utf8mb4\nsync_binlog = 1\n');
    expect(find(manifests, 'ConfigMap', 'mysql')['data']).toEqual({
      character_set_server: 'utf8mb4',
      sync_binlog: '1',
      max_connections: '200',
      innodb_buffer_pool_size: '4096M',
    });
  });

  test('asks for pods that Pod Security lets in, MOCO’s own containers included', () => {
    const { podTemplate } = find(manifestsOf(mocoEvery), 'MySQLCluster', 'mysql')['spec'];
    const containers = [...podTemplate.spec.containers, ...podTemplate.overwriteContainers];
    expect(containers.map(({ name }: { name: string }) => name)).toEqual(['mysqld', 'agent', 'copy-moco-init', 'moco-init', 'slow-log']);
    const manifest = find(manifestsOf(mocoEvery), 'MySQLCluster', 'mysql');
    expect(restrictedFindings({ title: 'pod', manifest, labels: {}, spec: { ...podTemplate.spec, containers } })).toEqual([]);
  });

  test('has the labels that its policies select, and lets in the application, itself, its operator and its backup', () => {
    const manifests = manifestsOf(mocoEvery);
    const labels = { 'app.kubernetes.io/name': 'mysql', 'app.kubernetes.io/instance': 'mysql' };
    expect(find(manifests, 'MySQLCluster', 'mysql')['spec'].podTemplate.metadata.labels).toMatchObject(labels);
    const { spec } = find(manifests, 'NetworkPolicy', 'mysql');
    expect(spec.podSelector.matchLabels).toEqual(labels);
    const instance = (name: string) => ({
      podSelector: {
        matchLabels:
          name === 'queue-worker'
            ? { 'app.kubernetes.io/name': 'php', 'app.kubernetes.io/component': 'worker' }
            : { 'app.kubernetes.io/instance': name },
      },
    });
    const ports = (...numbers: number[]) => numbers.map((port) => ({ port, protocol: 'TCP' }));
    expect(spec.ingress).toEqual([
      ...['php', 'queue-worker', 'scheduler', 'migration'].map((from) => ({ from: [instance(from)], ports: ports(3306) })),
      { from: [{ podSelector: { matchLabels: labels } }], ports: ports(3306, 33062) },
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'operators' } } }], ports: ports(33062, 9080) },
      { from: [{ podSelector: { matchLabels: { ...labels, 'app.kubernetes.io/name': 'mysql-backup' } } }], ports: ports(3306, 33062) },
    ]);
    expect(find(manifests, 'NetworkPolicy', 'mysql-backup')['spec'].egress[1]).toEqual({
      to: [{ ipBlock: { cidr: '203.0.113.0/24' } }, { ipBlock: { cidr: '10.96.0.1/32' } }],
      ports: ports(443),
    });
  });

  test('is missed when it is not there: by the policies and by whoever names its Services', () => {
    const manifests = manifestsOf({ ...mocoEvery, backup: { ...mocoEvery.backup, ports: [443] } });
    const without = (kind: string) => referenceFindings(manifests.filter((manifest) => manifest.kind !== kind));
    const selector = '{"app.kubernetes.io/instance":"mysql","app.kubernetes.io/name":"mysql"}';
    const backup = '{"app.kubernetes.io/instance":"mysql","app.kubernetes.io/name":"mysql-backup"}';
    const settings = titleOf(find(manifests, 'ConfigMap', 'laravel'));
    const config = titleOf(find(manifests, 'ConfigMap', 'mysql'));
    expect(without('MySQLCluster')).toEqual([
      ...['php', 'queue-worker', 'scheduler', 'migration'].map((name) => `NetworkPolicy ${name}: its peer ${selector} matches no pod`),
      `NetworkPolicy mysql: its selector ${selector} matches no pod`,
      `NetworkPolicy mysql-backup: its peer ${selector} matches no pod`,
      `${settings}: there is no Service moco-mysql-primary, which it names as a host`,
      `${settings}: there is no Service moco-mysql-replica, which it names as a host`,
      `${config}: no pod mounts it; remove it`,
    ]);
    expect(without('BackupPolicy')).toEqual([
      `NetworkPolicy mysql: its peer ${backup} matches no pod`,
      `NetworkPolicy mysql-backup: its selector ${backup} matches no pod`,
    ]);
  });
});

test('what holds for FinTrack’s own servers only is asked of no other engine', () => {
  const stray = { primary: 'nobody', semiSync: 'durability', replicas: -1, memory: Size.mebibytes(1) };
  expect(findingsOf({ ...stray, ...external })).toEqual([]);
  expect(findingsOf({ ...stray, ...moco })).toEqual([]);
});
