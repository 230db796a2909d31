import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { restoreOf } from '../../../lib/commands/restore';
import { serversOf, type OfficialSettings } from '../../../lib/components/mysql';
import type { Environment } from '../../../lib/environments';
import { BASE } from '../environment';
import { Installation } from '../installation';
import { until, type KubernetesObject } from '../kubectl';
import { fail, type Report } from '../report';
import { BACKUP, MYSQL, store } from './environment';
import { Logs } from './logs';

type CronJob = 'backup' | 'backup-prune' | 'backup-redis' | 'restore-test';

/** How a Job ended, and what it said. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly log: string;
  readonly seconds: number;
}

/** FinTrack with backups into a bucket beside it, and what drills do to them. */
export class BackupCluster extends Installation {
  readonly bucket = store;
  readonly logs = new Logs(this);
  private settings: Environment;

  constructor(report: Report) {
    const environment: Environment = { ...BASE, mysql: MYSQL, backup: BACKUP };
    super(report, environment);
    this.settings = environment;
  }

  get primary(): string {
    return (this.settings.mysql as OfficialSettings).primary;
  }

  protected override get database(): string {
    return this.primary;
  }

  /** Starts from nothing. */
  async create(): Promise<void> {
    await this.begin();
    await this.bucket.create(await this.keys());
    await this.ready();
  }

  /** The pods of Jobs that failed, as drills make them do, stay for their logs. */
  override async ready(seconds = 600, selector = 'app.kubernetes.io/name!=backup'): Promise<void> {
    await super.ready(seconds, selector);
  }

  override async apply(changes: Partial<Environment>): Promise<void> {
    this.settings = { ...this.settings, ...changes };
    await super.apply(changes);
  }

  /** Values of Secret fintrack-backup, in base64. */
  async keys(): Promise<Record<string, string>> {
    return (await this.secret())['data'] as Record<string, string>;
  }

  private async secret(): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl.out(['get', 'secret', 'fintrack-backup', '--output=json'])) as KubernetesObject;
  }

  /** Gives a key of that Secret another value. @returns how to undo it */
  async replaceKey(key: string, value: string): Promise<() => Promise<void>> {
    const secret = await this.secret();
    const before = secret['data'][key] as string;
    const replace = async (data: string) => {
      const patch = JSON.stringify({ data: { [key]: data } });
      await this.kubectl.out(['patch', 'secret', 'fintrack-backup', '--type=merge', '--patch', patch]);
    };
    await replace(Buffer.from(value).toString('base64'));
    return () => replace(before);
  }

  /** Starts what a CronJob starts. @returns the name of the Job */
  async startJob(cronJob: CronJob): Promise<string> {
    const name = `${cronJob}-${Date.now()}`;
    await this.kubectl.out(['create', 'job', name, `--from=cronjob/${cronJob}`]);
    return name;
  }

  /** Waits until a Job has ended. */
  async outcomeOf(job: string, seconds = 600): Promise<Outcome> {
    const began = Date.now();
    const state = await until(`Job ${job} to end`, seconds, async () => {
      const { status } = JSON.parse(await this.kubectl.out(['get', 'job', job, '--output=json'])) as KubernetesObject;
      const conditions: { type: string; status: string }[] = status.conditions ?? [];
      return conditions.find(({ type, status: holds }) => holds === 'True' && (type === 'Complete' || type === 'Failed'))?.type;
    });
    const log = await this.kubectl.out(['logs', `--selector=job-name=${job}`, '--all-containers', '--ignore-errors', '--tail=-1']);
    return { succeeded: state === 'Complete', log, seconds: (Date.now() - began) / 1000 };
  }

  /** Runs what a CronJob runs. @throws with its last line when it fails */
  async run(cronJob: CronJob, seconds?: number): Promise<Outcome> {
    const outcome = await this.outcomeOf(await this.startJob(cronJob), seconds);
    return outcome.succeeded ? outcome : fail(`${cronJob} failed: ${lastOf(outcome.log)}`);
  }

  /** Runs it, and it must fail. @param why what its log must say @returns that line */
  async mustFail(cronJob: 'backup' | 'restore-test', why: RegExp): Promise<string> {
    const { succeeded, log } = await this.outcomeOf(await this.startJob(cronJob));
    const said = why.exec(log)?.[0];
    return succeeded || said === undefined ? fail(`${cronJob} ${succeeded ? 'succeeded' : `said: ${lastOf(log)}`}`) : said;
  }

  async executed(pod: string): Promise<string> {
    return (await this.sql(pod, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')")).trim();
  }

  /** Restores beside the running servers. @returns the log */
  async restoreBeside(to?: string, seconds = 600): Promise<string> {
    await this.kubectl.try(['delete', 'job/restore', 'pvc/restored', '--ignore-not-found']);
    await this.restore(false, to);
    const said = await until('the restored server', seconds, async () => {
      const { stdout } = await this.kubectl.try(['logs', 'job/restore', '--tail=-1']);
      const { status } = JSON.parse(await this.kubectl.out(['get', 'job', 'restore', '--output=json'])) as KubernetesObject;
      if (status.failed > 0) {
        return `failed: ${lastOf(stdout)}`;
      }
      return stdout.includes('kept until this pod goes') && stdout;
    });
    return said.startsWith('failed') ? fail(said) : said;
  }

  /** Creates what `npm run restore` prints. */
  async restore(asPrimary: boolean, to?: string): Promise<void> {
    const { manifests } = restoreOf({ environment: this.settings, asPrimary, ...(to !== undefined && { to }) });
    await this.kubectl.out(['create', '--filename', '-'], manifests);
  }

  /** Rows of a query on the server that was restored beside the others. */
  async restored(query: string): Promise<string> {
    const socket = '/var/lib/mysql/restoring/mysqld.sock';
    const client = ['mysql', `--socket=${socket}`, '--user=root', '--skip-column-names', '--batch', 'financial_tracker'];
    return this.kubectl.out(['exec', '--stdin', 'job/restore', '--', ...client], query);
  }

  /** Whether the server that was restored beside the others has the rows and checksums of the primary. */
  async restoredEqualsPrimary(): Promise<boolean> {
    return (await this.sums((query) => this.sql(this.primary, query))) === (await this.sums((query) => this.restored(query)));
  }

  /** Rows and checksum of every table, by a way of asking. */
  async sums(ask: (query: string) => Promise<string>): Promise<string> {
    const tables = await ask("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'financial_tracker' ORDER BY 1");
    const names = tables.trim().split('\n');
    return ask(
      names.map((name) => `SELECT '${name}', COUNT(*) FROM financial_tracker.${name}; CHECKSUM TABLE financial_tracker.${name};`).join(' '),
    );
  }

  /** Nothing but what a drill does writes from here on: workers and scheduler book too. */
  async silence(silent: boolean): Promise<void> {
    const selector = 'app.kubernetes.io/component in (worker, scheduler)';
    await this.kubectl.out(['scale', 'deployment', `--selector=${selector}`, `--replicas=${silent ? 0 : 1}`]);
    await this.ready();
  }

  /** Stores in another bucket, or another folder of it, from now on; in another folder without what was logged before. @param place @default - as at first */
  async storeIn(place: Partial<typeof BACKUP.bucket> = {}): Promise<void> {
    await this.apply({ backup: { ...BACKUP, bucket: { ...BACKUP.bucket, ...place } } });
    await this.logs.running(true);
  }

  /** Declares another primary, by the documented way. */
  async promote(pod: string): Promise<void> {
    await this.apply({ mysql: { ...MYSQL, primary: pod } });
    await this.promoteDeclared(pod);
  }

  /** The documented way back where nothing is left: base and backups, the restore, then the rest. @param secrets as the store of secrets has them @returns seconds until the volume was restored */
  async rebuild(secrets: string): Promise<number> {
    const began = Date.now();
    const folder = join(this.folder, 'drill');
    await this.kubectl.out(['apply', '--filename', join(folder, '0000-base.k8s.yaml')]);
    const items = (JSON.parse(secrets) as { items: KubernetesObject[] }).items.map(({ metadata: { name }, kind, ...rest }) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name },
      data: rest['data'] as unknown,
    }));
    await this.kubectl.out(['create', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const [backup = fail('there is no manifest of backups')] = readdirSync(folder).filter((file) => file.endsWith('-backup.k8s.yaml'));
    await this.kubectl.out(['apply', '--filename', join(folder, backup)]);
    await this.restore(true);
    const { succeeded, log } = await this.outcomeOf('restore');
    if (!succeeded) {
      fail(`the restore failed: ${lastOf(log)}`);
    }
    const seconds = (Date.now() - began) / 1000;
    await this.apply({});
    await this.readyIs(this.primary, true, 300);
    return seconds;
  }

  /** Version of restic. */
  async restic(): Promise<string> {
    const said = await this.kubectl.out(['exec', 'deployment/backup-logs', '--', 'restic', 'version']);
    return said.split(' ')[1] ?? '';
  }

  get servers(): string[] {
    return serversOf(MYSQL);
  }
}

export const lastOf = (log: string) => log.trim().split('\n').at(-1) ?? '';

export const matched = (text: string, pattern: RegExp) =>
  pattern.exec(text)?.[1] ?? fail(`nothing says ${pattern.source}: ${lastOf(text)}`);
