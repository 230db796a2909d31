import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DASHBOARD_FILES, FILES_NAMESPACE, goalsOf, limitRules, RULE_FILES } from '../../lib/components/monitoring';
import { queuesOf } from '../../lib/components/php';
import { countedKeysOf } from '../../lib/components/redis';
import { IMAGES } from '../../lib/kubernetes/images';
import { DOCKER, load, mountsOf, type Service } from './compose';

interface Job {
  readonly job_name: string;
  readonly params?: { readonly 'check-single-keys'?: readonly string[] };
  readonly static_configs: readonly {
    readonly targets: readonly string[];
    readonly labels: { readonly workload: string; readonly job?: string };
  }[];
}

const { services } = load().dev;
const read = (path: string): unknown => parse(readFileSync(join(DOCKER, path), 'utf8'));
const prometheus = read('prometheus/prometheus.yml') as { rule_files: string[]; scrape_configs: Job[] };
const targets = prometheus.scrape_configs.flatMap(({ job_name, static_configs }) =>
  static_configs.map(({ targets, labels }) => ({ job: job_name, ...labels, host: targets.map((target) => target.split(':')[0]) })),
);
const limits = read('prometheus/limits.yml') as { groups: unknown[] };
const workers = { default: { scale: { replicas: 1 } } };

test('the rules compare with what an environment with one pod of each would have', () => {
  const pods = { nginx: 1, php: 1, 'mysql-primary': 1, redis: 1, 'redis-cache': 1 };
  expect(limits.groups).toEqual([
    limitRules(FILES_NAMESPACE, { goals: goalsOf(), pods, queues: queuesOf({ workers }), greatestAges: {}, semiSync: false }),
  ]);
});

test('the rules are all of those that Kubernetes has', () => {
  expect(prometheus.rule_files).toEqual(['limits', ...RULE_FILES].map((name) => `${name}.yml`));
});

test('every workload that is to be there is asked, by the labels that its pods have on Kubernetes', () => {
  expect(targets.map(({ job, workload }) => [job, workload])).toEqual([
    ['nginx', 'nginx'],
    ['php', 'php'],
    ['mysql', 'mysql-primary'],
    ['redis', 'redis'],
    ['redis', 'redis-cache'],
  ]);
  expect(targets).toEqual(targets.map(() => expect.objectContaining({ namespace: FILES_NAMESPACE, pod: expect.any(String) as string })));
});

test('the queue is asked for by the keys that Kubernetes counts', () => {
  const keys = prometheus.scrape_configs.flatMap(({ params }) => params?.['check-single-keys'] ?? []);
  expect(keys).toEqual([
    countedKeysOf(Object.keys(queuesOf({ workers })))
      .map((key) => `db0=${key}`)
      .join(','),
  ]);
});

test('whoever is asked is a service, and php answers through the exporter that shares its network', () => {
  expect(targets.flatMap(({ host }) => host).filter((host) => services[host ?? ''] === undefined)).toEqual([]);
  expect(services['php-exporter']?.network_mode).toBe('service:php');
});

test('nginx counts as on Kubernetes', () => {
  const mounted = mountsOf(services.nginx ?? { image: '' }).map(([source]) => source);
  expect(mounted).toEqual(expect.arrayContaining(['main.conf', 'http.conf'].map((name) => `./nginx/metrics-${name}`)));
  expect(mounted).toContain('./nginx/metrics.js');
});

test('the exporters are those of Kubernetes', () => {
  expect([services['mysql-exporter']?.image, services['redis-exporter']?.image]).toEqual([
    IMAGES['mysqld-exporter'].reference,
    IMAGES['redis-exporter'].reference,
  ]);
});

test('nothing of it starts unless it is asked for', () => {
  const profiled = Object.entries(services as Record<string, Service & { profiles?: string[] }>).filter(([, { profiles }]) => profiles);
  expect(profiled.map(([name, { profiles }]) => [name, profiles])).toEqual(
    ['prometheus', 'grafana', 'php-exporter', 'mysql-exporter', 'redis-exporter'].map((name) => [name, ['monitoring']]),
  );
});

test('Grafana shows every dashboard and reads from Prometheus', () => {
  const { providers } = read('grafana/dashboards.yml') as { providers: { options: { path: string } }[] };
  expect(mountsOf(services.grafana ?? { image: '' })).toContainEqual(['./grafana', providers[0]?.options.path]);
  for (const file of DASHBOARD_FILES) expect(() => readFileSync(join(DOCKER, 'grafana', `${file}.json`))).not.toThrow();
  const { datasources } = read('grafana/datasources.yml') as { datasources: { url: string; type: string }[] };
  expect(datasources).toEqual([expect.objectContaining({ type: 'prometheus', url: 'http://prometheus:9090' })]);
});
