import { App, Yaml } from 'cdk8s';
import { isBackedUp, RestoreChart } from '../charts';
import { DockerFiles } from '../docker/docker-files';
import { environments, type Environment } from '../environments';

const USAGE = 'npm run --silent restore -- production [--to 2026-11-23T10:15:00Z] [--dump-only] [--as-primary] | kubectl create -f -';

/** What is asked for. */
export interface Restoration {
  readonly environment: Environment;
  /** Moment as an ISO date with its zone. @default - the newest that is stored */
  readonly to?: string;
  /** Whether the logs that follow the dump are left out. @default false */
  readonly dumpOnly?: boolean;
  /** Whether the volume becomes that of a first server. @default false: it is kept beside the running ones */
  readonly asPrimary?: boolean;
}

/** The manifests of a restore. @throws where the environment has no backups, or the moment is none */
export function restoreOf({ environment, to, dumpOnly, asPrimary }: Restoration): {
  readonly manifests: string;
  readonly notes: readonly string[];
} {
  if (!isBackedUp(environment)) {
    throw new Error(`environment ${environment.name} has no backups; one with settings \`backup\` has`);
  }
  if (to !== undefined && (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(to) || Number.isNaN(Date.parse(to)))) {
    throw new Error(`--to ${to} must be a date, a time and its zone, for instance 2026-11-23T10:15:00Z`);
  }
  const as = asPrimary ? 'primary' : 'keep';
  const chart = new RestoreChart(new App(), 'restore', {
    environment,
    files: new DockerFiles(),
    as,
    ...(to !== undefined && { to }),
    ...(dumpOnly && { dumpOnly }),
  });
  // The scripts are those of the tier `backup`, which is there: created again they would be refused.
  const objects = chart.toJson().filter(({ kind }: { kind: string }) => kind !== 'ConfigMap') as object[];
  const claim = asPrimary ? `data-${environment.mysql.primary}` : 'restored';
  const until = to === undefined ? '' : ` before ${to}`;
  const what = dumpOnly
    ? `the newest dump${until}, and nothing that came after it,`
    : until === ''
      ? 'all that is stored'
      : `what was committed${until}`;
  const namespace = `--namespace ${environment.namespace}`;
  return {
    manifests: Yaml.stringify(...objects),
    notes: [
      `Restores ${what} into a new volume, claim ${claim}. No volume that exists is written to:`,
      `kubectl create refuses a claim that is there. Its progress: kubectl ${namespace} logs --follow job/restore`,
      asPrimary
        ? 'When the Job is complete, apply the environment: its first server starts with that volume. See docs/operations/backup.md.'
        : `The server stays as long as the Job; then: kubectl ${namespace} delete job/restore pvc/restored. See docs/operations/backup.md.`,
    ],
  };
}

/** `npm run restore -- ENVIRONMENT [--to TIME] [--dump-only] [--as-primary]`. @returns the exit code */
export function main(words: readonly string[]): number {
  const [name, ...options] = words;
  const environment = Object.values<Environment>(environments).find((each) => each.name === name);
  const asPrimary = options.includes('--as-primary');
  const dumpOnly = options.includes('--dump-only');
  const rest = options.filter((option) => option !== '--as-primary' && option !== '--dump-only');
  if (environment === undefined || !(rest.length === 0 || (rest.length === 2 && rest[0] === '--to'))) {
    console.error(`restore: name an environment (${Object.keys(environments).join(', ')}), and a time if it is not the newest: ${USAGE}`);
    return 1;
  }
  try {
    const [, to] = rest;
    const { manifests, notes } = restoreOf({ environment, dumpOnly, asPrimary, ...(to !== undefined && { to }) });
    notes.forEach((note) => console.error(note));
    process.stdout.write(manifests);
    return 0;
  } catch (error) {
    console.error(`restore: ${(error as Error).message}`);
    return 1;
  }
}

if (require.main === module) {
  process.exitCode = main(process.argv.slice(2));
}
