import { until } from '../kubectl';
import { fail } from '../report';
import type { BackupCluster } from './cluster';

/** What stores what the primary logs. */
export class Logs {
  constructor(private readonly cluster: BackupCluster) {}

  /** Waits until everything that the primary has executed is stored. @returns the seconds it took */
  async stored(): Promise<number> {
    const began = Date.now();
    const executed = await this.cluster.executed(this.cluster.primary);
    await until('the logs to be stored', 180, async () => {
      const stored = await this.cluster.kubectl.out(['exec', 'deployment/backup-logs', '--', 'cat', '/spool/logs/executed']);
      return (await this.cluster.sql(this.cluster.primary, `SELECT GTID_SUBSET('${executed}', '${stored}')`)).trim() === '1';
    });
    // The file is written before the bucket has it.
    await until('the bucket to have them', 60, async () => {
      const said = await this.cluster.kubectl.out([
        'exec',
        'deployment/backup-logs',
        '--',
        'stat',
        '-c',
        '%Y',
        '/spool/logs/executed',
        '/spool/alive',
      ]);
      const [written, alive] = said.trim().split('\n').map(Number);
      return written !== undefined && alive !== undefined && alive >= written;
    });
    return (Date.now() - began) / 1000;
  }

  /** The pod that stores logs. */
  async pod(): Promise<string> {
    const [pod] = await this.cluster.kubectl.list('pods', 'app.kubernetes.io/instance=backup-logs');
    return pod?.metadata.name ?? fail('no pod stores logs');
  }

  /** Whether anything stores them. */
  async running(wanted: boolean): Promise<void> {
    await this.cluster.kubectl.out(['scale', 'deployment/backup-logs', `--replicas=${wanted ? 1 : 0}`]);
    await this.cluster.kubectl.out(['rollout', 'status', 'deployment/backup-logs', '--timeout=300s']);
  }

  /** Has the newest piece of the logs stored with a damage. @param damage shell, which finds the last two increments in $first and $second @returns how to undo it */
  async storeDamaged(damage: string): Promise<() => Promise<void>> {
    const inPiece = (script: string) =>
      this.cluster.kubectl.out([
        'exec',
        'deployment/backup-logs',
        '--',
        'bash',
        '-euc',
        `cd /spool/logs/20*; ${script}
         restic --repo "$BUCKET/logs" backup --quiet --host="$NAMESPACE" --tag="logs,piece-$(basename "$PWD")" /spool/logs`,
      ]);
    await inPiece(`cp -r . /spool/kept; increments=(0*); first=\${increments[-2]} second=\${increments[-1]}; ${damage}`);
    return async () => {
      await inPiece('rm -r 0*; mv /spool/kept/0* .; rm -r /spool/kept');
    };
  }
}
