import { Size } from 'cdk8s';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExternalSettings, MocoSettings } from '../../lib/components/mysql';
import { explanationFor } from '../../lib/commands/explain';
import { explain, type Explanation } from '../../lib/commands/explain/explanation';
import { styleFor, type Style } from '../../lib/commands/explain/table';
import { printText } from '../../lib/commands/explain/text';
import { workloadsIn } from '../../lib/commands/workloads';
import { DockerFiles } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { local } from '../../lib/environments/local';
import { production } from '../../lib/environments/production';
import { readTree, REPOSITORY } from '../support/folders';
import { find, manifestsFor } from '../support/manifests';
import { connectionsIn } from '../support/network';
import { officialEnvironments } from '../support/environments';
import { linesOf, run } from '../support/run';

const files = new DockerFiles();
const plain: Style = (_, text) => text;
const explained = (environment: Environment): Explanation => explain(environment, manifestsFor(environment), files);
const all = Object.values<Environment>(environments);

/** What a run says on standard output, as text. */
const textOf = (...args: string[]) => explanationFor(args, plain).lines.join('\n');

const moco: MocoSettings = {
  engine: 'moco',
  version: '8.4',
  replicas: 3,
  memory: Size.gibibytes(8),
  storage: Size.gibibytes(100),
  backup: { schedule: '15 3 * * *', bucket: 'backups', workspace: Size.gibibytes(10), cidrs: ['203.0.113.0/24'] },
};
const external: ExternalSettings = { engine: 'external', host: 'db.example.com', cidrs: ['203.0.113.0/24'], maxConnections: 400 };

test('the environment local reads like this', () => {
  expect(textOf('local')).toMatchSnapshot();
});

test.each(all)('$name fits into 80 columns', (environment) => {
  expect(printText(explained(environment), plain).filter((line) => line.length > 80)).toEqual([]);
});

describe('what runs', () => {
  const workload = (environment: Environment, name: string) => explained(environment).workloads.find((each) => each.name === name);

  test('is between the bounds of its autoscaler, whoever measures', () => {
    expect(workload(production, 'php')).toMatchObject({ least: 3, most: 10, surge: 1, scaledBy: 'busy, cpu' });
    const busy = { ...production, php: { ...production.php, scale: { minReplicas: 3, maxReplicas: 10, targetBusyPercent: 60 } } };
    expect(workload(busy, 'php')).toMatchObject({ scaledBy: '7.2 children busy' });
    expect(workload(production, 'nginx')).toMatchObject({ least: 3, most: 6, scaledBy: '70 % cpu' });
    expect(workload(production, 'queue-worker-default')).toMatchObject({ least: 3, most: 12, scaledBy: '20 jobs' });
    expect(workload(local, 'php')).toMatchObject({ least: 2, most: 2, surge: 1 });
  });

  test('is never twice where the old pod must be gone first', () => {
    expect(workload(production, 'scheduler')).toMatchObject({ least: 1, most: 1, surge: 0 });
  });

  test('is counted at rest without what runs now and then, and at most with it', () => {
    const { workloads, totals } = explained(local);
    const counted = (pods: (each: Explanation['workloads'][number]) => number) =>
      workloads.reduce((sum, each) => sum + pods(each) * each.pod.memoryMebibytes, 0);
    expect(workload(local, 'migration')).toMatchObject({ kind: 'Job', least: 0, most: 1 });
    expect(totals.least.memoryMebibytes).toBe(counted(({ least }) => least));
    expect(totals.most.memoryMebibytes - totals.least.memoryMebibytes).toBe(384);
    expect(totals.rollout.pods).toBe(4);
  });

  test('needs what its containers need together, or more where one that runs first does', () => {
    const manifests = manifestsFor(production);
    const { spec } = find(manifests, 'StatefulSet', 'mysql-primary')['spec'].template;
    const memory = () => workloadsIn(manifests).find(({ name }) => name === 'mysql-primary')?.pod.memoryMebibytes;
    expect(memory()).toBe(8 * 1024 + 128 + 64);
    spec.initContainers[0].resources.requests.memory = '16Gi';
    expect(memory()).toBe(16 * 1024);
  });
});

describe('connections to MySQL', () => {
  test.each(officialEnvironments)('of %s add up to what its servers are started with', (_, environment) => {
    const [container] = find(manifestsFor(environment), 'StatefulSet', 'mysql-primary')['spec'].template.spec.containers;
    const { limit, holders, operators = 0 } = explained(environment).connections;
    expect(container.command).toContain(`--max-connections=${limit}`);
    expect(Object.values(holders).reduce((sum, { pods, each }) => sum + pods * each, operators)).toBe(limit);
  });

  test('of a database outside are held against its limit, where that is named', () => {
    const unnamed: ExternalSettings = { engine: 'external', host: external.host, cidrs: external.cidrs };
    expect(explained({ ...production, mysql: external }).connections).toMatchObject({ application: 332, limit: 400 });
    expect(printText(explained({ ...production, mysql: unnamed }), plain).join('\n')).toContain('not named');
  });
});

describe('who may connect to whom', () => {
  test.each([...all, { ...production, name: 'production on MOCO', mysql: moco }])('in $name is what the policies allow', (environment) => {
    const manifests = manifestsFor(environment);
    const explanation = explain(environment, manifests, files);
    const names = explanation.workloads.filter(({ kind }) => !['MySQLCluster', 'BackupPolicy'].includes(kind)).map(({ name }) => name);
    const { opens, accepts } = connectionsIn(manifests);
    const inside = (line: string) => names.some((from) => names.some((to) => new RegExp(`^${from} → ${to}:\\d+$`).test(line)));
    expect(
      explanation.flows
        .map(({ from, to, port }) => `${from} → ${to}:${port}`)
        .filter(inside)
        .sort(),
    ).toEqual(opens.filter((line) => accepts.includes(line) && inside(line)).sort());
  });

  test('is known of those outside too', () => {
    const { flows } = explained({ ...production, mysql: external });
    expect(flows).toContainEqual({ from: 'namespace gateway', to: 'nginx', port: 8080 });
    expect(flows).toContainEqual({ from: 'namespace keda', to: 'redis-proxy', port: 6379 });
    expect(flows).toContainEqual({ from: 'php', to: '203.0.113.0/24', port: 3306 });
    expect(flows).toContainEqual({ from: 'php', to: 'kube-dns (kube-system)', port: 53 });
  });

  test('needs the word of both ends', () => {
    const manifests = manifestsFor(production);
    find(manifests, 'NetworkPolicy', 'php')['spec'].ingress = [];
    expect(explain(production, manifests, files).flows.filter(({ to }) => to === 'php')).toEqual([]);
  });
});

describe('how long pods may take', () => {
  const why = (name: string) => explained(production).drains.find(({ workload }) => workload === name)?.why;

  test('is said with the file and the line that it comes from', () => {
    expect(why('php')).toMatch(/^serves on for 10 s, then process_control_timeout 60s \(docker\/php\/www\.conf:\d+\)$/);
  });

  test('is said of every workload', () => {
    expect([...explained(production).drains, ...explained(local).drains].filter((each) => each.why === '')).toEqual([]);
    expect(why('queue-worker-default')).toBe('ends its job, 90 s at most; after 120 s another worker gets it');
  });
});

describe('the loss of a node', () => {
  const loss = (environment: Environment, name: string) => explained(environment).nodeLosses.find(({ workload }) => workload === name);

  test('takes at worst every pod that is only spread, and one of those that must not share a node', () => {
    expect(loss(production, 'php')).toMatchObject({ pods: 3, spread: 1, worst: 3, then: 'no page but static files' });
    expect(loss(production, 'redis')).toMatchObject({ pods: 3, worst: 1 });
  });

  test('takes the server for writes, and its replica too where nothing keeps them apart', () => {
    expect(loss(production, 'mysql-primary')?.then).toBe('writes wait until you promote a replica, reads go on');
    expect(loss(local, 'mysql-primary')?.then).toBe('writes wait until you promote a replica; at worst the replicas went with it');
  });

  test('is said of the server that takes writes, whatever its name', () => {
    const promoted = { ...production, mysql: { ...production.mysql, primary: 'mysql-replica-0' } };
    expect(loss(promoted, 'mysql-replica')?.then).toMatch(/^writes wait/);
    expect(loss(promoted, 'mysql-primary')?.then).toBe('reads go to the other servers');
  });

  test('is said in words for every workload, whoever runs the database', () => {
    const each = [...all, { ...production, mysql: moco }, { ...production, mysql: external }].flatMap(
      (environment) => explained(environment).nodeLosses,
    );
    expect(each.filter(({ then }) => then === '')).toEqual([]);
  });
});

describe('--json', () => {
  test('is the explanation itself', () => {
    expect(JSON.parse(textOf('production', '--json'))).toEqual(explained(production));
  });
});

describe('--diagram', () => {
  test('of production is the picture in README.md', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    const [, picture] = /<!-- diagram: .* -->\n\n```mermaid\n([^]*?)\n```\n\n<!-- end of diagram -->/.exec(readme) ?? [];
    // To mend it: put what `npm run --silent explain -- production --diagram` prints between the two comments.
    expect(picture).toBe(textOf('production', '--diagram'));
  });

  test('names everybody who talks to somebody, with the port', () => {
    const lines = explanationFor(['local', '--diagram'], plain).lines;
    expect(lines).toContain('  mysql_primary <-->|3306| mysql_replica');
    expect(lines).toContain('  component_php -->|3306| component_mysql');
    expect(lines).toContain('  nginx -->|9000| php');
  });
});

describe('npm run explain', () => {
  test.each([
    [[], 'explain: name one environment (local, staging, production), for instance:'],
    [['produktion'], 'explain: name one environment (local, staging, production), for instance:'],
    [['toString'], 'explain: name one environment (local, staging, production), for instance:'],
    [['local', '--yaml'], 'explain: --yaml: choose one of --json, --diagram or none'],
    [['local', '--json', '--diagram'], 'explain: --json --diagram: choose one of --json, --diagram or none'],
  ])('with %j says in one line what it wants', (args, finding) => {
    const { lines, findings } = explanationFor(args, plain);
    expect(lines).toEqual([]);
    expect(findings).toEqual([expect.stringMatching(new RegExp(`^${finding.replace(/[().]/g, '\\$&')}`))]);
  });

  test('is coloured on a terminal whose user wants it, and nowhere else', () => {
    const bold = '\u001B[1mtitle\u001B[22m';
    expect(styleFor(true, {})('bold', 'title')).toBe(bold);
    expect(styleFor(true, { NO_COLOR: '1' })('bold', 'title')).toBe('title');
    expect(styleFor(false, {})('bold', 'title')).toBe('title');
  });

  test('prints to where it belongs, ends with 1 for what synth would refuse, and leaves dist/ as it is', async () => {
    const before = readTree(`${REPOSITORY}/dist`);
    const { code, stdout, stderr } = await run('ts-node', ['lib/commands/explain.ts', 'production', 'mysql.storage=50Gi']);
    expect(code).toBe(1);
    expect(linesOf(stdout)[0]).toBe('Environment production with mysql.storage=50Gi (now 100Gi)');
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^production: mysql\.storage 50Gi is less than the 100Gi of before;/)]);
    expect(readTree(`${REPOSITORY}/dist`)).toEqual(before);
  });
});
