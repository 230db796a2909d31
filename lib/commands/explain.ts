import { DockerFiles } from '../docker/docker-files';
import { environments, type Environment } from '../environments';
import { createFinTrack, manifestsOf, settingFindings } from '../fintrack';
import { printChange } from './explain/changes';
import { explain } from './explain/explanation';
import { printMermaid } from './explain/mermaid';
import { assign } from './explain/settings';
import { styleFor, type Style } from './explain/table';
import { printText } from './explain/text';
import { changeOf } from './explain/what-if';

/** What a run prints, and where: the explanation on standard output, findings on standard error. */
export interface ExplainOutput {
  readonly lines: readonly string[];
  /** One line each; with any, the exit code is 1. */
  readonly findings: readonly string[];
}

const USAGE = 'for instance: npm run explain -- production php.scale.maxReplicas=20';
const FORMATS = ['--json', '--diagram'] as const;

/** `npm run explain -- ENVIRONMENT [--json | --diagram] [PATH=VALUE…]` */
export function explanationFor(args: readonly string[], style: Style): ExplainOutput {
  const options = args.filter((arg) => arg.startsWith('-'));
  const [name, ...texts] = args.filter((arg) => !arg.startsWith('-'));
  const environment = Object.values<Environment>(environments).find((each) => each.name === name);
  const unknown = options.find((option) => !FORMATS.some((format) => format === option));
  if (unknown !== undefined || options.length > 1) {
    return refuse(`explain: ${unknown ?? options.join(' ')}: choose one of ${FORMATS.join(', ')} or none`);
  }
  if (environment === undefined) {
    return refuse(`explain: name one environment (${Object.keys(environments).join(', ')}), ${USAGE}`);
  }
  const files = new DockerFiles();
  const [format] = options;
  return texts.length === 0 ? plain(environment, files, format, style) : whatIf(environment, texts, files, format, style);
}

function plain(environment: Environment, files: DockerFiles, format: string | undefined, style: Style): ExplainOutput {
  const findings = settingFindings([environment], files);
  if (findings.length > 0) {
    return { lines: [], findings };
  }
  const explanation = explain(environment, manifestsOf(createFinTrack(environment, files)), files);
  const lines =
    format === '--json' ? [toJson(explanation)] : format === '--diagram' ? printMermaid(explanation) : printText(explanation, style);
  return { lines, findings };
}

function whatIf(
  environment: Environment,
  texts: readonly string[],
  files: DockerFiles,
  format: string | undefined,
  style: Style,
): ExplainOutput {
  const assigned = assign(environment, texts);
  if (assigned.findings.length > 0) {
    return { lines: [], findings: assigned.findings };
  }
  const change = changeOf(environment, assigned, files);
  if (!('after' in change)) {
    return { lines: [], findings: change.findings };
  }
  const lines = format === '--json' ? [toJson(change)] : format === '--diagram' ? printMermaid(change.after) : printChange(change, style);
  return { lines, findings: change.findings };
}

function refuse(finding: string): ExplainOutput {
  return { lines: [], findings: [finding] };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

if (require.main === module) {
  const { lines, findings } = explanationFor(process.argv.slice(2), styleFor(process.stdout.isTTY, process.env));
  lines.forEach((line) => console.log(line));
  findings.forEach((finding) => console.error(finding));
  process.exitCode = findings.length > 0 ? 1 : 0;
}
