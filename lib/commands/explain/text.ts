import { LOST_NODE_SECONDS } from '../../kubernetes/workload';
import type { ConnectionBudget } from './connections';
import type { Explanation } from './explanation';
import type { Flow } from './flows';
import { printTable, type Style, type Table } from './table';
import type { Amounts, Totals, WorkloadExplanation } from '../workloads';

/** An explanation as a human reads it, 80 columns wide. */
export function printText(explanation: Explanation, style: Style): string[] {
  const { environment, namespace, release } = explanation;
  return [
    `Environment ${environment}: release ${release} in namespace ${namespace}`,
    ...tablesOf(explanation).flatMap((table) => ['', ...printTable(table, style)]),
  ];
}

/** The tables of an explanation, in the order in which they are read. */
export function tablesOf(explanation: Explanation): Table[] {
  const { workloads, totals, connections, drains, flows, files, otherFiles, nodeLosses } = explanation;
  return [
    {
      title: 'What runs, each pod with what it asks for and may use',
      columns: ['WORKLOAD', 'PODS', 'CPU', 'LIMIT', 'MEMORY', 'LIMIT', 'SCALE/VOLUME'],
      rows: workloads.map((workload) => [
        `${workload.kind} ${workload.name}`,
        rangeOf(workload),
        ...cellsOf(workload.pod),
        workload.scaledBy ?? (workload.volume === undefined ? '' : `volume ${workload.volume}`),
      ]),
    },
    {
      title: 'All of it together',
      columns: ['', 'PODS', 'CPU', 'LIMIT', 'MEMORY', 'LIMIT'],
      rows: [
        ['at rest', ...totalOf(totals.least)],
        ['at most', ...totalOf(totals.most)],
        ['a rollout of everything adds', ...totalOf(totals.rollout)],
      ],
    },
    {
      title: "MySQL's connections at most, those of a rollout among them",
      columns: ['WHO', 'PODS', 'EACH', 'CONNECTIONS'],
      rows: connectionRows(connections),
    },
    {
      title: 'How long pods may take to end',
      columns: ['WORKLOAD', 'KILLED AFTER', 'UNTIL THEN'],
      rows: drains.map(({ workload, grace, why }) => [workload, `${grace} s`, why]),
    },
    {
      title: 'Who may connect to whom; all else is closed',
      columns: ['WHO ANSWERS', 'PORT', 'WHO MAY CONNECT'],
      rows: flowRows(flows),
    },
    {
      title: 'What a change of a file in docker/ reaches',
      note:
        'A ConfigMap restarts its pods on the next apply; an image arrives with the next release. ' +
        'What is not listed is for Compose and for building images.',
      columns: ['FILE', 'BY', 'WHOM'],
      rows: [
        ...files.map(({ file, by, workloads: reached }) => [file, by, reached.join(', ')]),
        ...otherFiles.map((file) => [file, '-', 'no pod of this environment has it as it is']),
      ],
    },
    {
      title: 'What the loss of one node of three takes away, at the fewest pods',
      note:
        'Evenly spread, and at worst: spreading is a wish unless pods must not share a node. Pods of Deployments are made elsewhere ' +
        `${LOST_NODE_SECONDS} s after Kubernetes knows; those of StatefulSets when the node is back, or once you have removed it from the cluster.`,
      columns: ['WORKLOAD', 'PODS', 'SPREAD', 'WORST', 'AT WORST'],
      rows: nodeLosses.map(({ workload, pods, spread, worst, then }) => [workload, ...[pods, spread, worst].map(String), then]),
    },
  ];
}

function rangeOf({ least, most }: WorkloadExplanation): string {
  return least === most ? String(least) : `${least}-${most}`;
}

function cellsOf({ cpuMillis, cpuLimitMillis, memoryMebibytes, memoryLimitMebibytes }: Amounts): string[] {
  return [cores(cpuMillis), cores(cpuLimitMillis), memory(memoryMebibytes), memory(memoryLimitMebibytes)];
}

function totalOf(totals: Totals): string[] {
  return [String(totals.pods), ...cellsOf(totals)];
}

function connectionRows({ holders, application, operators, limit, memory: needs }: ConnectionBudget): string[][] {
  return [
    ...Object.entries(holders).map(([who, { pods, each }]) => [who, String(pods), `× ${each}`, String(pods * each)]),
    ['the application', '', '', String(application)],
    ...(operators === undefined ? [] : [['probes, replication, humans', '', '', String(operators)]]),
    ['max_connections', '', '', limit === undefined ? 'not named: mysql.maxConnections is not set' : String(limit)],
    ...(needs === undefined
      ? []
      : [
          [
            'memory of a server',
            '',
            '',
            `buffer pool ${needs.bufferPool} + fixed ${needs.fixed} + ${needs.connections} connections × ${needs.perConnection} = ` +
              `${needs.needed} of ${needs.available} MiB`,
          ],
        ]),
  ];
}

/** One row for each port that somebody answers at. */
function flowRows(flows: readonly Flow[]): string[][] {
  const rows = new Map<string, { to: string; port: number; from: string[] }>();
  for (const { from, to, port } of flows) {
    const row = rows.get(`${to} ${port}`) ?? { to, port, from: [] };
    row.from.push(from);
    rows.set(`${to} ${port}`, row);
  }
  return [...rows.values()].map(({ to, port, from }) => [to, String(port), from.join(', ')]);
}

/** Processor time as a human writes it: `250m`, `1.5`. */
function cores(millis: number): string {
  return millis === 0 ? '-' : millis < 1000 ? `${millis}m` : String(millis / 1000);
}

/** Memory as a human writes it: `384Mi`, `2Gi`, and from 10 Gi on with one decimal. */
function memory(mebibytes: number): string {
  if (mebibytes === 0) {
    return '-';
  }
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : mebibytes < 10 * 1024 ? `${mebibytes}Mi` : `${(mebibytes / 1024).toFixed(1)}Gi`;
}
