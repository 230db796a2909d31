import { execFile } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { promisify } from 'node:util';
import type { Manifest } from '../../../lib/charts';
import type { Environment } from '../../../lib/environments';
import { createFinTrack, manifestsOf } from '../../../lib/fintrack';
import { DockerFiles } from '../../../lib/docker/docker-files';
import { ownersOf } from '../../support/manifests';
import { MONITORED } from '../environment';
import { Kubectl, until } from '../kubectl';
import type { Report } from '../report';
import { DRILL as REDIS } from '../redis/cluster';
import { WebCluster } from '../web/cluster';

/** Namespace where Prometheus would be. */
const MONITORING = `${REDIS.namespace}-monitoring`;

/** Everything that may run by itself: a primary and a replica of MySQL, three Redis with their Sentinels and proxies, two of each web pod, and exporters beside them all. */
const DRILL: Environment = {
  ...REDIS,
  ...MONITORED,
  monitoring: { ...MONITORED.monitoring, namespace: MONITORING },
  php: { ...REDIS.php, scale: { replicas: 2 } },
  nginx: { ...REDIS.nginx, scale: { replicas: 2 } },
  mysql: { ...REDIS.mysql, replicas: 1 },
};

/** Where clouds hand out credentials. Here this machine answers there, which nodes ask like any other place that is not theirs. */
const METADATA = '169.254.169.254';

/** The port of a machine outside the cluster that `php.egress` names. */
export const NAMED = 'machine that php.egress names';

/** The port of a machine outside the cluster that `backup.bucket` names. */
export const BUCKET = 'bucket';

/** Something that listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Asks for each of a list of targets whether a connection comes about within a second. */
const PROBE = `echo json_encode(array_map(
  fn ($target) => (bool) @stream_socket_client("tcp://{$target->host}:{$target->port}", $code, $message, 1),
  json_decode(stream_get_contents(STDIN))));`;

/** FinTrack, and pods beside it that are to its policies what its own are. */
export class NetworkCluster extends WebCluster {
  readonly elsewhere = new Kubectl(`${DRILL.namespace}-elsewhere`);
  readonly monitoring = new Kubectl(MONITORING);
  private environment = DRILL;
  /** What answers on this machine: at one port as `php.egress` names it, at one as it names the internet, at one as the bucket. */
  private readonly listeners: Server[] = [];

  constructor(report: Report) {
    super(report, DRILL);
  }

  /** Without the edge that other drills come through: it lets in the addresses of this machine. */
  override async create(): Promise<number> {
    const began = Date.now();
    const [named, internet, bucket] = [await this.listen(), await this.listen(), await this.listen()];
    const { machine } = await this.sources();
    const cidrs = [`${machine}/32`];
    const egress = [
      { cidrs, ports: [named] },
      { cidrs: ['0.0.0.0/0'], ports: [internet] },
    ];
    this.environment = {
      ...DRILL,
      php: { ...DRILL.php, egress },
      backup: { image: 'fintrack-backup:demo', bucket: { endpoint: `http://${machine}:${bucket}`, name: 'fintrack', cidrs } },
    };
    await this.begin();
    await this.apply(this.environment);
    // What answers for the bucket is none.
    await this.ready(600, 'app.kubernetes.io/name!=backup');
    return (Date.now() - began) / 1000;
  }

  /** Answers on this machine from here on. @returns the port */
  private async listen(): Promise<number> {
    const listener = createServer((socket) => socket.end());
    this.listeners.push(listener);
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    return (listener.address() as AddressInfo).port;
  }

  get manifests(): Manifest[] {
    return manifestsOf(createFinTrack(this.environment, new DockerFiles()));
  }

  /** Labels of the pods of each workload, by its name. */
  get workloads(): ReadonlyMap<string, Readonly<Record<string, string>>> {
    return new Map(ownersOf(this.manifests).map(({ labels }) => [labels['app.kubernetes.io/instance'] ?? '', labels]));
  }

  /** Every port of every running pod, by workload and port. */
  async listening(): Promise<Map<string, Target[]>> {
    const found = new Map<string, Target[]>();
    for (const { metadata, spec, status } of await this.kubectl.list('pods', 'app.kubernetes.io/part-of=fintrack,!fintrack-probe')) {
      const ports = (spec.containers as { ports?: { containerPort: number }[] }[]).flatMap(({ ports = [] }) => ports);
      for (const { containerPort } of status.phase === 'Running' ? ports : []) {
        const name = `${metadata.labels?.['app.kubernetes.io/instance'] ?? ''}:${containerPort}`;
        found.set(name, [...(found.get(name) ?? []), { host: status.podIP as string, port: containerPort }]);
      }
    }
    return found;
  }

  /** What is not of the namespace, by name. */
  async outside(): Promise<Map<string, Target>> {
    const { machine } = await this.sources();
    const [dns] = await new Kubectl('kube-system').list('pods', 'k8s-app=kube-dns');
    const [api] = await new Kubectl('default').list('endpoints', 'endpointslice.kubernetes.io/skip-mirror=true');
    const { addresses, ports } = (api?.['subsets'] as { addresses: { ip: string }[]; ports: { port: number }[] }[])[0] ?? {};
    const [named = 0, internet = 0, bucket = 0] = this.listeners.map((listener) => (listener.address() as AddressInfo).port);
    return new Map<string, Target>([
      ['dns:53', { host: dns?.['status'].podIP as string, port: 53 }],
      ['API server', { host: addresses?.[0]?.ip ?? '', port: ports?.[0]?.port ?? 0 }],
      ['metadata address', { host: METADATA, port: internet }],
      ['machine outside the cluster', { host: machine, port: internet }],
      [NAMED, { host: machine, port: named }],
      [BUCKET, { host: machine, port: bucket }],
    ]);
  }

  /** Gives this machine the address at which clouds answer, or takes it away. */
  async metadata(there: boolean): Promise<void> {
    await promisify(execFile)('ip', ['address', there ? 'replace' : 'delete', `${METADATA}/32`, 'dev', 'lo']);
  }

  /** Starts pods that do nothing, one for each set of labels. @param labels by the pod's name */
  async startProbes(where: Kubectl, labels: ReadonlyMap<string, Readonly<Record<string, string>>>): Promise<void> {
    const image = (await this.kubectl.list('deployments')).find(({ metadata }) => metadata.name === 'php')?.['spec'].template.spec
      .containers[0].image as string;
    const nodes = (await this.kubectl.list('nodes')).map(({ metadata }) => metadata.name);
    const pods = [...labels].map(([name, own], index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: probeOf(name), labels: { ...own, 'fintrack-probe': 'true' } },
      spec: {
        // Not by the scheduler: the pods whose labels these are keep others like them away from their nodes.
        nodeName: nodes[index % nodes.length],
        automountServiceAccountToken: false,
        // No Service sends anybody to a pod that is not ready.
        containers: [
          {
            name: 'probe',
            image,
            command: ['sleep', '3600'],
            readinessProbe: { exec: { command: ['false'] } },
            resources: { requests: { cpu: '1m', memory: '32Mi' }, limits: { memory: '64Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
          },
        ],
        securityContext: { runAsNonRoot: true, runAsUser: 10002, seccompProfile: { type: 'RuntimeDefault' } },
        terminationGracePeriodSeconds: 0,
      },
    }));
    await where.out(['create', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
    await until('the probes to run', 120, async () =>
      (await where.list('pods', 'fintrack-probe')).every(({ status }) => status.phase === 'Running'),
    );
  }

  /** Which targets a probe reaches. */
  async reached(where: Kubectl, name: string, targets: readonly Target[]): Promise<boolean[]> {
    const answer = await where.out(['exec', '--stdin', probeOf(name), '--', 'php', '-r', PROBE], JSON.stringify(targets));
    return JSON.parse(answer) as boolean[];
  }

  /** Takes the probes away, and what they were meant to reach. */
  async stopProbes(): Promise<void> {
    this.listeners.forEach((listener) => listener.close());
    await this.metadata(false);
    await this.kubectl.out(['delete', 'pod', '--selector=fintrack-probe']);
    await this.elsewhere.try(['delete', 'namespace', this.elsewhere.namespace, this.monitoring.namespace]);
  }
}

const probeOf = (name: string) => `probe-${name}`;
