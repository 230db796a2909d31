import { Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import type { Manifest } from '../../../lib/charts';
import { Certificates } from '../../../lib/components/certificates';
import { bufferPoolOf, OfficialMysql as Mysql, serversOf, type MysqlEndpoint, type OfficialSettings } from '../../../lib/components/mysql';
import { CREDENTIALS } from '../../../lib/components/secrets';
import { removeFolders } from '../../support/folders';
import { changesBetween, find, ownersOf, podOf, titleOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

type MysqlSettings = Omit<OfficialSettings, 'engine'>;

const minimal: MysqlSettings = {
  version: '8.0',
  primary: 'mysql-primary-0',
  replicas: 0,
  semiSync: 'off',
  tls: 'off',
  memory: Size.gibibytes(2),
  storage: Size.gibibytes(20),
};
const every: Required<MysqlSettings> = {
  version: '8.4',
  primary: 'mysql-replica-1',
  replicas: 2,
  semiSync: 'durability',
  tls: 'verified',
  memory: Size.gibibytes(8),
  cpu: Cpu.units(2),
  storage: Size.gibibytes(100),
  storageClass: 'fast',
  database: 'ledger',
  maxLagSeconds: 10,
};
const following: MysqlSettings = { ...minimal, replicas: 1 };

const files = sampleFiles();
const mysql = (settings: MysqlSettings, docker = files) =>
  render(
    (chart) =>
      new Mysql(chart, 'mysql', { ...settings, files: docker, certificates: new Certificates(chart, 'certificates'), maxConnections: 200 }),
  );
type Instance = 'mysql-primary' | 'mysql-replica';
const INSTANCES: readonly Instance[] = ['mysql-primary', 'mysql-replica'];
const server = (settings: MysqlSettings, instance: Instance = 'mysql-primary') =>
  podOf(mysql(settings).manifests, 'StatefulSet', instance).spec;
/** A container of a server, by name. */
const containerOf = (settings: MysqlSettings, name: string, instance?: Instance) => {
  const { initContainers, containers } = server(settings, instance);
  return [...initContainers, ...containers].find((container: { name: string }) => container.name === name);
};
/** Plain variables of a container. */
const variablesOf = ({ env }: { env: { name: string; value: string }[] }) =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
/** Arguments of mysqld after the script that starts it. */
const argumentsOf = (settings: MysqlSettings): string[] => containerOf(settings, 'mysql').command.slice(2);
const topology = (settings: MysqlSettings) => find(mysql(settings).manifests, 'ConfigMap', 'mysql-topology')['data'];

afterAll(removeFolders);

describe('mysql', () => {
  test('with the smallest settings', () => {
    expect(mysql(minimal).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(mysql(every).yaml).toMatchSnapshot();
  });

  test('takes every setting into its manifests', () => {
    expect(idleSettings(minimal, every, mysql)).toEqual([]);
  });

  test('leads writes to the one pod that the environment names', () => {
    expect(find(mysql(minimal).manifests, 'Service', 'mysql')['spec'].selector).toEqual({
      'app.kubernetes.io/name': 'mysql',
      'statefulset.kubernetes.io/pod-name': 'mysql-primary-0',
    });
    expect(find(mysql(every).manifests, 'Service', 'mysql')['spec'].selector).toEqual({
      'app.kubernetes.io/name': 'mysql',
      'statefulset.kubernetes.io/pod-name': 'mysql-replica-1',
    });
  });

  test('leads reads to every server, the primary among them', () => {
    expect(find(mysql(every).manifests, 'Service', 'mysql-read')['spec'].selector).toEqual({ 'app.kubernetes.io/name': 'mysql' });
  });

  test('gives every server an address that its pod keeps when it is made anew, and that answers before it is ready', () => {
    for (const pod of serversOf(every)) {
      const { spec } = find(mysql(every).manifests, 'Service', pod);
      expect(spec.clusterIP).toBeUndefined();
      expect(spec.publishNotReadyAddresses).toBe(true);
      expect(spec.selector).toEqual({ 'app.kubernetes.io/name': 'mysql', 'statefulset.kubernetes.io/pod-name': pod });
    }
    expect(find(mysql(every).manifests, 'Service', 'mysql-read')['spec'].publishNotReadyAddresses).toBeUndefined();
  });

  test('tells others how to reach it', () => {
    const endpoints: MysqlEndpoint[] = [];
    render((chart) => {
      const certificates = new Certificates(chart, 'certificates');
      endpoints.push(new Mysql(chart, 'mysql', { ...every, tls: 'off', files, certificates, maxConnections: 1 }).endpoint);
    });
    expect(endpoints).toEqual([{ host: 'mysql', readHost: 'mysql-read', port: 3306, database: 'ledger', user: 'laravel' }]);
  });

  test('passes what follows from numbers as arguments', () => {
    expect(containerOf(minimal, 'mysql').command).toEqual([
      'bash',
      '/etc/fintrack/mysql/start.sh',
      '--max-connections=200',
      '--innodb-buffer-pool-size=1024M',
      '--innodb-redo-log-capacity=512M',
    ]);
  });

  test.each([
    [768, 384],
    [1024, 512],
    // Below 1 GiB in steps of 128 MiB, above in steps of 1 GiB: MySQL would round 1536 MiB up to 2 GiB.
    [1900, 896],
    [3072, 1024],
    [8192, 4096],
  ])('of %i MiB gives %i MiB to the buffer pool, a size that MySQL takes as it is', (memory, pool) => {
    expect(bufferPoolOf(Size.mebibytes(memory)).toMebibytes()).toBe(pool);
  });

  test.each([
    // Half of the pool, and never less than 128 MiB or more than 4 GiB.
    [256, 128, 128],
    [512, 256, 128],
    [768, 384, 192],
    [8192, 4096, 2048],
    [16384, 8192, 4096],
    [65536, 32768, 4096],
  ])('of %i MiB, %i of them buffer pool, lets the redo log grow to %i MiB', (memory, pool, redo) => {
    expect(argumentsOf({ ...minimal, memory: Size.mebibytes(memory) })).toEqual([
      '--max-connections=200',
      `--innodb-buffer-pool-size=${pool}M`,
      `--innodb-redo-log-capacity=${redo}M`,
    ]);
  });

  test.each([
    ['off', []],
    ['availability', ['--loose-rpl-semi-sync-replica-enabled=ON', '--loose-rpl-semi-sync-source-timeout=1000']],
    // The most that MySQL takes, in milliseconds: 49 days.
    ['durability', ['--loose-rpl-semi-sync-replica-enabled=ON', '--loose-rpl-semi-sync-source-timeout=4294967295']],
  ] as const)('with semiSync %s has semi-synchronous replication as %j, on every server', (semiSync, expected) => {
    for (const instance of INSTANCES) {
      const { command, ...container } = containerOf({ ...following, semiSync }, 'mysql', instance);
      expect(command.filter((argument: string) => argument.includes('semi'))).toEqual(expected);
      expect(variablesOf(container as never)['SEMI_SYNC']).toBe(semiSync);
    }
  });

  test.each([
    ['off', ['my.cnf'], undefined],
    ['encrypted', ['my.cnf', 'tls.cnf'], { verified: false }],
    [
      'verified',
      ['my.cnf', 'tls.cnf', 'certificate.cnf'],
      {
        certificateAuthorities: '/run/authorities/mysql.crt',
        authority: { secret: 'mysql-tls', key: 'ca.crt', file: 'mysql.crt' },
      },
    ],
  ] as const)('with tls %s reads %j, and its clients %j', (tls, configuration, client) => {
    const endpoints: MysqlEndpoint[] = [];
    render((chart) => {
      const certificates = new Certificates(chart, 'certificates');
      endpoints.push(new Mysql(chart, 'mysql', { ...minimal, tls, files, certificates, maxConnections: 1 }).endpoint);
    });
    expect(endpoints[0]?.tls).toEqual(client);
    for (const instance of INSTANCES) {
      const { volumes } = server({ ...following, tls }, instance);
      const read = volumes.find(({ name }: { name: string }) => name === 'mysql-conf-d').configMap.items;
      expect(read.map(({ key }: { key: string }) => key)).toEqual(configuration);
      for (const container of ['bootstrap', 'mysql', 'role']) {
        expect(variablesOf(containerOf({ ...following, tls }, container, instance))['TLS']).toBe(tls);
      }
      const secrets = volumes.find(({ name }: { name: string }) => name === 'secrets').projected.sources;
      const keys = secrets.find(({ secret }: { secret: { name: string } }) => secret.name === 'mysql-tls')?.secret.items;
      expect(keys?.map(({ path }: { path: string }) => path)).toEqual(tls === 'verified' ? ['tls.crt', 'tls.key', 'ca.crt'] : undefined);
    }
  });

  test('has a certificate of every name that leads to its servers', () => {
    const { manifests } = mysql(every);
    const services = manifests
      .filter(({ kind, spec }) => kind === 'Service' && spec.clusterIP !== 'None')
      .map(({ metadata }) => metadata.name);
    expect(services.length).toBe(5);
    expect(find(manifests, 'Certificate', 'mysql')['spec'].dnsNames).toEqual(
      expect.arrayContaining(services.flatMap((name) => [name, `${name}.fintrack-test`, `${name}.fintrack-test.svc`])),
    );
  });

  test.each([
    ['off', false],
    ['availability', true],
    ['durability', true],
  ] as const)(
    'with semiSync %s demands a node for every server: %s, as both copies of a commit must not be lost together',
    (semiSync, apart) => {
      for (const instance of INSTANCES) {
        const { affinity } = server({ ...following, semiSync }, instance);
        // By the component's label: a primary and a replica are of two StatefulSets.
        expect(affinity?.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual(
          apart
            ? [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'mysql' } } }]
            : undefined,
        );
      }
    },
  );

  test('never passes an argument that would open a server: the last one would win over start.sh', () => {
    for (const settings of [minimal, every, { ...following, primary: 'mysql-replica-0' }]) {
      expect(argumentsOf(settings).filter((argument) => /read[-_]only/.test(argument))).toEqual([]);
    }
  });

  test.each(INSTANCES)('keeps the volumes of %s when the object or a pod goes, and asks for as much as was decided', (instance) => {
    const { spec } = find(mysql(every).manifests, 'StatefulSet', instance);
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
    expect(spec.volumeClaimTemplates).toMatchObject([
      { metadata: { name: 'data' }, spec: { resources: { requests: { storage: '100Gi' } } } },
    ]);
  });

  test.each(INSTANCES)('starts all pods of %s at once, as a first primary asks every other server whether it is empty', (instance) => {
    expect(find(mysql(every).manifests, 'StatefulSet', instance)['spec'].podManagementPolicy).toBe('Parallel');
  });

  test('uses the default class of the cluster unless told otherwise', () => {
    const [claim] = find(mysql(minimal).manifests, 'StatefulSet', 'mysql-primary')['spec'].volumeClaimTemplates;
    expect(claim.spec).not.toHaveProperty('storageClassName');
    const [fast] = find(mysql(every).manifests, 'StatefulSet', 'mysql-primary')['spec'].volumeClaimTemplates;
    expect(fast.spec.storageClassName).toBe('fast');
  });

  test('has an hour for crash recovery and five minutes to stop', () => {
    const { terminationGracePeriodSeconds } = server(minimal);
    const { periodSeconds, failureThreshold } = containerOf(minimal, 'mysql').startupProbe;
    expect(periodSeconds * failureThreshold).toBe(3600);
    expect(terminationGracePeriodSeconds).toBe(300);
  });

  test('probes liveness over TCP and without a password, as the first start listens on a socket only', () => {
    const { command } = containerOf(minimal, 'mysql').livenessProbe.exec;
    expect(command).toContain('--host=127.0.0.1');
    expect(command.join(' ')).not.toMatch(/password|user/);
  });

  test('asks for readiness by role, with a script that knows how far behind a replica may be', () => {
    expect(containerOf(minimal, 'mysql').readinessProbe.exec.command).toEqual(['bash', '/etc/fintrack/mysql/ready.sh']);
    expect(variablesOf(containerOf(minimal, 'mysql'))['MAX_LAG_SECONDS']).toBe('30');
    expect(variablesOf(containerOf(every, 'mysql'))['MAX_LAG_SECONDS']).toBe('10');
  });

  test('guarantees its pods all that they may use: memory, processor time and disk', () => {
    for (const name of ['bootstrap', 'mysql', 'role']) {
      const { resources } = containerOf(every, name);
      expect({ [name]: resources.limits }).toEqual({ [name]: resources.requests });
    }
  });

  test('carries no password in an environment or an argument', () => {
    expect(containerOf(minimal, 'mysql').env).toEqual([
      { name: 'MYSQL_DATABASE', value: 'financial_tracker' },
      { name: 'SERVER_ID_BASE', value: '100' },
      { name: 'SEMI_SYNC', value: 'off' },
      { name: 'TLS', value: 'off' },
      { name: 'MAX_LAG_SECONDS', value: '30' },
    ]);
    for (const { command, env } of [...server(every).initContainers, ...server(every).containers]) {
      expect(JSON.stringify([command, env])).not.toMatch(/pass/i);
    }
  });

  test.each(INSTANCES)('reads every password of fintrack-mysql from a file of %s that its group alone may read', (instance) => {
    const { initContainers, containers, volumes } = server(every, instance);
    const names = ['root', 'app', 'replication', 'clone', 'backup', 'exporter', 'probe'].map((account) => `${account}-password`);
    expect(volumes.find((volume: { name: string }) => volume.name === 'secrets').projected).toEqual({
      defaultMode: 0o440,
      sources: [
        { secret: { name: 'fintrack-mysql', items: names.map((name) => ({ key: name, path: name })) } },
        { secret: { name: 'mysql-tls', items: ['tls.crt', 'tls.key', 'ca.crt'].map((key) => ({ key, path: key })) } },
      ],
    });
    for (const { volumeMounts } of [...initContainers, ...containers]) {
      expect(volumeMounts).toContainEqual({ name: 'secrets', mountPath: '/run/secrets/mysql', readOnly: true });
    }
    const declared = Object.values(CREDENTIALS).filter(({ secret }) => secret === 'fintrack-mysql');
    expect(declared.map(({ key }) => key).sort()).toEqual([...names].sort());
  });
});

describe('the role of a MySQL server', () => {
  test('is said by the topology: the primary, and every server by its host name, each with a line end', () => {
    expect(topology(minimal)).toEqual({ primary: 'mysql-primary-0\n', servers: 'mysql-primary-0\n' });
    expect(topology(every)).toEqual({
      primary: 'mysql-replica-1\n',
      servers: 'mysql-primary-0\nmysql-replica-0\nmysql-replica-1\n',
    });
  });

  test('is said nowhere else: only the Service for writes names a pod beside it, and the Services that are called like pods', () => {
    const naming = mysql(every).manifests.filter((manifest) => /mysql-(primary|replica)-\d/.test(JSON.stringify(manifest)));
    expect(naming.map(titleOf).sort()).toEqual([
      'Certificate mysql',
      'ConfigMap mysql-topology',
      'Service mysql',
      ...serversOf(every).map((pod) => `Service ${pod}`),
    ]);
  });

  test.each([
    ['mysql-primary-0', 'mysql-replica-0'],
    ['mysql-replica-0', 'mysql-replica-1'],
    ['mysql-replica-1', 'mysql-primary-0'],
  ])('goes from %s to %s with a change of the Service and the topology, and of no pod template at all', (from, to) => {
    const [before, after] = [from, to].map((primary) => mysql({ ...every, primary }).manifests) as [Manifest[], Manifest[]];
    expect(changesBetween(before, after)).toEqual([
      'ConfigMap mysql-topology data.primary',
      'Service mysql spec.selector.statefulset.kubernetes.io/pod-name',
    ]);
    expect(ownersOf(after)).toHaveLength(2);
    expect(ownersOf(after).map(({ spec, labels }) => ({ spec, labels }))).toEqual(
      ownersOf(before).map(({ spec, labels }) => ({ spec, labels })),
    );
  });

  test.each(INSTANCES)(
    'arrives in running pods of %s: the topology may change, and is mounted as a folder in every container',
    (instance) => {
      expect(find(mysql(every).manifests, 'ConfigMap', 'mysql-topology')).not.toHaveProperty('immutable');
      const { initContainers, containers, volumes } = server(every, instance);
      expect(volumes).toContainEqual({ name: 'topology', configMap: { name: 'mysql-topology' } });
      for (const { volumeMounts } of [...initContainers, ...containers]) {
        // A subPath would keep the file of the pod's start.
        expect(volumeMounts).toContainEqual({ name: 'topology', mountPath: '/etc/fintrack/topology', readOnly: true });
      }
    },
  );

  test('is kept by a container that has the socket and the passwords, but neither data nor port', () => {
    const role = containerOf(every, 'role');
    expect(role.command).toEqual(['bash', '/etc/fintrack/mysql/role.sh']);
    expect(role.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
      '/etc/fintrack/mysql',
      '/etc/fintrack/topology',
      '/run/secrets/mysql',
      '/var/run/mysqld',
      '/tmp',
    ]);
    for (const absent of ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(role).not.toHaveProperty(absent);
    }
  });

  test('makes no difference to the pods: the two StatefulSets differ in name, count and server ids only', () => {
    const [primary, replica] = INSTANCES.map((instance) => find(mysql(every).manifests, 'StatefulSet', instance)) as [Manifest, Manifest];
    expect(variablesOf(containerOf(every, 'mysql', 'mysql-primary'))['SERVER_ID_BASE']).toBe('100');
    expect(variablesOf(containerOf(every, 'mysql', 'mysql-replica'))['SERVER_ID_BASE']).toBe('200');
    const renamed = JSON.stringify(primary)
      .replaceAll('mysql-primary', 'mysql-replica')
      .replaceAll('{"name":"SERVER_ID_BASE","value":"100"}', '{"name":"SERVER_ID_BASE","value":"200"}')
      .replace('"replicas":1', '"replicas":2');
    expect(JSON.parse(renamed)).toEqual(replica);
  });
});

describe('replicas of MySQL', () => {
  test('have no object at all where there are none', () => {
    expect(mysql(minimal).yaml).not.toContain('mysql-replica');
    expect(
      mysql(following)
        .manifests.map(titleOf)
        .filter((title) => !mysql(minimal).manifests.map(titleOf).includes(title)),
    ).toEqual([
      ...['ServiceAccount', 'PodDisruptionBudget', 'Service', 'StatefulSet'].map((kind) => `${kind} mysql-replica`),
      'Service mysql-replica-0',
    ]);
  });

  test('leave the primary as it is when the first of them comes', () => {
    const [alone, followed] = [minimal, following].map((settings) => find(mysql(settings).manifests, 'StatefulSet', 'mysql-primary'));
    expect(followed).toEqual(alone);
  });

  test.each([
    [1, 2],
    [2, 9],
    [3, 1],
  ])('from %i to %i change their count and the topology, and no pod template', (from, to) => {
    const [before, after] = [from, to].map((replicas) => mysql({ ...minimal, replicas }).manifests) as [Manifest[], Manifest[]];
    const [few, many] = [Math.min(from, to), Math.max(from, to)];
    expect(changesBetween(before, after)).toEqual([
      ...serversOf({ replicas: many })
        .slice(1 + few)
        .map((pod) => `${to > from ? '+' : '-'} Service ${pod}`),
      'ConfigMap mysql-topology data.servers',
      'StatefulSet mysql-replica spec.replicas',
    ]);
    expect(find(after, 'StatefulSet', 'mysql-replica')['spec'].replicas).toBe(to);
    expect(find(after, 'StatefulSet', 'mysql-primary')['spec'].replicas).toBe(1);
  });

  test('have names for each other before they are ready', () => {
    for (const instance of INSTANCES) {
      expect(find(mysql(every).manifests, 'Service', instance)['spec']).toMatchObject({
        clusterIP: 'None',
        publishNotReadyAddresses: true,
      });
      expect(find(mysql(every).manifests, 'StatefulSet', instance)['spec'].serviceName).toBe(instance);
    }
  });

  test('never have the server id of another, at the most that the rules allow', () => {
    const most = { ...minimal, replicas: 9 };
    const ids = INSTANCES.flatMap((instance) =>
      Array.from(
        { length: find(mysql(most).manifests, 'StatefulSet', instance)['spec'].replicas },
        (_, ordinal) => Number(variablesOf(containerOf(most, 'mysql', instance))['SERVER_ID_BASE']) + ordinal,
      ),
    );
    expect(ids).toEqual([100, 200, 201, 202, 203, 204, 205, 206, 207, 208]);
    expect(new Set(ids).size).toBe(serversOf(most).length);
  });

  test('have one server id in all their containers', () => {
    const { initContainers, containers } = server(every, 'mysql-replica');
    const bases = [...initContainers, ...containers].map((container) => variablesOf(container)['SERVER_ID_BASE']);
    expect(bases).toEqual(['200', '200', '200']);
  });

  test('roll when a script changes, as every server does', () => {
    const changed = mysql(every, sampleFiles({ 'mysql/role.sh': '# changed\n' })).manifests;
    for (const instance of INSTANCES) {
      expect(podOf(changed, 'StatefulSet', instance).spec).not.toEqual(server(every, instance));
    }
  });
});
