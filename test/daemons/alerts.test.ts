import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { FILES_NAMESPACE, goalsOf, limitRules, RULE_FILES } from '../../lib/components/monitoring';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { queries } from '../e2e/monitoring/series';
import { FAULTS, type Fault } from '../alerts/faults';
import { FAULT, HEALTHY, PODS, type Series } from '../alerts/healthy';
import { requireDaemon, temporaryFolder } from './daemon';

const FILES = RULE_FILES.map((name) => join(DOCKER_FOLDER, 'prometheus', `${name}.yml`));

const LIMITS = limitRules(FILES_NAMESPACE, {
  goals: goalsOf(),
  pods: Object.fromEntries(Object.entries(PODS).map(([workload, pods]) => [workload, pods.length])),
  queues: {
    'fintrack_queues:high': { jobs: 240, worker: 'default' },
    'fintrack_queues:default': { jobs: 240, worker: 'default' },
    'fintrack_queues:reports': { jobs: 240, worker: 'reports' },
  },
  greatestAges: { backup: 26 * 3600, 'backup-redis': 26 * 3600, 'restore-test': 15 * 86400 },
  replicationLagSeconds: 30,
  semiSync: true,
});

beforeAll(() => requireDaemon('promtool', 'prometheus'));

/** What fires at a minute: exactly these alerts, each so many times. The watchdog always does. */
const firing = (minute: number, alerts: Readonly<Record<string, number>>) => ({
  expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
  eval_time: `${minute}m`,
  exp_samples: Object.entries({ FintrackWatchdog: 1, ...alerts }).map(([alertname, value]) => ({
    labels: `{alertname="${alertname}"}`,
    value,
  })),
});

/** What promtool says about the rules with these series. */
function tested(changed: Series, checks: readonly ReturnType<typeof firing>[]): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'limits.yml'), stringify({ groups: [LIMITS] }));
  const input_series = Object.entries({ ...HEALTHY, ...changed }).map(([series, values]) => ({ series, values }));
  const file = join(folder, 'test.yml');
  const tests = [{ interval: '1m', input_series, promql_expr_test: checks }];
  writeFileSync(file, stringify({ rule_files: ['limits.yml', ...FILES], evaluation_interval: '1m', tests }));
  try {
    return execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string; stderr: string }).stdout + (error as { stderr: string }).stderr;
  }
}

test('every query of a dashboard is one that Prometheus understands', () => {
  const file = join(temporaryFolder(), 'queries.yml');
  const rules = queries().map(({ expr }, number) => ({ record: `query:${number}`, expr }));
  writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
  expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(`${rules.length} rules found`);
});

describe('alerts', () => {
  it('are rules that Prometheus takes', () => {
    const text = execFileSync('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', ...FILES], { encoding: 'utf8' });
    expect(text).toContain('SUCCESS');
  });

  it('are read in Compose with what they compare with', () => {
    const text = execFileSync('promtool', ['check', 'config', join(DOCKER_FOLDER, 'prometheus/prometheus.yml')], { encoding: 'utf8' });
    expect(text).toContain(`SUCCESS: ${['limits', ...RULE_FILES].length} rule files found`);
    expect(text).not.toContain('FAILED');
  });

  it('are silent on a healthy day', () => {
    const everyHour = Array.from({ length: 24 }, (_, hour) => firing(hour * 60 + 5, {}));
    expect(tested({}, everyHour)).toContain('SUCCESS');
  });

  it.each(Object.entries(FAULTS))('%s', (_, { changed, silent = 0, after, fires }: Fault) => {
    const checks = [firing(FAULT - 1 + silent, {}), firing(FAULT - 1 + after, fires)];
    expect(tested(changed, checks)).toContain('SUCCESS');
  });

  it('each fire with a fault above', () => {
    const alerts = FILES.flatMap((file) =>
      (parse(readFileSync(file, 'utf8')) as { groups: { rules: { alert?: string }[] }[] }).groups.flatMap(({ rules }) =>
        rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert])),
      ),
    );
    const fired = Object.values(FAULTS).flatMap(({ fires }) => Object.keys(fires));
    expect([...new Set(['FintrackWatchdog', ...fired])].sort()).toEqual([...alerts].sort());
  });
});
