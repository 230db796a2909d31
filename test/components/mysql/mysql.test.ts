import { Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { bufferPoolOf, Mysql, type MysqlEndpoint, type MysqlSettings } from '../../../lib/components/mysql';
import { removeFolders } from '../../support/folders';
import { find, podOf } from '../../support/manifests';
import { idleSettings, render, sampleFiles } from '../../support/render';

const minimal: MysqlSettings = { version: '8.0', primary: 'mysql-primary-0', memory: Size.gibibytes(2), storage: Size.gibibytes(20) };
const every: Required<MysqlSettings> = {
  version: '8.4',
  primary: 'mysql-primary-1',
  memory: Size.gibibytes(8),
  cpu: Cpu.units(2),
  storage: Size.gibibytes(100),
  storageClass: 'fast',
  database: 'ledger',
};

const files = sampleFiles();
const mysql = (settings: MysqlSettings, docker = files) =>
  render((chart) => new Mysql(chart, 'mysql', { ...settings, files: docker, maxConnections: 200 }));
const server = (settings: MysqlSettings) => podOf(mysql(settings).manifests, 'StatefulSet', 'mysql-primary').spec;

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
  });

  test('leads reads to every server', () => {
    expect(find(mysql(minimal).manifests, 'Service', 'mysql-read')['spec'].selector).toEqual({ 'app.kubernetes.io/name': 'mysql' });
  });

  test('tells others how to reach it', () => {
    const endpoints: MysqlEndpoint[] = [];
    render((chart) => endpoints.push(new Mysql(chart, 'mysql', { ...every, files, maxConnections: 1 }).endpoint));
    expect(endpoints).toEqual([{ host: 'mysql', readHost: 'mysql-read', port: 3306, database: 'ledger', user: 'laravel' }]);
  });

  test('passes what follows from numbers as arguments', () => {
    expect(server(minimal).containers[0].command).toEqual(['mysqld', '--max-connections=200', '--innodb-buffer-pool-size=1024M']);
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

  test('keeps its volumes when the object or a pod goes', () => {
    const { spec } = find(mysql(minimal).manifests, 'StatefulSet', 'mysql-primary');
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
    expect(spec.volumeClaimTemplates).toMatchObject([{ metadata: { name: 'data' } }]);
  });

  test('uses the default class of the cluster unless told otherwise', () => {
    const [claim] = find(mysql(minimal).manifests, 'StatefulSet', 'mysql-primary')['spec'].volumeClaimTemplates;
    expect(claim.spec).not.toHaveProperty('storageClassName');
    const [fast] = find(mysql(every).manifests, 'StatefulSet', 'mysql-primary')['spec'].volumeClaimTemplates;
    expect(fast.spec.storageClassName).toBe('fast');
  });

  test('has an hour for crash recovery and five minutes to stop', () => {
    const { containers, terminationGracePeriodSeconds } = server(minimal);
    const { periodSeconds, failureThreshold } = containers[0].startupProbe;
    expect(periodSeconds * failureThreshold).toBe(3600);
    expect(terminationGracePeriodSeconds).toBe(300);
  });

  test('probes liveness over TCP and without a password, as the first start listens on a socket only', () => {
    const { command } = server(minimal).containers[0].livenessProbe.exec;
    expect(command).toContain('--host=127.0.0.1');
    expect(command.join(' ')).not.toMatch(/password|user/);
  });

  test('guarantees all that it may use: memory, processor time and disk', () => {
    for (const { resources } of [...server(every).containers, ...server(every).initContainers]) {
      expect(resources.limits).toEqual(resources.requests);
    }
  });

  test('reads its passwords from files and carries none in its environment', () => {
    const { containers, volumes } = server(minimal);
    expect(containers[0].env).toEqual([{ name: 'MYSQL_DATABASE', value: 'financial_tracker' }]);
    const { projected } = volumes.find((volume: { name: string }) => volume.name === 'secrets');
    expect(projected.defaultMode).toBe(0o440);
  });
});
