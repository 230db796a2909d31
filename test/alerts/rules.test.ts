import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { BUCKETS, FILES_NAMESPACE, RULE_FILES, spelled } from '../../lib/components/monitoring';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { ELSEWHERE, namesIn, OLDER, queries, rules } from '../e2e/monitoring/series';
import { monitoredEnvironments } from '../support/environments';
import { manifestsFor } from '../support/manifests';
import { REPOSITORY } from '../support/folders';
import type { Manifest } from '../../lib/charts';

const alerts = rules().filter(({ alert }) => alert !== undefined);
const runbook = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8');
const rulesOf = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === 'PrometheusRule');

describe('every alert', () => {
  it.each(alerts.map(({ alert, annotations }) => [alert ?? '', annotations?.['runbook_url'] ?? '']))(
    '%s leads to its section of a runbook: what it means, three commands, how it ends',
    (alert, url) => {
      const [file = '', anchor] = url.split('#');
      expect(anchor).toBe(alert.toLowerCase());
      const section = runbook(file).split(`\n## ${alert}\n`)[1]?.split('\n## ')[0] ?? '';
      expect(section).toMatch(/^\n\S[^]*\n```sh\n([^\n`]+\n){3}```\n\n[^]*(ends|end)\b[^]*\.\n?$/);
    },
  );

  it('is what the runbooks are about, and nothing else', () => {
    const sections = RULE_FILES.flatMap((name) =>
      [...runbook(`docs/runbooks/${name}.md`).matchAll(/^## (.*)$/gm)].map(([, title]) => title),
    );
    expect(sections.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

test.each(RULE_FILES)('the runbook %s defines every function that its commands call', (name) => {
  const all = RULE_FILES.map((each) => runbook(`docs/runbooks/${each}.md`)).join('\n');
  const functions = [...all.matchAll(/^(\w+)\(\) \{/gm)].map(([, title = '']) => title);
  expect(functions.length).toBeGreaterThan(2);
  const text = runbook(`docs/runbooks/${name}.md`);
  const commands = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, lines]) => lines).join('\n');
  const called = functions.filter((title) => new RegExp(`(^|; do |\\| )${title} `, 'm').test(commands));
  expect([...new Set(called)].filter((title) => !text.includes(`\n${title}() {`))).toEqual([]);
});

test.each(RULE_FILES)('the runbook %s reads the logs of several pods past one that has none yet', (name) => {
  const reading = runbook(`docs/runbooks/${name}.md`).match(/^.*kubectl .* logs -l .*$/gm) ?? [];
  expect(reading.filter((line) => !line.includes(' --ignore-errors '))).toEqual([]);
});

describe.each([
  ['rule', rules().map(({ expr }) => expr)],
  ['query of a dashboard', queries().map(({ expr }) => expr)],
])('every %s', (_, expressions) => {
  it('asks for series of its own namespace only', () => {
    const selectors = expressions.flatMap((expr) => [...expr.matchAll(/([a-z][\w:]*)(\{[^}]*\})?/g)].filter(([, , braces]) => braces));
    expect(selectors.length).toBeGreaterThan(50);
    expect(selectors.map(([text]) => text).filter((text) => !text.includes(`namespace="${FILES_NAMESPACE}"`))).toEqual([]);
    // A selector without braces would ask for everybody's.
    const bare = expressions.flatMap((expr) => expr.match(/\b(?:[a-z]+_\w+|fintrack:[\w:]+)\b(?![\w:]*[{(])(?=\s|\)|\[|$)/g) ?? []);
    const functions = ['count_over_time', 'min_over_time', 'max_over_time', 'histogram_quantile', 'predict_linear'];
    expect(bare.filter((name) => !functions.includes(name))).toEqual([]);
  });

  it('asks for series that exporters were seen to serve, or that a rule records', () => {
    const served = new Set(runbook('test/alerts/served.txt').split('\n'));
    const recorded = new Set(rules().map(({ record }) => record));
    const unknown = namesIn(expressions).filter(
      (name) =>
        !served.has(name) && !recorded.has(name) && !/^(up$|fintrack:limit:)/.test(name) && !ELSEWHERE.test(name) && !OLDER.test(name),
    );
    expect(unknown).toEqual([]);
  });
});

test('goals are buckets that nginx counts, as Prometheus spells them', () => {
  const [, buckets = ''] = /const BUCKETS = (\[.*?\]);/.exec(readFileSync(join(DOCKER_FOLDER, 'nginx', 'metrics.js'), 'utf8')) ?? [];
  expect(JSON.parse(buckets.replaceAll("'", '"'))).toEqual(BUCKETS.map(spelled));
});

describe.each(monitoredEnvironments)('in %s', (_, environment) => {
  const objects = rulesOf(manifestsFor(environment));

  it('the rules are those of docker/prometheus, for its own namespace', () => {
    for (const name of RULE_FILES) {
      const file = readFileSync(join(DOCKER_FOLDER, 'prometheus', `${name}.yml`), 'utf8');
      const { spec } = objects.find(({ metadata }) => metadata.name === `fintrack-${name}`) as Manifest;
      const back = JSON.stringify(spec).replaceAll(`namespace=\\"${environment.namespace}\\"`, `namespace=\\"${FILES_NAMESPACE}\\"`);
      expect(JSON.parse(back)).toEqual(parse(file));
    }
  });

  it('pods are asked while they run, not while their init containers do', () => {
    const [monitor] = manifestsFor(environment).filter(({ kind }) => kind === 'PodMonitor');
    const [endpoint] = (monitor as Manifest).spec.podMetricsEndpoints;
    expect(endpoint.relabelings).toContainEqual({ action: 'keep', sourceLabels: ['__meta_kubernetes_pod_phase'], regex: 'Running' });
  });

  it('what rules take for heard lately came in the last three scrapes', () => {
    const [monitor] = manifestsFor(environment).filter(({ kind }) => kind === 'PodMonitor');
    const ages = rules().flatMap(({ expr }) => [...expr.matchAll(/timestamp\([^)]*\) > time\(\) - (\d+)/g)].map(([, age]) => Number(age)));
    expect(new Set(ages)).toEqual(new Set([3 * parseInt((monitor as Manifest).spec.podMetricsEndpoints[0].interval, 10)]));
  });

  it('every number that rules compare with is there', () => {
    const limits = new Set(
      objects.flatMap(({ spec }) =>
        spec.groups.flatMap(({ rules: all }: Manifest['spec']) => all.map(({ record }: Manifest['spec']) => record)),
      ),
    );
    const asked = namesIn(rules().map(({ expr }) => expr)).filter((name) => name.startsWith('fintrack:limit:'));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !limits.has(name))).toEqual([]);
  });
});
