import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spellingsOf } from '../support/canary';
import type { Drill } from './drill';
import type { Installation } from './installation';
import { until, type KubernetesObject } from './kubectl';
import { fail } from './report';

/** Samples of all processes that a container is asked for; probes come and go between them. */
const SAMPLES = 20;

/** The first one's environment is only for its own user and group: whoever else looks would find nothing, and not because nothing is there. */
const PROCESSES = `cat /proc/1/environ >/dev/null 2>&1 || exit; for i in $(seq ${SAMPLES}); do cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; sleep 0.3; done; true`;

/** What the processes of a container show; empty where they cannot be read. */
async function processesOf({ kubectl, folder }: Installation, { metadata, spec }: KubernetesObject, name: string): Promise<string> {
  const ask = ['--', 'sh', '-c', PROCESSES];
  const own = await kubectl.try(['exec', metadata.name, `--container=${name}`, ...ask]);
  if (!own.stderr.includes('executable file not found')) {
    return own.stdout;
  }
  // An image of nothing but a program, as Redis' exporter has: the image of a neighbour has a shell to look at it with.
  const containers = spec.containers as { name: string; image: string; securityContext: object }[];
  const target = containers.find((container) => container.name === name);
  const neighbour = containers.find((container) => container.name !== name);
  if (neighbour === undefined) {
    return '';
  }
  const as = join(folder, `${metadata.name}-${name}.json`);
  const { runAsUser, runAsGroup } = { ...spec.securityContext, ...target?.securityContext };
  writeFileSync(as, JSON.stringify({ securityContext: { runAsUser, runAsGroup } }));
  const beside = `beside-${name}`;
  const place = [`--image=${neighbour.image}`, `--container=${beside}`, `--target=${name}`, '--profile=restricted', `--custom=${as}`];
  await kubectl.out(['debug', metadata.name, ...place, ...ask]);
  return until(`processes of ${metadata.name}/${name}`, 60, async () => {
    const { code, stdout } = await kubectl.try(['logs', '--follow', metadata.name, `--container=${beside}`]);
    return code === 0 && stdout;
  });
}

/** Everything that can be read of the installation without being allowed to read Secrets, by where it is. */
async function readable(cluster: Installation): Promise<Map<string, string>> {
  const { kubectl, manifestFolder } = cluster;
  const found = new Map<string, string>();
  // One that is ending would be gone before it is read.
  const pods = (await kubectl.list('pods')).filter(
    ({ metadata, status }) => !('deletionTimestamp' in metadata) && ['Running', 'Succeeded', 'Failed'].includes(status.phase as string),
  );
  // At once, and before all else: what a Job runs is soon over.
  const samples = pods.flatMap((pod) =>
    (pod['status'].containerStatuses as { name: string; state: { running?: object } }[])
      .filter(({ state }) => state.running)
      .map(async ({ name }) => {
        found.set(`processes of ${pod.metadata.name}/${name}`, await processesOf(cluster, pod, name));
      }),
  );
  await Promise.all(samples);
  for (const file of readdirSync(manifestFolder)) {
    found.set(`dist/${file}`, readFileSync(join(manifestFolder, file), 'utf8'));
  }
  const names = await kubectl.out(['api-resources', '--namespaced', '--verbs=list', '--output=name']);
  // The SecretStore with the values stands for the store, which is not the cluster's.
  const kinds = names.split('\n').filter((kind) => kind !== '' && !/^(secrets|secretstores\.external-secrets\.io)$/.test(kind));
  found.set('kubectl get', (await kubectl.try(['get', kinds.join(','), '--output=yaml', '--show-managed-fields'])).stdout);
  const described = kinds.filter((kind) => !kind.startsWith('pods.metrics'));
  found.set('kubectl describe', (await kubectl.try(['describe', described.join(',')])).stdout);
  found.set('kubectl describe secrets', await kubectl.out(['describe', 'secrets']));
  for (const { metadata } of pods) {
    found.set(`logs of ${metadata.name}`, (await kubectl.try(['logs', metadata.name, '--all-containers'])).stdout);
  }
  return found;
}

/** Whether a value surfaces. */
export const CANARY = {
  promise:
    'no value of a Secret is in manifests, objects, events, descriptions and logs, nor in the environment or the arguments of a process',
  run: async (cluster: Installation) => {
    const values = await cluster.secretValues();
    const places = await readable(cluster);
    const shown = [...values].flatMap(([name, value]) => {
      const spellings = spellingsOf(value);
      return [...places].flatMap(([place, text]) => (spellings.some((spelling) => text.includes(spelling)) ? [`${name} in ${place}`] : []));
    });
    const empty = [...places].filter(([place, text]) => text === '' && !place.startsWith('logs')).map(([place]) => place);
    const size = [...places.values()].reduce((sum, text) => sum + text.length, 0) / 2 ** 20;
    return shown.length + empty.length === 0
      ? `${values.size} values, ${places.size} places, ${size.toFixed(1)} MiB of text, processes ${SAMPLES} times each`
      : fail([...shown, ...empty.map((place) => `${place} could not be read`)].join('; '));
  },
} satisfies Drill<Installation>;
