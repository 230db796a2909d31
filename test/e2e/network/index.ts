import { connectionsIn } from '../../support/network';
import { runDrills, type Drill } from '../drill';
import { fail } from '../report';
import { BUCKET, NAMED, NetworkCluster } from './cluster';

/** Whom policies leave alone: it shows that what is closed to others does listen. */
const STRANGER = 'stranger';

const DRILLS: Readonly<Record<string, Drill<NetworkCluster>>> = {
  matrix: {
    promise:
      'every pod, and every port of every pod, DNS, the API server, the metadata address and the outside: open is what the table says, to web pods, workers and the scheduler what php.egress names, and to backups the bucket',
    run: async (cluster) => {
      const { opens, accepts } = connectionsIn(cluster.manifests);
      const { workloads, elsewhere, monitoring } = cluster;
      // The matrix knows one place of the internet, and this machine has a private address.
      const named = [
        ...['php', 'queue-worker-default', 'scheduler'].map((from) => `${from} → ${NAMED}`),
        ...[...workloads.keys()].filter((from) => /^(backup|restore-test)/.test(from)).map((from) => `${from} → ${BUCKET}`),
      ];
      const [inside, outside] = [await cluster.listening(), await cluster.outside()];
      const targets = [
        ...[...inside].flatMap(([to, all]) => all.map((target) => ({ to, target }))),
        ...[...outside].map(([to, target]) => ({ to, target })),
      ];
      for (const { namespace } of [elsewhere, monitoring]) {
        await elsewhere.out(['create', 'namespace', namespace]);
      }
      await cluster.metadata(true);
      try {
        await cluster.startProbes(cluster.kubectl, new Map([...workloads, ['neighbour', {}]]));
        await cluster.startProbes(
          elsewhere,
          new Map([
            ['php', workloads.get('php') ?? fail('there is no php')],
            [STRANGER, {}],
          ]),
        );
        const metrics = `pods of ${monitoring.namespace}`;
        await cluster.startProbes(monitoring, new Map([[STRANGER, {}]]));
        const sources = [
          ...[...workloads.keys(), 'neighbour'].map((from) => ({ from, name: from, where: cluster.kubectl })),
          { from: 'copy of php', name: 'php', where: elsewhere },
          { from: STRANGER, name: STRANGER, where: elsewhere },
          { from: metrics, name: STRANGER, where: monitoring },
        ];
        const rows = await Promise.all(
          sources.map(async ({ from, name, where }) => {
            const answers = await cluster.reached(
              where,
              name,
              targets.map(({ target }) => target),
            );
            return targets.map(({ to }, index) => ({
              from,
              to,
              line: `${from} → ${to}`,
              open: answers[index] === true,
              free: where !== cluster.kubectl,
            }));
          }),
        );
        const tried = rows.flat();
        const wanted = ({ line, to, free }: (typeof tried)[number]) =>
          // Only pods of the namespace are held back at their own end; what is outside lets everybody in.
          (free || opens.includes(line) || named.includes(line)) && (outside.has(to) || accepts.includes(line));
        const wrong = tried.filter((each) => each.open !== wanted(each));
        const open = new Set(tried.filter(({ open }) => open).map(({ line }) => line));
        return wrong.length === 0
          ? `${sources.length} kinds of pods, ${targets.length} ports: ${tried.length} connections tried, ${tried.filter((each) => each.open).length} came about (${open.size} lines of the table)`
          : fail([...new Set(wrong.map(({ line, open }) => `${line} is ${open ? 'open' : 'closed'}`))].join('; '));
      } finally {
        await cluster.stopProbes();
      }
    },
  },
};

/** Who reaches whom. @param only names of drills; none means all @returns the exit code */
export const networkDrills = (only: readonly string[]) =>
  runDrills<NetworkCluster>(
    {
      name: 'network',
      drills: DRILLS,
      install: (report) => new NetworkCluster(report),
      create: () => ({
        promise: 'FinTrack comes up from nothing',
        run: async (cluster) => `after ${(await cluster.create()).toFixed(0)} s`,
      }),
      subject: async (cluster) => {
        const [node] = await cluster.kubectl.list('nodes');
        return `Kubernetes ${node?.['status'].nodeInfo.kubeletVersion as string}, policies enforced by the network of the test cluster`;
      },
    },
    only,
  );
