import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { Certificates } from '../../lib/components/certificates';
import { Mysql, type MysqlSettings } from '../../lib/components/mysql';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { makeFolder, removeFolders, writeInto } from '../support/folders';
import { find } from '../support/manifests';
import { linesOf } from '../support/run';
import { render, sampleFiles } from '../support/render';

afterAll(removeFolders);

const SCRIPTS = join(DOCKER_FOLDER, 'mysql');
/** What bash does in a pod of that name, line by line. A folder comes first in the search path. */
function inPod(pod: string, serverIdBase: number, args: readonly string[], folder: string): string[] {
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOSTNAME: pod, SERVER_ID_BASE: String(serverIdBase) };
  return linesOf(execFileSync('bash', ['--norc', ...args], { env, encoding: 'utf8' }));
}

describe('start.sh', () => {
  /** The command that it becomes, with a mysqld that prints its arguments. */
  const started = (pod: string, serverIdBase: number, args: readonly string[]) => {
    const folder = makeFolder();
    writeInto(folder, 'mysqld', '#!/bin/sh\nprintf "%s\\n" "$@"\n');
    chmodSync(join(folder, 'mysqld'), 0o755);
    return inPod(pod, serverIdBase, [join(SCRIPTS, 'start.sh'), ...args], folder);
  };

  test.each([
    ['mysql-primary-0', 100, '--server-id=100', '--report-host=mysql-primary-0'],
    ['mysql-replica-0', 200, '--server-id=200', '--report-host=mysql-replica-0'],
    ['mysql-replica-8', 200, '--server-id=208', '--report-host=mysql-replica-8'],
  ])('starts %s closed to writes whatever its role, with an id and a name of its own', (pod, base, ...identity) => {
    expect(started(pod, base, ['--max-connections=200'])).toEqual([
      ...identity,
      '--super-read-only=ON',
      '--tmpdir=/var/lib/mysql/tmp',
      '--max-connections=200',
    ]);
  });

  test('passes arguments as they are', () => {
    expect(started('mysql-primary-0', 100, ['--init-connect=SET a = 1', '--b']).slice(4)).toEqual(['--init-connect=SET a = 1', '--b']);
  });
});

describe('server.sh reads from the topology', () => {
  const settings: MysqlSettings = {
    engine: 'official',
    version: '8.0',
    primary: 'mysql-replica-1',
    replicas: 2,
    semiSync: 'off',
    tls: 'off',
    memory: Size.gibibytes(1),
    storage: Size.gibibytes(1),
  };
  const { manifests } = render((chart) => {
    const certificates = new Certificates(chart, 'certificates');
    return new Mysql(chart, 'mysql', { ...settings, files: sampleFiles(), certificates, maxConnections: 50 });
  });
  const folder = makeFolder();
  Object.entries<string>(find(manifests, 'ConfigMap', 'mysql-topology')['data']).forEach(([name, text]) => writeInto(folder, name, text));
  const says = (pod: string, call: string) =>
    inPod(pod, 100, ['-euc', `. "$1"; TOPOLOGY=$2; ${call}`, 'bash', join(SCRIPTS, 'server.sh'), folder], folder);

  test('the primary', () => {
    expect(says('mysql-primary-0', 'primary')).toEqual(['mysql-replica-1']);
  });

  test.each([
    ['mysql-primary-0', ['mysql-replica-0', 'mysql-replica-1']],
    ['mysql-replica-0', ['mysql-primary-0', 'mysql-replica-1']],
    ['mysql-replica-1', ['mysql-primary-0', 'mysql-replica-0']],
  ])('for %s every server but itself', (pod, others) => {
    expect(says(pod, 'others')).toEqual(others);
  });
});
