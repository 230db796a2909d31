import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DockerFiles } from '../../../lib/docker/docker-files';
import type { Drill } from '../drill';
import { Kubectl, type KubernetesObject } from '../kubectl';
import { fail } from '../report';
import type { WebCluster } from './cluster';
import { changedFiles } from './releases';

const run = promisify(execFile);
/** Clients at once, seconds of each measurement, and how often ours and theirs take turns. */
const [CLIENTS, SECONDS, TURNS] = [32, 20, 3];

/** A server that `ab` (Debian package apache2-utils) asked as fast as it answers. */
interface Speed {
  readonly complete: number;
  readonly perSecond: number;
  readonly percentiles: string;
}

/** Processor time that a container has had, in nanoseconds, from control groups of either version. */
const USAGE = 'cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || sed -n "s/^usage_usec \\(.*\\)/\\1000/p" /sys/fs/cgroup/cpu.stat';

/** How fast the web tier is, next to others in the same run. */
export const SPEED: Readonly<Record<string, Drill<WebCluster>>> = {
  pages: {
    promise: `pages for ${CLIENTS} clients at once: each takes no more processor time than with the values that Compose had before (pm = dynamic with 50 children)`,
    run: async (web) => {
      const measured: Record<'ours' | 'theirs', (Speed & { readonly time: number })[]> = { ours: [], theirs: [] };
      for (let turn = 1; turn <= TURNS; turn += 1) {
        for (const [whose, files] of [
          ['theirs', theirs()],
          ['ours', new DockerFiles()],
        ] as const) {
          await web.releaseUnchecked(files);
          await web.rolledOut();
          await ask(`http://${web.target.host}:${web.target.port}/`, 5);
          const before = await processorTime(web);
          const speed = await ask(`http://${web.target.host}:${web.target.port}/`, SECONDS);
          const time = (await processorTime(web)) - before;
          measured[whose].push({ ...speed, time });
          web.report.note(`turn ${turn} of ${TURNS}, ${whose}: ${textOf(speed)}, ${(time / speed.complete).toFixed(2)} ms of PHP each`);
        }
      }
      const [fast, former] = [median(measured.ours), median(measured.theirs)];
      const [each, formerly] = [eachOf(measured.ours), eachOf(measured.theirs)];
      const detail = `ours ${textOf(fast)}; theirs ${textOf(former)}; ${(fast.perSecond / former.perSecond).toFixed(2)} times as many; medians of ${TURNS}, two pods of each kind; ${each.toFixed(2)} ms of PHP's processor time for each page, theirs ${formerly.toFixed(2)}`;
      // From turn to turn it differs by a tenth, of all turns together by a few hundredths.
      return each <= formerly * 1.05 ? detail : fail(detail);
    },
  },
  files: {
    promise: 'files: at least 90 % of an nginx that does nothing else',
    run: async (web) => {
      const [name = fail('there is no nginx')] = await web.podsOf('nginx');
      const own = await web.pod(name);
      const bare = new Kubectl('default');
      await bare.try(['delete', 'pod/bare-nginx', 'configmap/bare-nginx', '--ignore-not-found']);
      await bare.out(
        ['create', '--filename', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: bareNginx(own['spec'].containers[0].resources) }),
      );
      await bare.out(['wait', 'pod/bare-nginx', '--for=condition=Ready', '--timeout=60s']);
      const addressOf = (pod?: KubernetesObject) => (pod?.['status'].podIP as string | undefined) ?? fail('the pod has no address');
      const ours = addressOf(own);
      const theirs = addressOf((await bare.list('pods', 'app=bare-nginx'))[0]);
      const measured: Record<'ours' | 'bare', Speed[]> = { ours: [], bare: [] };
      for (let turn = 1; turn <= TURNS; turn += 1) {
        measured.bare.push(await ask(`http://${theirs}:8080${web.asset}`, SECONDS / 2));
        measured.ours.push(await ask(`http://${ours}:8080${web.asset}`, SECONDS / 2));
      }
      await bare.out(['delete', 'pod/bare-nginx', 'configmap/bare-nginx']);
      const ratio = median(measured.ours).perSecond / median(measured.bare).perSecond;
      const detail = `ours ${textOf(median(measured.ours))}; bare ${textOf(median(measured.bare))}; ratio ${ratio.toFixed(2)}`;
      return ratio >= 0.9 ? detail : fail(detail);
    },
  },
};

const textOf = ({ perSecond, percentiles }: Speed) => `${perSecond.toFixed(0)} requests/s, ${percentiles}`;

/** What the pods of PHP have had of the processors, in milliseconds. */
async function processorTime(web: WebCluster): Promise<number> {
  const pods = await web.podsOf('php');
  const texts = pods.map((pod) => web.kubectl.out(['exec', pod, '--container=php', '--', 'sh', '-c', USAGE]));
  return (await Promise.all(texts)).reduce((all, text) => all + Number(text) / 1e6, 0);
}

/** Processor time of a page, over all turns. */
function eachOf(turns: readonly (Speed & { readonly time: number })[]): number {
  const sum = (of: (turn: (typeof turns)[number]) => number) => turns.reduce((all, turn) => all + of(turn), 0);
  return sum(({ time }) => time) / sum(({ complete }) => complete);
}

function median<Measured extends Speed>(speeds: readonly Measured[]): Measured {
  const sorted = [...speeds].sort((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? fail('nothing was measured');
}

/** @throws when the program that asks is not installed */
export async function needAb(): Promise<void> {
  await run('ab', ['-V']).catch(() =>
    fail('e2e web: pages and files are measured with ab, which is not here; install Debian package apache2-utils'),
  );
}

/** @throws when an answer is not right */
async function ask(url: string, seconds: number): Promise<Speed> {
  const limits = ['-k', '-c', String(CLIENTS), '-t', String(seconds), '-n', '10000000', '-s', '60', '-l'];
  const { stdout } = await run('ab', [...limits, '-H', 'X-Forwarded-For: 203.0.113.7', '-H', 'X-Forwarded-Proto: https', url]);
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? 0);
  const wrong = number(/Failed requests:\s+(\d+)/) + number(/Non-2xx responses:\s+(\d+)/);
  if (wrong > 0) {
    fail(`${wrong} of ${number(/Complete requests:\s+(\d+)/)} answers of ${url} are wrong`);
  }
  const percentiles = [50, 95, 99].map((percent) => `p${percent} ${number(new RegExp(`^\\s+${percent}%\\s+(\\d+)`, 'm'))} ms`);
  return {
    complete: number(/Complete requests:\s+(\d+)/),
    perSecond: number(/Requests per second:\s+([\d.]+)/),
    percentiles: percentiles.join(', '),
  };
}

/** Our files with the values that FinTrack had under Compose before. */
function theirs(): DockerFiles {
  const set = (text: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).reduce(
      (all, [key, value]) => all.replace(new RegExp(`^${key.replaceAll('.', '\\.')} = .*$`, 'm'), `${key} = ${value}`),
      text,
    );
  return changedFiles({
    'php/php.ini': (text) =>
      set(text, {
        memory_limit: '512M',
        post_max_size: '20M',
        max_execution_time: '300',
        'opcache.memory_consumption': '128',
        'opcache.interned_strings_buffer': '8',
        'opcache.max_accelerated_files': '10000',
        'opcache.validate_timestamps': '1',
        realpath_cache_size: '4096K',
        realpath_cache_ttl: '120',
      }),
    'php/www.conf': (text) =>
      text
        .replace(/^pm = static$/m, 'pm = dynamic\npm.start_servers = 10\npm.min_spare_servers = 5\npm.max_spare_servers = 20')
        .replace(/^pm\.max_children = .*$/m, 'pm.max_children = 50')
        .replace(/^pm\.max_requests = .*$/m, 'pm.max_requests = 500'),
    'nginx/nginx.conf': (text) =>
      text
        .replace(/^worker_processes .*$/m, 'worker_processes auto;')
        .replace(/worker_connections .*$/m, 'worker_connections 1024;')
        .replace(/keepalive_timeout .*$/m, 'keepalive_timeout 65;')
        .replace(/gzip_types .*$/m, 'gzip_types text/plain text/css application/json application/javascript;'),
  });
}

/** A pod of the same image with the least that nginx needs and the same processor time, beyond every NetworkPolicy. */
function bareNginx(resources: unknown): object[] {
  const conf = [
    'worker_processes 2; pid /tmp/nginx.pid; error_log /dev/stderr; events { worker_connections 2048; }',
    'http { include /etc/nginx/mime.types; sendfile on; access_log off; keepalive_requests 1000; client_body_temp_path /tmp/a;',
    'proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;',
    'server { listen 8080; root /var/www/html/public; } }',
  ].join('\n');
  const metadata = { name: 'bare-nginx', labels: { app: 'bare-nginx' } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'nginx.conf': conf } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        // Any number: nginx then looks for no name of a user.
        securityContext: { runAsUser: 10001 },
        containers: [
          {
            name: 'nginx',
            image: 'fintrack-nginx:demo',
            command: ['nginx', '-c', '/config/nginx.conf', '-g', 'daemon off;'],
            resources,
            readinessProbe: { tcpSocket: { port: 8080 } },
            volumeMounts: [{ name: 'config', mountPath: '/config' }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: 'bare-nginx' } }],
      },
    },
  ];
}
