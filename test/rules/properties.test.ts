import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import { DockerFiles } from '../../lib/docker/docker-files';
import type { Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { createFinTrack, manifestsOf } from '../../lib/fintrack';
import type { Manifest } from '../../lib/charts';
import { environmentFindings, referenceFindings, drainFindings, disruptionFindings } from '../../lib/rules';
import { titleOf } from '../support/manifests';

/** `SEED=7 npx jest test/rules/properties` tries other environments. */
const SEED = Number(process.env['SEED'] ?? 1);
const ENVIRONMENTS = 10_000;
/** Accepted ones whose manifests are looked at: a synth takes 25 ms. */
const SYNTHESIZED = 120;

/** Numbers of chance, the same for the same seed (mulberry32). */
function chance(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const one = <T>(...values: readonly T[]): T => values[whole(0, values.length - 1)] as T;
  return { whole, one };
}

/** An environment like production with other numbers, some of them absurd. */
function environmentOf(seed: number): Environment {
  const { whole, one } = chance(seed);
  const size = (...sizes: readonly number[]) => Size.mebibytes(one(...sizes));
  const scale = () =>
    one(true, false) ? { replicas: whole(0, 12) } : { minReplicas: whole(0, 6), maxReplicas: whole(1, 24), targetCpuPercent: whole(5, 99) };
  const worker = () => ({
    scale: one(true, false) ? scale() : { minReplicas: whole(1, 4), maxReplicas: whole(1, 20), jobsPerWorker: whole(1, 50) },
    jobTimeout: Duration.seconds(whole(1, 600)),
    memory: size(128, 256, 384, 1024),
  });
  const storage = size(512, 4096, 16384);
  return {
    ...production,
    php: {
      ...production.php,
      scale: scale(),
      childrenPerPod: whole(0, 30),
      memoryPerChild: size(32, 64, 128),
      cpu: Cpu.millis(whole(100, 2000)),
      workers: Object.fromEntries(['default', 'mail', 'reports'].slice(0, whole(0, 3)).map((name) => [name, worker()])),
    },
    nginx: { scale: scale(), cpu: Cpu.millis(whole(50, 500)) },
    mysql: {
      ...production.mysql,
      replicas: whole(-1, 4),
      primary: one('mysql-primary-0', 'mysql-primary-0', 'mysql-replica-0', 'mysql-replica-3'),
      semiSync: one('off', 'availability', 'durability'),
      memory: size(512, 1024, 2048, 4096, 8192, 16384),
    },
    redis: {
      availability: one('single', 'sentinel'),
      memory: size(32, 64, 512, 2048, 8192),
      storage,
      failoverAfter: Duration.seconds(whole(1, 10)),
      tls: one('verified', 'off'),
    },
    redisCache: { memory: size(32, 64, 256, 1024), tls: one('verified', 'off') },
  };
}

const mebibytes = (quantity: string): number => {
  const [, number = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factors: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, M: 1, mb: 1 };
  return Number(number) * (factors[unit] ?? Number.NaN);
};

/** What the manifests break of what must hold, computed from them alone. */
function brokenIn(manifests: readonly Manifest[]): string[] {
  const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const containerOf = (owner: Manifest, name: string) =>
    (owner['spec'].template.spec.containers as Manifest['spec'][]).find((container) => container.name === name);
  const argument = (args: readonly string[], name: string) => args.find((text) => text.startsWith(`${name}=`))?.split('=')[1] ?? '';
  const most = (deployment: Manifest): number => {
    const scaler = [...of('HorizontalPodAutoscaler'), ...of('ScaledObject')].find(
      ({ spec }) => spec.scaleTargetRef.name === deployment.metadata.name,
    );
    return Number(scaler?.['spec'].maxReplicas ?? scaler?.['spec'].maxReplicaCount ?? deployment['spec'].replicas);
  };
  const broken: string[] = [];
  const must = (right: boolean, text: string): void => {
    if (!right) broken.push(text);
  };

  // Everybody who may hold connections at once, with one pod more of each while it rolls; each may use the write and the read host.
  const deployments = of('Deployment');
  const php = deployments.find(({ metadata }) => metadata.name === 'php') as Manifest;
  const children = Number(containerOf(php, 'php').env.find(({ name }: { name: string }) => name === 'PHP_FPM_MAX_CHILDREN').value);
  const workers = deployments.filter(({ metadata }) => metadata.name.startsWith('queue-worker-'));
  const holders = (most(php) + 1) * children * 2 + workers.reduce((sum, worker) => sum + (most(worker) + 1) * 2, 0) + 2 + 2;
  for (const server of of('StatefulSet').filter(({ metadata }) => /^mysql-/.test(metadata.name) && metadata.name !== 'mysql')) {
    const { args, command = [], resources } = containerOf(server, 'mysql');
    const all = [...command, ...(args ?? [])] as string[];
    const connections = Number(argument(all, '--max-connections'));
    const pool = mebibytes(argument(all, '--innodb-buffer-pool-size'));
    must(connections >= holders, `${titleOf(server)}: ${connections} connections for ${holders}`);
    must(
      pool > 0 && pool + 4 * connections + 384 <= mebibytes(resources.limits.memory),
      `${titleOf(server)}: pool ${pool} and ${connections} connections in ${resources.limits.memory}`,
    );
  }
  must(
    children * 32 + 192 <= mebibytes(containerOf(php, 'php').resources.limits.memory),
    `php: ${children} children in ${containerOf(php, 'php').resources.limits.memory}`,
  );

  // A rewrite of the append-only file copies what changes meanwhile: half of the memory is for that.
  for (const [name, share] of [
    ['redis', 0.5],
    ['redis-cache', 0.8],
  ] as const) {
    const {
      args,
      command = [],
      resources,
    } = containerOf([...of('StatefulSet'), ...deployments].find(({ metadata }) => metadata.name === name) as Manifest, 'redis');
    const all = [...command, ...(args ?? [])] as string[];
    const data = mebibytes(all[all.indexOf('--maxmemory') + 1] ?? '');
    must(data > 0 && data <= share * mebibytes(resources.limits.memory), `${name}: ${data} MiB of data in ${resources.limits.memory}`);
  }

  for (const worker of workers) {
    const { terminationGracePeriodSeconds, containers } = worker['spec'].template.spec;
    const timeout = Number(/--timeout=(\d+)/.exec(JSON.stringify(containers))?.[1]);
    const retry = Number(/REDIS_QUEUE_RETRY_AFTER='?(\d+)/.exec(JSON.stringify(manifests))?.[1]);
    must(
      timeout < retry && timeout < terminationGracePeriodSeconds,
      `${titleOf(worker)}: timeout ${timeout}, retry ${retry}, grace ${terminationGracePeriodSeconds}`,
    );
  }
  for (const { kind, metadata, spec } of [...of('HorizontalPodAutoscaler'), ...of('ScaledObject')]) {
    const [least, highest] = [spec.minReplicas ?? spec.minReplicaCount, spec.maxReplicas ?? spec.maxReplicaCount];
    must(least >= 1 && least <= highest, `${kind} ${metadata.name}: from ${least} to ${highest}`);
  }
  for (const owner of [...deployments, ...of('StatefulSet')].filter(({ spec }) => spec.replicas !== undefined)) {
    must(owner['spec'].replicas >= 0, `${titleOf(owner)}: ${owner['spec'].replicas} replicas`);
  }
  return broken;
}

describe(`of ${ENVIRONMENTS} environments of chance (SEED=${SEED})`, () => {
  const tried = Array.from({ length: ENVIRONMENTS }, (_, index) => {
    const environment = environmentOf(SEED * ENVIRONMENTS + index);
    return { environment, findings: environmentFindings(environment) };
  });
  const accepted = tried.filter(({ findings }) => findings.length === 0).map(({ environment }) => environment);

  test.each([
    'php.scale.replicas',
    'php.scale.minReplicas',
    'php.scale.maxReplicas',
    'php.scale.targetCpuPercent',
    'php.childrenPerPod',
    'php.workers is empty',
    'php.workers.default.scale',
    'php.workers.default.memory',
    'nginx.scale.',
    'mysql.replicas',
    'mysql.primary',
    'mysql.semiSync',
    'mysql.memory is',
    'redis.storage',
    'redis.memory',
    'redis.failoverAfter',
    'redisCache.memory',
  ])('many are refused for %s, and many are not', (setting) => {
    const refused = tried.filter(({ findings }) => findings.some((finding) => finding.includes(setting))).length;
    expect(refused).toBeGreaterThan(ENVIRONMENTS / 200);
    expect(refused).toBeLessThan(ENVIRONMENTS * 0.9);
  });

  test('none that every rule accepts has manifests that break what must hold', () => {
    const files = new DockerFiles();
    const rendered = accepted.slice(0, SYNTHESIZED).map((environment) => manifestsOf(createFinTrack(environment, files)));
    const right = rendered.filter(
      (manifests) => [...referenceFindings(manifests), ...drainFindings(manifests, files), ...disruptionFindings(manifests)].length === 0,
    );
    expect(right.length).toBeGreaterThan(SYNTHESIZED / 4);
    expect(right.flatMap(brokenIn)).toEqual([]);
  });
});

describe('what must hold is broken', () => {
  const text = JSON.stringify(manifestsOf(createFinTrack(production, new DockerFiles())));

  test('by nothing in production', () => {
    expect(brokenIn(JSON.parse(text) as Manifest[])).toEqual([]);
  });

  test.each([
    ['fewer connections than pods may open', /--max-connections=\d+/g, '--max-connections=100'],
    ['a buffer pool that leaves no room', /--innodb-buffer-pool-size=\d+M/g, '--innodb-buffer-pool-size=7500M'],
    ['more children than memory', /("PHP_FPM_MAX_CHILDREN","value":)"12"/, '$1"60"'],
    ['queues larger than a rewrite allows', /"819mb"/g, '"1800mb"'],
    ['a cache larger than its container', /"768mb"/g, '"1000mb"'],
    ['a worker that is killed in its job', /"terminationGracePeriodSeconds":150/g, '"terminationGracePeriodSeconds":60'],
    ['a job that is given to another too early', /REDIS_QUEUE_RETRY_AFTER='\d+/g, "REDIS_QUEUE_RETRY_AFTER='80"],
    ['bounds the wrong way round', /"minReplicas":3/, '"minReplicas":30'],
  ])('by %s', (_, what, instead) => {
    const changed = text.replace(what, instead);
    expect(changed).not.toBe(text);
    expect(brokenIn(JSON.parse(changed) as Manifest[])).not.toEqual([]);
  });
});
