import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { local } from '../../lib/environments/local';
import { Application, stylesheetIn } from './application';
import { Deployment } from './deployment';
import { statesOf, until } from './kubectl';
import { fail, Report } from './report';

/** Seconds from the first apply to the first page, on a cluster that has the images. */
const FIRST_PAGE_SECONDS = 150;

const deployment = new Deployment(local, join(__dirname, '..', '..', 'dist', local.name));
const { kubectl } = deployment;
const report = new Report();

interface Transaction {
  readonly id: number;
  readonly amount: string;
  readonly category?: string | null;
}

interface Summary {
  readonly ticks: number;
  readonly migrations: number;
  readonly migration_runs: number;
}

/** Applies the environment `local` and tries everything that a newcomer is promised. @returns the exit code */
export async function foundation(): Promise<number> {
  const context = (await kubectl.out(['config', 'current-context'])).trim();
  console.log(`Environment ${local.name} on cluster ${context}, namespace ${local.namespace}`);
  await deployment.waitForRoom();
  const began = Date.now();
  await report.check('the manifests are accepted', async () => {
    await deployment.apply();
    return undefined;
  });
  const ready = await report.check('every pod gets ready', async () => {
    await deployment.waitForPods(600, (text) => report.note(text));
    return undefined;
  });
  if (!ready) {
    report.note('Next: kubectl --namespace ' + local.namespace + ' describe pod and logs --all-containers of those that wait');
    return report.finish();
  }
  const forward = await kubectl.forward('service/nginx:8080');
  const application = new Application(`http://127.0.0.1:${forward.port}`);
  try {
    await report.check(`the first page comes within ${FIRST_PAGE_SECONDS} s of the first apply`, async () => {
      const page = await until('the page', 60, async () => {
        const response = await application.send('GET', '/');
        return response.status === 200 ? response.text() : fail(`it answered ${response.status}`);
      });
      const seconds = Math.round((Date.now() - began) / 1000);
      const stylesheet = stylesheetIn(page);
      const asset = await application.send('GET', stylesheet);
      if (asset.status !== 200 || !asset.headers.get('cache-control')?.includes('immutable')) {
        fail(`${stylesheet} answered ${asset.status}, cache-control ${asset.headers.get('cache-control') ?? 'none'}`);
      }
      return seconds <= FIRST_PAGE_SECONDS ? `${seconds} s` : fail(`it took ${seconds} s`);
    });
    await applicationChecks(application);
  } finally {
    forward.stop();
  }
  await clusterChecks();
  return report.finish();
}

/** What a user of the application sees. */
async function applicationChecks(application: Application): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const body = { amount: '12.50', note: 'Lunch' };
  let booked: Transaction | undefined;

  await report.check('a transaction is written to MySQL and read back', async () => {
    booked = await application.json<Transaction>('POST', '/api/transactions', body, key, 201);
    const read = await application.json<Transaction>('GET', `/api/transactions/${booked.id}`);
    return read.amount === '12.50' ? undefined : fail(`it reads ${read.amount}`);
  });
  await report.check('the same request again books nothing', async () => {
    const again = await application.json<Transaction>('POST', '/api/transactions', body, key);
    return again.id === booked?.id ? undefined : fail(`it became transaction ${again.id}`);
  });
  await report.check('a value is kept in the cache', async () => {
    const value = randomUUID();
    await application.json('PUT', '/api/cache/e2e', { value });
    const read = await application.json<{ value: string }>('GET', '/api/cache/e2e');
    return read.value === value ? undefined : fail(`it reads ${read.value}`);
  });
  await report.check('a session survives from request to request, whichever pod answers', async () => {
    const value = randomUUID();
    await application.json('PUT', '/api/session', { value });
    for (let request = 0; request < 8; request++) {
      const read = await application.json<{ value: string }>('GET', '/api/session');
      if (read.value !== value) {
        fail(`request ${request + 1} reads ${read.value}`);
      }
    }
    return undefined;
  });
  await report.check('the queue worker does the job of that transaction', async () =>
    until(
      'the category',
      30,
      async () => (await application.json<Transaction>('GET', `/api/transactions/${booked?.id ?? 0}`)).category ?? undefined,
    ),
  );
  await report.check('the scheduler ticks', async () => {
    const before = (await application.json<Summary>('GET', '/api/summary')).ticks;
    return until('a tick', 75, async () => {
      const { ticks } = await application.json<Summary>('GET', '/api/summary');
      return ticks > before && `${ticks} so far`;
    });
  });
  await report.check('the migration ran exactly once', async () => {
    const { migrations, migration_runs } = await application.json<Summary>('GET', '/api/summary');
    return migrations === 1 && migration_runs === 1 ? undefined : fail(`${migrations} entries, ${migration_runs} runs`);
  });
}

/** What an operator of the cluster sees. */
async function clusterChecks(): Promise<void> {
  await report.check('a second apply changes nothing', async () => {
    await deployment.apply();
    const { code, stdout, stderr } = await kubectl.try(['diff', '--filename', deployment.folder]);
    return code === 0 ? undefined : fail(stdout.split('\n').find((line) => /^[+-][^+-]/.test(line)) ?? stderr);
  });
  await report.check('every pod passes Pod Security restricted', async () => {
    const label = 'pod-security.kubernetes.io/enforce=restricted';
    const { stderr } = await kubectl.try(['label', 'namespace', local.namespace, label, '--overwrite', '--dry-run=server']);
    return stderr.trim() === '' ? undefined : fail(stderr.trim());
  });
  const pods = await kubectl.list('pods');
  const running = pods.filter((pod) => pod['status'].phase === 'Running');
  await report.check('no container runs as root', async () => {
    for (const pod of running) {
      for (const { name } of pod['spec'].containers) {
        const uid = (await kubectl.out(['exec', pod.metadata.name, '--container', name, '--', 'id', '-u'])).trim();
        if (uid === '0') {
          fail(`${pod.metadata.name} does`);
        }
      }
    }
    return `${running.length} pods`;
  });
  await report.check('no secret is in an environment or an argument of any process', async () => {
    const secrets = (await kubectl.list('secrets')).flatMap((secret) => Object.values<string>(secret['data']));
    const values = secrets.map((value) => Buffer.from(value, 'base64').toString());
    for (const pod of running) {
      const command = 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true';
      const listing = await kubectl.out(['exec', pod.metadata.name, '--', 'sh', '-c', command]);
      if (values.some((value) => listing.includes(value))) {
        fail(`${pod.metadata.name} shows one`);
      }
    }
    return `${values.length} values`;
  });
  await report.check('no process is left behind by a probe', async () => {
    for (const pod of running) {
      const states = await kubectl.out(['exec', pod.metadata.name, '--', 'sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null; true']);
      const dead = [...states.matchAll(/^\d+ \((.*)\) Z /gm)].map(([, name]) => name);
      // One may just be on its way out; those that stay would be more with each probe.
      if (dead.length > 2) {
        fail(`${pod.metadata.name} has ${dead.length} dead processes, ${dead[0] ?? ''}`);
      }
    }
    return undefined;
  });
  await report.check('no container restarted', async () => {
    const restarted = await Promise.all(
      pods.flatMap((pod) =>
        statesOf(pod)
          .filter((state) => state.restartCount > 0)
          .map(async (state) => {
            const { reason, exitCode } = state.lastState.terminated ?? {};
            // It may be gone already.
            const { stdout } = await kubectl.try(['logs', pod.metadata.name, '-c', state.name, '--previous', '--tail=2']);
            return `${pod.metadata.name}/${state.name} ${state.restartCount} times, ${reason ?? 'unknown'} ${exitCode ?? ''}: ${stdout.trim()}`;
          }),
      ),
    );
    return restarted.length === 0 ? undefined : fail(restarted.join('; '));
  });
}
