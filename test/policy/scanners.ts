import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Result } from './table';

const REPOSITORY = join(__dirname, '..', '..');
const FOLDER = join('dist', 'production');
const FILES = readdirSync(join(REPOSITORY, FOLDER)).map((file) => join(FOLDER, file));

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => spawnSync('test', ['-x', join(folder, program)]).status === 0);
}

/** Standard output of a program, whatever its exit code. @throws when it wrote nothing, with what it complained about */
function output(program: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, { cwd: REPOSITORY, encoding: 'utf8', maxBuffer: 1 << 27 });
  if (error !== undefined || stdout.trim() === '') {
    throw new Error(`${program}: ${error?.message ?? (stderr.trim() || 'wrote nothing')}`);
  }
  return stdout;
}

/** What kube-score says of an object. */
interface Scored {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/** kube-score's grade of what has nothing to complain about. */
const SOUND = 10;

function kubeScore(): Result[] {
  const score = (...options: string[]) => {
    const objects = JSON.parse(output('kube-score', ['score', '--output-format=json', ...options, ...FILES])) as Scored[];
    return objects.flatMap(({ object_name: name, checks }) =>
      checks
        .filter(({ skipped, grade }) => !skipped && grade < SOUND)
        .map(
          ({ check, comments }) => `${name}: ${check.id} ${(comments ?? []).map(({ path, summary }) => `${path} ${summary}`).join('; ')}`,
        ),
    );
  };
  const findings = score();
  return [{ over: FOLDER, findings, exempt: score('--disable-ignore-checks-annotations').length - findings.length }];
}

/** What Checkov says of a check. */
interface Checked {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}

function checkov(): Result[] {
  const { results, summary } = JSON.parse(
    output('checkov', ['--directory', FOLDER, '--framework', 'kubernetes', '--compact', '--quiet', '--skip-download', '--output=json']),
  ) as { results: { failed_checks: Checked[] }; summary: { parsing_errors: number; skipped: number } };
  return [
    {
      over: FOLDER,
      findings: [
        ...results.failed_checks.map(({ resource, check_id: id, check_name: name }) => `${resource}: ${id} ${name}`),
        ...(summary.parsing_errors > 0 ? [`${summary.parsing_errors} files cannot be read`] : []),
      ],
      exempt: summary.skipped,
    },
  ];
}

/** What kubeconform says of an object; `statusSkipped` where it has no schema. */
interface Conformed {
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status: 'statusValid' | 'statusSkipped' | 'statusInvalid' | 'statusError';
    readonly msg: string;
  }[];
}

/** A kind as kubeconform spells it: `networking.k8s.io/v1/NetworkPolicy` is `networkpolicy-networking-v1`. */
function schemaNameOf(kind: string): string {
  const [name = '', version = '', group] = kind.toLowerCase().split('/').reverse();
  return [name, ...(group === undefined ? [] : [group.split('.')[0]]), version].join('-');
}

/** Strictly, against the schemas of test/schemas, whose kinds it wants in a file each. */
function kubeconform(): Result[] {
  return ['1.27', '1.34'].map((version) => {
    const folder = mkdtempSync(join(tmpdir(), 'fintrack-schemas-'));
    try {
      const { kinds, definitions } = JSON.parse(
        readFileSync(join(REPOSITORY, 'test', 'schemas', `kubernetes-${version}.json`), 'utf8'),
      ) as { kinds: Record<string, string>; definitions: object };
      for (const [kind, definition] of Object.entries(kinds)) {
        writeFileSync(join(folder, `${schemaNameOf(kind)}.json`), JSON.stringify({ $ref: `#/definitions/${definition}`, definitions }));
      }
      const location = `${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`;
      const { resources } = JSON.parse(
        output('kubeconform', ['-strict', '-ignore-missing-schemas', '-verbose', '-output=json', `-schema-location=${location}`, FOLDER]),
      ) as Conformed;
      const skipped = resources.filter(({ status }) => status === 'statusSkipped').map(({ kind }) => kind);
      return {
        over: `${FOLDER}, Kubernetes ${version}: ${resources.length - skipped.length} of ${resources.length} objects`,
        findings: resources
          .filter(({ status }) => status === 'statusInvalid' || status === 'statusError')
          .map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`),
        leftOut: [...new Set(skipped)].join(', '),
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** A scanner whose report is for people: what it says is shown. */
const shown =
  (program: string, ...args: string[]) =>
  (): Result[] => {
    spawnSync(program, [...args, FOLDER], { cwd: REPOSITORY, stdio: 'inherit' });
    return [{ over: FOLDER }];
  };

/** What runs each scanner, by the name of its program. */
export const SCANNERS: Readonly<Record<string, () => Result[]>> = {
  'kube-score': kubeScore,
  checkov,
  kubeconform,
  'kube-linter': shown('kube-linter', 'lint'),
  polaris: shown('polaris', 'audit', '--format=pretty', '--only-show-failed-tests', '--audit-path'),
  trivy: shown('trivy', 'config'),
  kubescape: shown('kubescape', 'scan'),
};
