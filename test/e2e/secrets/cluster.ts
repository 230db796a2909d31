import { Duration, Size } from 'cdk8s';
import { Cpu } from '../../../imports/k8s';
import { entryOf } from '../../../lib/commands/secrets';
import { credentialsFor } from '../../../lib/charts';
import { remoteNameOf, secretNamesOf, type ExternalSecretsSettings } from '../../../lib/components/secrets';
import type { Environment } from '../../../lib/environments';
import { until } from '../kubectl';
import { fail, type Report } from '../report';
import { DRILL as WEB, WebCluster } from '../web/cluster';

const SECRETS = {
  source: 'external-secrets',
  store: { provider: 'existing', kind: 'SecretStore', name: 'drill' },
  refresh: Duration.seconds(10),
} as const satisfies ExternalSecretsSettings;

/** The web tier's installation with a set of Redis and Secrets that External Secrets makes, small. */
const DRILL: Environment = {
  ...WEB,
  secrets: SECRETS,
  php: { ...WEB.php, childrenPerPod: 4, cpu: Cpu.millis(100) },
  redis: { ...WEB.redis, availability: 'sentinel' },
  mysql: { ...WEB.mysql, memory: Size.mebibytes(1536), cpu: Cpu.millis(100) },
};

/** The keys of a Secret and their values. */
type Entry = Readonly<Record<string, string>>;

/** FinTrack whose Secrets come from a store, which the provider `fake` of External Secrets stands for: all but the store is real. */
export class SecretsCluster extends WebCluster {
  private readonly entries: Map<string, Entry>;

  constructor(report: Report) {
    super(report, DRILL);
    this.entries = new Map(this.names.map((secret) => [secret, JSON.parse(entryOf(DRILL, secret)) as Entry]));
  }

  get environment(): Environment {
    return DRILL;
  }

  /** Names of the Secrets. */
  get names(): readonly string[] {
    return secretNamesOf(credentialsFor(DRILL));
  }

  /** From nothing, and with the store that the manifests want to be there. */
  override async begin(): Promise<void> {
    await super.begin();
    await this.writeStore();
    await this.arrived();
  }

  /** Changes keys of an entry in the store, asks the operator to look now, and waits until the Secret has them. @returns seconds it took */
  async change(secret: string, keys: Entry): Promise<number> {
    const began = Date.now();
    this.entries.set(secret, { ...this.entries.get(secret), ...keys });
    await this.writeStore();
    await this.kubectl.out(['annotate', 'externalsecret', secret, `force-sync=${began}`, '--overwrite']);
    await this.arrived();
    return (Date.now() - began) / 1000;
  }

  /** A value as it is in the store. */
  value(secret: string, key: string): string {
    return this.entries.get(secret)?.[key] ?? fail(`the store has no ${key} of ${secret}`);
  }

  /** What a Secret has. */
  async secret(name: string): Promise<Entry> {
    const { data } = JSON.parse(await this.kubectl.out(['get', 'secret', name, '--output=json'])) as { data: Entry };
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  }

  /** Waits until every Secret is what the store has. */
  private async arrived(): Promise<void> {
    await until('the Secrets to be what the store has', 120, async () => {
      for (const [name, entry] of this.entries) {
        const found = await this.secret(name);
        const different = Object.keys({ ...found, ...entry }).filter((key) => found[key] !== entry[key]);
        if (different.length > 0) {
          fail(`${name} differs in ${different.join(', ')}`);
        }
      }
      return true;
    });
  }

  /** Writes all entries. @param without Secret whose entry lacks a key @param key that key */
  async writeStore(without?: string, key?: string): Promise<void> {
    const data = [...this.entries].map(([secret, entry]) => ({
      key: remoteNameOf(SECRETS, this.kubectl.namespace, secret),
      value: JSON.stringify(secret === without ? Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key)) : entry),
    }));
    const store = {
      apiVersion: 'external-secrets.io/v1',
      kind: SECRETS.store.kind,
      metadata: { name: SECRETS.store.name, namespace: this.kubectl.namespace },
      spec: { provider: { fake: { data } } },
    };
    await this.kubectl.out(['apply', '--server-side', '--force-conflicts', '--filename', '-'], JSON.stringify(store));
  }
}
