import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES_NAMESPACE } from '../../../lib/components/monitoring';
import { METRICS_PORT } from '../../../lib/kubernetes/exporter';
import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import type { MonitoringCluster } from './cluster';
import { ELSEWHERE, namesIn, OLDER, queries, rules } from './series';

type MonitoringDrill = Drill<MonitoringCluster>;

/** Minutes of nothing. */
const HEALTHY_MINUTES = 15;

/** Breaks something, waits until Alertmanager has each alert, mends it, and waits until all is silent again. @returns the seconds that each took */
async function alarm(
  cluster: MonitoringCluster,
  seconds: number,
  alerts: readonly string[],
  broken: () => Promise<void>,
  mended: () => Promise<void>,
) {
  await broken();
  let took: string[];
  try {
    took = await Promise.all(alerts.map(async (alert) => `${alert} after ${(await cluster.told(alert, seconds)).toFixed(0)} s`));
  } finally {
    await mended();
  }
  const others = (await cluster.prometheus.firing()).filter((alert) => !alerts.includes(alert));
  await cluster.ready();
  await Promise.all(alerts.map((alert) => cluster.silent(alert)));
  return `${took.join(', ')}${others.length > 0 ? `; ${others.join(', ')} too` : ''}`;
}

const away = (workload: string, seconds: number, ...alerts: string[]): MonitoringDrill => ({
  promise: `${workload} is away: somebody is told within ${seconds} s`,
  run: (cluster) =>
    alarm(
      cluster,
      seconds,
      alerts,
      () => cluster.scale(workload, 0),
      () => cluster.scale(workload, 1),
    ),
});

export const SEEN: Readonly<Record<string, MonitoringDrill>> = {
  targets: {
    promise: 'every pod with metrics is asked for them, and answers',
    run: async (cluster) => {
      const pods = (await cluster.kubectl.list('pods')).filter(({ spec }) =>
        spec.containers.some(({ ports = [] }: { ports?: { name: string }[] }) => ports.some(({ name }) => name === METRICS_PORT)),
      );
      const wanted = pods.map(({ metadata }) => metadata.name).sort();
      return until('every target to be up', 120, async () => {
        const up = await cluster.prometheus.query(`up{namespace="${cluster.kubectl.namespace}"} == 1`);
        const names = up.map(({ labels }) => labels['pod'] ?? '').sort();
        return names.join() === wanted.join()
          ? `${names.length}: ${names.join(', ')}`
          : fail(`up: ${names.join(', ')}; wanted: ${wanted.join(', ')}`);
      });
    },
  },
  series: {
    promise: 'every series that a rule asks for is there',
    run: async (cluster) => {
      const asked = namesIn(rules().map(({ expr }) => expr)).filter((name) => !ELSEWHERE.test(name) && !OLDER.test(name));
      // Recorded ones come with the second evaluation.
      const missing = () => cluster.names().then((names) => asked.filter((name) => !names.has(name)));
      await until('all series', 120, async () => {
        const names = await missing();
        return names.length === 0 ? true : fail(`missing: ${names.join(', ')}`);
      });
      const of = async (name: string, label: string) =>
        (await cluster.prometheus.query(`${name}{namespace="${cluster.kubectl.namespace}"}`))[0]?.labels[label];
      const versions = [
        `MySQL ${await of('mysql_version_info', 'version')}`,
        `mysqld_exporter ${await of('mysqld_exporter_build_info', 'version')}`,
        `Redis ${await of('redis_instance_info', 'redis_version')}`,
      ].join(', ');
      const served = [...(await cluster.names())].filter((name) => /^(fintrack_|nginx_|phpfpm_|mysql_|redis_)/.test(name)).sort();
      writeFileSync(
        join(__dirname, '..', '..', 'alerts', 'served.txt'),
        `# Names of series that ${versions} were seen to serve, by \`npm run e2e -- monitoring series\`.\n${served.join('\n')}\n`,
      );
      return `${asked.length} asked for, of ${served.length}; ${versions}`;
    },
  },
  dashboards: {
    promise: 'every panel of the dashboards has something to show',
    run: async (cluster) => {
      const asked = queries().map(({ panel, expr }) => ({
        panel,
        expr: expr.replaceAll(`namespace="${FILES_NAMESPACE}"`, `namespace="${cluster.kubectl.namespace}"`),
      }));
      // Rates need five minutes at most.
      return until('every panel', 360, async () => {
        const answers = await Promise.all(
          asked.map(async ({ panel, expr }) => ({ panel, expr, count: (await cluster.prometheus.query(expr)).length })),
        );
        const empty = answers.filter(({ count }) => count === 0).map(({ panel, expr }) => `${panel} (${expr})`);
        const series = answers.reduce((sum, { count }) => sum + count, 0);
        return empty.length === 0 ? `${asked.length} queries, ${series} series` : fail(`nothing in ${empty.join('; ')}`);
      });
    },
  },
  healthy: {
    promise: `${HEALTHY_MINUTES} minutes with visitors and nothing wrong: nobody is told of anything`,
    run: async (cluster) => {
      await until('silence', 600, async () => {
        const alerts = await cluster.prometheus.firing();
        return alerts.length === 0 ? true : fail(alerts.join(', '));
      });
      await pause(HEALTHY_MINUTES * 60);
      const fired = await cluster.prometheus.firing(`${HEALTHY_MINUTES}m`);
      const [requests] = await cluster.prometheus.query(
        `sum(increase(fintrack_http_requests_total{namespace="${cluster.kubectl.namespace}"}[15m]))`,
      );
      return fired.length === 0 ? `${(requests?.value ?? 0).toFixed(0)} requests` : fail(fired.join(', '));
    },
  },
};

/** Minutes in which an alert about MySQL would have come. */
const LATER_MINUTES = 3;

export const TOLD: Readonly<Record<string, MonitoringDrill>> = {
  'redis-cache': away('deployment/redis-cache', 150, 'FintrackRedisPrimaries'),
  primary: away('statefulset/mysql-primary', 200, 'FintrackMysqlNoPrimary'),
  password: {
    promise: `another password of MySQL's exporter, as documented: nobody is told of anything in ${LATER_MINUTES} minutes after it`,
    run: async (cluster) => {
      const taken = async (pod: string) =>
        until(`the exporter of ${pod} to take it`, 180, async () =>
          (await cluster.kubectl.out(['logs', pod, '--container=exporter'])).includes('another password'),
        );
      await cluster.changePassword('exporter-password', async () => {
        await Promise.all(['mysql-primary-0', 'mysql-replica-0'].map(taken));
      });
      await pause(LATER_MINUTES * 60);
      const fired = await cluster.prometheus.firing(`${LATER_MINUTES}m`);
      const up = await cluster.prometheus.query(`mysql_up{namespace="${cluster.kubectl.namespace}"} == 1`);
      return fired.length === 0 && up.length === 2 ? 'both servers are asked on' : fail(`${up.length} of 2 are asked; ${fired.join(', ')}`);
    },
  },
  replication: {
    promise: 'a replica no longer repeats what the primary does: somebody is told within 3 minutes',
    run: (cluster) =>
      alarm(
        cluster,
        180,
        ['FintrackMysqlReplicationStopped'],
        async () => {
          await cluster.sql('mysql-replica-0', 'STOP REPLICA SQL_THREAD');
        },
        async () => {
          await cluster.sql('mysql-replica-0', 'START REPLICA');
        },
      ),
  },
  php: away('deployment/php', 300, 'FintrackPhpDown', 'FintrackErrorsFastBurn'),
  queue: {
    promise: 'no worker takes jobs: somebody is told within 10 minutes',
    run: (cluster) =>
      alarm(
        cluster,
        600,
        ['FintrackQueueStuck'],
        async () => {
          await cluster.scale('deployment/queue-worker-default', 0);
          await cluster.kubectl.out([
            'wait',
            'pod',
            '--for=delete',
            '--selector=app.kubernetes.io/instance=queue-worker-default',
            '--timeout=180s',
          ]);
          for (let job = 0; job < 3; job += 1) {
            await cluster
              .browser()
              .json(
                'POST',
                '/api/transactions',
                { amount: '1.00', note: 'alarm' },
                { 'Idempotency-Key': `alarm-${Date.now()}-${job}` },
                201,
              );
          }
        },
        () => cluster.scale('deployment/queue-worker-default', 1),
      ),
  },
};
