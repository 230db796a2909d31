import { Yaml } from 'cdk8s';
import { Kubectl } from '../kubectl';
import { fail } from '../report';

const NAME = 'bucket';
const PORT = 7070;

/** Each folder is a bucket. */
const FOLDER = '/data';
const BUCKET = 'fintrack';

/** Another bucket, of so few mebibytes that it can be filled. */
export const SMALL = 'small';
const SMALL_SIZE = 64;
const FILLER = 'filler';

/** A store that speaks S3, in a namespace of its own: it outlives the one that is backed up. Each object is a file in its pod. */
export class Bucket {
  readonly kubectl: Kubectl;
  readonly endpoint: string;

  /** @param namespace the one that is backed up @param gibibytes of its volume */
  constructor(
    namespace: string,
    private readonly gibibytes: number,
  ) {
    this.kubectl = new Kubectl(`${namespace}-${NAME}`);
    this.endpoint = `http://${NAME}.${this.kubectl.namespace}.svc.cluster.local:${PORT}`;
  }

  /** @param keys values of Secret fintrack-backup, in base64 */
  async create(keys: Readonly<Record<string, string>>): Promise<void> {
    const { namespace } = this.kubectl;
    await this.kubectl.try(['delete', 'namespace', namespace, '--ignore-not-found']);
    const labels = { app: NAME };
    const fromSecret = (key: string) => ({ valueFrom: { secretKeyRef: { name: NAME, key } } });
    const container = {
      name: NAME,
      image: 'fintrack-bucket:demo',
      command: ['sh', '-c', `mkdir -p ${FOLDER}/${BUCKET} && exec versitygw --quiet --port :${PORT} posix --nometa ${FOLDER}`],
      env: [
        { name: 'ROOT_ACCESS_KEY', ...fromSecret('access-key-id') },
        { name: 'ROOT_SECRET_KEY', ...fromSecret('secret-access-key') },
      ],
      readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      volumeMounts: [
        { name: 'data', mountPath: FOLDER },
        { name: SMALL, mountPath: `${FOLDER}/${SMALL}` },
      ],
    };
    const metadata = { name: NAME, namespace };
    const objects = Yaml.stringify(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Secret', metadata, data: keys },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata,
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: `${this.gibibytes}Gi` } } },
      },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: PORT }] } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          selector: { matchLabels: labels },
          strategy: { type: 'Recreate' },
          template: {
            metadata: { labels },
            spec: {
              // The first process of a container cannot be held up from within it.
              shareProcessNamespace: true,
              containers: [container],
              volumes: [
                { name: 'data', persistentVolumeClaim: { claimName: NAME } },
                { name: SMALL, emptyDir: { medium: 'Memory', sizeLimit: `${SMALL_SIZE}Mi` } },
              ],
            },
          },
        },
      },
    );
    await this.kubectl.out(['create', '--filename', '-'], objects);
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.kubectl.out(['rollout', 'status', `deployment/${NAME}`, '--timeout=120s']);
  }

  /** Takes it away, or brings it back with all that it had. */
  async available(wanted: boolean): Promise<void> {
    await this.kubectl.out(['scale', `deployment/${NAME}`, `--replicas=${wanted ? 1 : 0}`]);
    await (wanted ? this.ready() : this.kubectl.out(['wait', 'pod', '--selector=app=bucket', '--for=delete', '--timeout=60s']));
  }

  /** What a shell in it says. */
  async run(command: string, bucket = BUCKET): Promise<string> {
    return this.kubectl.out(['exec', `deployment/${NAME}`, '--', 'sh', '-c', `cd ${FOLDER}/${bucket} && ${command}`]);
  }

  /** Stops it again and again. @param then what happens each time, in which `resume` has it go on @returns how to undo it */
  async hinder(then: string): Promise<() => Promise<void>> {
    const shell = `tell() { kill -s "$1" $(pidof versitygw); }; resume() { tell CONT; }; while :; do tell STOP; ${then}; done`;
    const id = (await this.run(`{ sh -c '${shell}' >/dev/null 2>&1 & echo $!; }`)).trim();
    return async () => {
      await this.run(`kill ${id}; kill -s CONT $(pidof versitygw)`);
    };
  }

  /** Leaves no room in the small one. */
  async fill(): Promise<void> {
    await this.run(`! dd if=/dev/zero of=${FILLER} bs=4k count=${(SMALL_SIZE + 1) * 256} 2>/dev/null`, SMALL);
  }

  async makeRoom(): Promise<void> {
    await this.run(`rm ${FILLER}`, SMALL);
  }

  /** Changes a byte in the middle of the youngest file of a folder. @returns its name */
  async corrupt(folder: string): Promise<string> {
    const file = (await this.run(`find ${folder} -type f -exec ls -t {} + | head -n 1`)).trim();
    const size = Number(await this.run(`stat -c %s ${file}`));
    if (!file || !(size > 0)) {
      fail(`nothing is in ${folder}`);
    }
    await this.run(`cp ${file} ${FOLDER}/sound && printf '\\377\\000\\377' | dd of=${file} bs=1 seek=${Math.floor(size / 2)} conv=notrunc`);
    return file;
  }

  /** Undoes that. */
  async mend(file: string): Promise<void> {
    await this.run(`cp ${FOLDER}/sound ${file}`);
  }
}
