import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../../lib/docker/docker-files';
import type { Environment } from '../../../lib/environments';
import { createFinTrack } from '../../../lib/fintrack';
import { Application, stylesheetIn } from '../application';
import { BASE } from '../environment';
import { Installation } from '../installation';
import { Kubectl, until } from '../kubectl';
import { fail, type Report } from '../report';
import { Load, type Target } from './load';

/** The drills' own environment with two of each web pod, one of all else, and an edge: the machine that runs the drills stands for its proxies. */
export const DRILL = {
  ...BASE,
  url: 'https://fintrack.example',
  php: { ...BASE.php, scale: { replicas: 2 }, childrenPerPod: 8, cpu: Cpu.millis(300) },
  nginx: { ...BASE.nginx, scale: { replicas: 2 } },
  mysql: { ...BASE.mysql, replicas: 0, memory: Size.gibibytes(2) },
} satisfies Environment;

/** FinTrack behind a load balancer, and what drills do to its web tier. */
export class WebCluster extends Installation {
  private host = '';
  /** Path of the stylesheet that the page names. */
  asset = '';
  private loads = 0;

  constructor(
    report: Report,
    private standard: Environment = DRILL,
  ) {
    super(report, standard);
  }

  protected override get database(): string {
    return DRILL.mysql.primary;
  }

  /** Starts from nothing. @returns seconds until every pod was ready */
  async create(): Promise<number> {
    const began = Date.now();
    await this.begin();
    const { blocks } = await this.sources();
    this.standard = { ...this.standard, edge: { type: 'ingress', className: 'none', tlsSecret: 'none', proxies: { addresses: blocks } } };
    await this.release();
    await this.rolledOut();
    await this.reach();
    return (Date.now() - began) / 1000;
  }

  /** Finds the Service and what its page names. */
  protected async reach(): Promise<void> {
    this.host = (await this.kubectl.out(['get', 'service', 'nginx', '--output=jsonpath={.spec.clusterIP}'])).trim();
    const page = await until('the page through the Service', 60, async () => {
      const answer = await this.visitor().send('GET', '/');
      return answer.status === 200 && answer.text();
    });
    this.asset = stylesheetIn(page);
  }

  /** Applies a release that differs from the standard one in some settings or files. */
  async release(changes: Partial<Environment> = {}, files?: DockerFiles): Promise<void> {
    await this.apply({ ...this.standard, ...changes }, files);
  }

  /** Applies the standard release with files that no rule has seen. */
  async releaseUnchecked(files: DockerFiles): Promise<void> {
    const app = createFinTrack(this.standard, files, join(this.folder, 'unchecked'));
    app.synth();
    await this.kubectl.out(['apply', '--filename', app.outdir]);
  }

  /** The Service of nginx, as a proxy asks it. */
  get target(): Target {
    return { host: this.host, port: 8080, headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' } };
  }

  /** Somebody who comes through the Service, as a proxy says. */
  visitor(): Application {
    return new Application(`http://${this.host}:8080`);
  }

  /**
   * Blocks from which requests of this machine reach pods, and the address by which nodes know it. A Service's traffic has the address of the
   * node that took it, or, for a pod on that node, of the node's end of the pod network; policies look before that change and see this machine.
   */
  protected async sources(): Promise<{ readonly blocks: string[]; readonly machine: string }> {
    const nodes = await this.kubectl.list('nodes');
    const addresses = nodes.flatMap(({ status }) =>
      (status.addresses as { type: string; address: string }[]).flatMap(({ type, address }) => (type === 'InternalIP' ? address : [])),
    );
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(9, addresses[0], resolve));
    const machine = socket.address().address;
    socket.close();
    return { blocks: [...[...addresses, machine].map((address) => `${address}/32`), await this.podNetwork()], machine };
  }

  /** Where the cluster's pods have their addresses, one of which is known: pod networks are this large or smaller. */
  async podNetwork(): Promise<string> {
    const path = '{.items[0].status.podIP}';
    const dns = ['get', 'pods', '--namespace=kube-system', '--selector=k8s-app=kube-dns', `--output=jsonpath=${path}`];
    return (await this.kubectl.out(dns)).replace(/\d+\.\d+$/, '0.0/16');
  }

  /** Replaces every pod of nginx and PHP, as a release does. */
  async restart(): Promise<void> {
    await this.kubectl.out(['rollout', 'restart', 'deployment/nginx', 'deployment/php']);
    for (const name of ['nginx', 'php']) {
      await this.kubectl.out(['rollout', 'status', `deployment/${name}`, '--timeout=300s']);
    }
  }

  /** Arranges the pods so that a node has pods of nginx, PHP and DNS, and nothing that keeps data. @returns its name */
  async lonelyNode(): Promise<string> {
    const holds = async (instance: RegExp) => {
      const pods = await this.kubectl.list('pods');
      return new Set(pods.filter(({ metadata }) => instance.test(metadata.name)).map(({ spec }) => spec.nodeName as string));
    };
    const nodes = (await this.kubectl.list('nodes')).map(({ metadata }) => metadata.name);
    // Requests of this machine enter the cluster through the first.
    const node = nodes.at(-1) ?? fail('the cluster has no node');
    await this.vacate(node, /^(nginx|php)$/);
    await this.kubectl.out(['uncordon', node]);
    for (const instance of ['nginx', 'php']) {
      await this.attract(node, this.kubectl, `app.kubernetes.io/instance=${instance}`);
    }
    // What is worst: half of all names are asked of a pod that is gone.
    await this.attract(node, new Kubectl('kube-system'), 'k8s-app=kube-dns');
    const [web, data] = [await holds(/^(nginx|php)-/), await holds(/^(mysql|redis)/)];
    return web.has(node) && !data.has(node) ? node : fail(`${node} does not hold what it should`);
  }

  /** Waits until the newest pods of the web tier, the worker and the scheduler serve. */
  async rolledOut(): Promise<void> {
    for (const { metadata } of await this.kubectl.list('deployments')) {
      await this.kubectl.out(['rollout', 'status', `deployment/${metadata.name}`, '--timeout=300s']);
    }
    // The Job of a release that failed stays, and a human deletes it.
    await this.ready(600, 'app.kubernetes.io/instance!=migration');
  }

  /** Clients that are already served. @param rate requests per second @param target @default - the Service */
  async startLoad(rate = 30, target = this.target): Promise<Load> {
    const load = new Load(`load${(this.loads += 1)}-${process.pid}`, target, this.asset);
    load.start(rate);
    await until('answers', 30, async () => Promise.resolve(load.answers.length > 3 * rate));
    return load;
  }

  /** Stops a load and holds its transfers against the database. @returns what became of all its requests @throws when one failed */
  async finish(load: Load): Promise<string> {
    await load.stop();
    const detail = `${load.story}; ${await this.audit(load)}`;
    return load.faults.length === 0 ? detail : fail(detail);
  }

  /** Pods of a workload that are not on their way out. */
  async podsOf(instance: string): Promise<string[]> {
    const pods = await this.kubectl.list('pods', `app.kubernetes.io/instance=${instance}`);
    return pods.filter(({ metadata }) => !('deletionTimestamp' in metadata)).map(({ metadata }) => metadata.name);
  }
}
