import { DockerFiles } from '../docker/docker-files';
import { environments, type Environment } from '../environments';
import { createFinTrack, manifestsOf } from '../fintrack';
import { apiVersions, dataProtection, metrics } from './preflight/api';
import { certificates } from './preflight/certificates';
import { row, type Check, type Row, type Subject } from './preflight/check';
import { edge } from './preflight/edge';
import { namespaces, probeNetwork } from './preflight/network';
import { room } from './preflight/room';
import { secrets } from './preflight/secrets';
import { storage } from './preflight/storage';
import { kubectl, Refusal } from './kubectl';

/** In the order of the table. Each only reads. */
const CHECKS: readonly Check[] = [apiVersions, storage, metrics, edge, certificates, secrets, namespaces, dataProtection, room];

/** Whether the cluster of the current context has what an environment needs: a line for each thing that was looked at. */
export async function preflight(environment: Environment, probe: boolean): Promise<Row[]> {
  const answer = await kubectl(['get', '--raw', '/version']);
  if (answer.code !== 0) {
    return [row('cluster', answer.error, 'kubectl get nodes must answer')];
  }
  const subject: Subject = { environment, manifests: manifestsOf(createFinTrack(environment, new DockerFiles())) };
  const { gitVersion } = JSON.parse(answer.stdout) as { gitVersion: string };
  const rows = await Promise.all(CHECKS.map((check) => check(subject).catch(refusalOf)));
  const enforcement = probe
    ? await probeNetwork()
    : [row('policy enforcement', `not tried: npm run preflight -- ${environment.name} --probe-network tries it with two pods`)];
  return [row('Kubernetes', gitVersion), ...rows.flat(), ...enforcement];
}

/** A line for what nobody could look at. */
function refusalOf(error: unknown): Row[] {
  if (!(error instanceof Refusal)) {
    throw error;
  }
  return [row(`kubectl ${error.args.slice(0, 5).join(' ')}`, error.message, 'have somebody look who may')];
}

/** The table: what was looked at, what was found and, for what is missing, what to do. */
export function tableOf(rows: readonly Row[]): string[] {
  const lines = [
    ['', 'check', 'found', 'next step'],
    ...rows.map(({ check, found, next }) => [next === undefined ? '✓' : '✗', check, found, next ?? '']),
  ];
  const widths = [1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map(([mark = '', check = '', found = '', next = '']) =>
    `${mark.padEnd(1)} ${check.padEnd(widths[0] ?? 0)}  ${found.padEnd(widths[1] ?? 0)}  ${next}`.trimEnd(),
  );
}

/** `npm run preflight -- ENVIRONMENT [--probe-network]`. @returns the exit code: 1 when something is missing */
export async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((argument) => argument !== '--probe-network');
  const environment = Object.values<Environment>(environments).find(({ name }) => name === names[0]);
  if (environment === undefined || names.length !== 1) {
    console.error(
      `preflight: name one environment (${Object.keys(environments).join(', ')}), for instance: npm run preflight -- production, ` +
        'with --probe-network to try network policies with two pods',
    );
    return 1;
  }
  const { stdout: context } = await kubectl(['config', 'current-context']);
  console.log(`Environment ${environment.name} on cluster ${context.trim() || '(none)'}, namespace ${environment.namespace}\n`);
  const rows = await preflight(environment, args.length > names.length);
  tableOf(rows).forEach((line) => console.log(line));
  const misses = rows.filter(({ next }) => next !== undefined).length;
  console.log(misses === 0 ? '\nNothing is missing.' : `\n${misses} of ${rows.length} are missing.`);
  return misses === 0 ? 0 : 1;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}
