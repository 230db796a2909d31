import { join } from 'node:path';
import { secretsOf } from '../../lib/commands/secrets';
import type { DockerFiles } from '../../lib/docker/docker-files';
import type { Environment } from '../../lib/environments';
import { synthesize } from '../../lib/fintrack';
import { Kubectl, statesOf, until, type KubernetesObject } from './kubectl';

/** Whether nothing waits for a pod. A try of a Job that failed is over: another follows, and what needs the Job is not ready without it. */
const isReady = (pod: KubernetesObject) =>
  ['Succeeded', 'Failed'].includes(pod['status'].phase as string) ||
  (pod['status'].conditions ?? []).some(
    (condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True',
  );

/** An environment on a cluster. */
export class Deployment {
  readonly kubectl: Kubectl;

  /** @param folder its manifests */
  constructor(
    readonly environment: Environment,
    readonly folder: string,
  ) {
    this.kubectl = new Kubectl(environment.namespace);
  }

  /** The same environment with changes, synthesized anew into the same folder. @param files @default - docker/ @throws with the findings of a rule */
  change(changes: Partial<Environment>, files?: DockerFiles): Deployment {
    const environment = { ...this.environment, ...changes };
    const findings = synthesize([environment], join(this.folder, '..'), files);
    if (findings.length > 0) {
      throw new Error(findings.join('\n'));
    }
    return new Deployment(environment, this.folder);
  }

  /** Waits until a namespace of an earlier run is gone. */
  async waitForRoom(): Promise<void> {
    await until('the namespace of an earlier run to go', 300, async () => {
      const { stdout } = await this.kubectl.try(['get', 'namespace', this.environment.namespace, '--output=jsonpath={.status.phase}']);
      return stdout !== 'Terminating';
    });
  }

  /** Applies the manifests; Secrets that nobody else makes are made once and never again. */
  async apply(): Promise<void> {
    await this.kubectl.out(['apply', '--filename', join(this.folder, '0000-base.k8s.yaml')]);
    if (this.environment.secrets.source === 'existing' && (await this.kubectl.list('secrets')).length === 0) {
      await this.kubectl.out(['create', '--filename', '-'], secretsOf(this.environment));
    }
    await this.kubectl.out(['apply', '--filename', this.folder]);
  }

  /**
   * Waits until every pod is ready, and says each time something changes which are not.
   * @param selector labels of the pods @default - all
   * @throws with what each of the others waits for
   */
  async waitForPods(seconds: number, say: (text: string) => void, selector = ''): Promise<void> {
    const began = Date.now();
    let said = '';
    const ready = until('every pod to be ready', seconds, async () => {
      const pods = await this.kubectl.list('pods', selector);
      const waiting = pods.filter((pod) => !isReady(pod)).map((pod) => pod.metadata.name);
      const text = `${pods.length - waiting.length} of ${pods.length} pods ready${waiting.length > 0 ? `, waiting for ${waiting.join(', ')}` : ''}`;
      if (text !== said) {
        say(`${Math.round((Date.now() - began) / 1000)} s: ${text}`);
        said = text;
      }
      if (waiting.length > 0 || pods.length === 0) {
        throw new Error(text);
      }
      return true;
    });
    await ready.catch(async (error: unknown) => {
      const waiting = (await this.kubectl.list('pods', selector)).filter((pod) => !isReady(pod));
      const reasons = await Promise.all(waiting.map((pod) => this.waitsFor(pod)));
      throw new Error([(error as Error).message, ...reasons].join('\n'), { cause: error });
    });
  }

  /** What a pod that is not ready says of itself: why it has no node, or of each container that is not ready its state and last words. */
  private async waitsFor(pod: KubernetesObject): Promise<string> {
    const { phase, conditions = [] } = pod['status'] as { phase: string; conditions?: { reason?: string; message?: string }[] };
    const unschedulable = conditions.find(({ reason }) => reason === 'Unschedulable');
    const containers = await Promise.all(
      statesOf(pod)
        .filter(({ ready }) => !ready)
        .map(async ({ name, state, restartCount }) => {
          const { stdout } = await this.kubectl.try(['logs', pod.metadata.name, `--container=${name}`, '--tail=2']);
          return `${name} ${JSON.stringify(state)}, ${restartCount} restarts: ${stdout.trim()}`;
        }),
    );
    return `${pod.metadata.name} ${phase}: ${unschedulable?.message ?? containers.join('; ')}`;
  }
}
