import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../package.json';
import { ADD_ONS, rootApplication } from '../lib/cluster/add-ons';
import { IMAGES } from '../lib/kubernetes/images';
import { REPOSITORY } from './support/folders';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

describe('.github/workflows/ci.yaml', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  interface Job {
    readonly permissions?: unknown;
    readonly if?: string;
    readonly 'timeout-minutes'?: number;
    readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
    readonly steps: readonly Step[];
  }
  const text = read('.github/workflows/ci.yaml');
  const workflow = parse(text);
  const jobs: Readonly<Record<string, Job>> = workflow.jobs;
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  test('may read and nothing else, and leaves no token in the checkout', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    for (const { permissions } of Object.values(jobs)) expect(permissions).toBeUndefined();
    for (const { uses, with: settings } of steps) {
      if (uses?.startsWith('actions/checkout@') === true) expect(settings).toEqual({ 'persist-credentials': false });
    }
    expect(text).not.toContain('secrets.');
  });

  test('every action is named by the commit of a release', () => {
    const actions = text.split('\n').filter((line) => line.includes('uses:'));
    expect(actions.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of actions) expect(line).toMatch(/uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('every job ends by itself, and a newer commit ends the run of an older one', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(workflow.concurrency).toEqual({ group: expect.stringContaining('github.ref'), 'cancel-in-progress': true });
  });

  test('every npm script that it runs is there', () => {
    const scripts = commands.flatMap((command) => [...command.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script));
    expect(scripts).toEqual(expect.arrayContaining(['check', 'compose', 'e2e', 'cluster:synth', 'support']));
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
  });

  test('the oldest Node that package.json promises is tried, and newer ones', () => {
    expect(jobs['check']?.strategy?.matrix).toEqual({ node: [20, 22, 24] });
    expect(packageJson.engines.node).toMatch(/^>=20\./);
  });

  test('the cluster is made by the commands of README.md', () => {
    const [, block = ''] = /```sh\n(kind create cluster\n[^`]*)```/.exec(read('README.md')) ?? [];
    expect(jobs['e2e']?.steps.map(({ run }) => run ?? '').join('\n')).toContain(block.replace(/npm run e2e\n$/, ''));
    expect(block).toContain('docker build');
  });

  test('only a schedule asks what has no fixes any more: a date fails it, and no commit is to blame', () => {
    expect(jobs['support']?.if).toBe("github.event_name == 'schedule'");
    expect(workflow.on.schedule).toHaveLength(1);
  });
});

describe('.github/renovate.json', () => {
  interface Rule {
    readonly description: string;
    readonly matchPackageNames?: readonly string[];
    readonly matchUpdateTypes?: readonly string[];
    readonly automerge?: boolean;
    readonly enabled?: boolean;
    readonly dependencyDashboardApproval?: boolean;
  }
  interface Manager {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }
  const renovate: { readonly automerge: boolean; readonly packageRules: readonly Rule[]; readonly customManagers: readonly Manager[] } =
    JSON.parse(read('.github/renovate.json'));

  /** Whether Renovate's pattern means a package: `/…/` is a regular expression, anything else a name. */
  const means = (pattern: string, name: string) =>
    /^\/.*\/$/.test(pattern) ? new RegExp(pattern.slice(1, -1)).test(name) : pattern === name;
  /** What the rules decide for an update, the later over the earlier. */
  const decide = (name: string, updateType: string): Partial<Rule> =>
    renovate.packageRules
      .filter((rule) => rule.matchPackageNames?.some((pattern) => means(pattern, name)) ?? true)
      .filter((rule) => rule.matchUpdateTypes?.includes(updateType) ?? true)
      .reduce((decided, rule) => ({ ...decided, ...rule }), { automerge: renovate.automerge });
  /** What the custom managers find in a file, by the name of a group. */
  const found = (path: string, group: string) =>
    renovate.customManagers
      .filter(({ managerFilePatterns }) => managerFilePatterns.includes(path))
      .flatMap(({ matchStrings }) => matchStrings.flatMap((pattern) => [...read(path).matchAll(new RegExp(pattern, 'g'))]))
      .map((match) => match.groups?.[group]);

  const mysql = Object.values(IMAGES).flatMap(({ reference }) => (/\/mysql:/.test(reference) ? (reference.split(':')[0] ?? []) : []));

  test.each([...new Set(mysql)])('%s is never updated without being asked for, and never to another series', (name) => {
    for (const updateType of ['digest', 'pin', 'patch']) {
      expect(decide(name, updateType)).toMatchObject({ automerge: false, dependencyDashboardApproval: true });
    }
    for (const updateType of ['minor', 'major']) expect(decide(name, updateType)).toMatchObject({ enabled: false, description: /./ });
    expect(decide('docker.io/library/redis', 'minor').enabled).toBeUndefined();
  });

  test('nothing is merged by itself, for merging deploys', () => {
    expect(renovate.automerge).toBe(false);
    expect(renovate.packageRules.filter(({ automerge }) => automerge === true)).toEqual([]);
  });

  test('every third-party image is found with its digest', () => {
    const references = Object.values(IMAGES).map(({ reference }) => reference.split('@')[1]);
    expect(found('lib/kubernetes/images.ts', 'currentDigest')).toEqual(references);
    expect(found('.github/workflows/ci.yaml', 'currentValue')).toHaveLength(2);
  });

  test('the version of every chart is found, and that of the provider', () => {
    const charts = [...ADD_ONS, rootApplication({ repository: '', revision: '' })].map(({ version }) => version);
    expect(found('lib/cluster/add-ons.ts', 'currentValue').sort()).toEqual(charts.sort());
    expect(found('lib/cluster/stack.ts', 'currentValue')).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});
