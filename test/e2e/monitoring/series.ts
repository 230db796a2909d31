import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DASHBOARD_FILES, RULE_FILES } from '../../../lib/components/monitoring';
import { DOCKER_FOLDER } from '../../../lib/docker/docker-files';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every rule of docker/prometheus. */
export const rules = (): Rule[] =>
  RULE_FILES.flatMap((name) => {
    const file = readFileSync(join(DOCKER_FOLDER, 'prometheus', `${name}.yml`), 'utf8');
    return (parse(file) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
  });

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  /** A row has none. */
  readonly fieldConfig?: { readonly overrides: readonly { readonly matcher: { readonly id: string; readonly options: string } }[] };
}

/** A dashboard of docker/grafana. */
export const dashboard = (name: (typeof DASHBOARD_FILES)[number]) =>
  JSON.parse(readFileSync(join(DOCKER_FOLDER, 'grafana', `${name}.json`), 'utf8')) as { readonly panels: readonly Panel[] };

/** What every panel of docker/grafana asks, by the panel. */
export const queries = (): { panel: string; expr: string }[] =>
  DASHBOARD_FILES.flatMap((name) =>
    dashboard(name).panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: `${name}: ${title}`, expr }))),
  );

/** Names of the series that expressions ask for. */
export const namesIn = (expressions: readonly string[]): string[] =>
  [...new Set(expressions.flatMap((expression) => [...expression.matchAll(/([a-z][\w:]*)\{/g)].map(([, name = '']) => name)))].sort();

/** Series of what the test cluster cannot have, or has only at times, and of backups, which its drills of this kind go without. Their names are those of kube-state-metrics 2, the kubelet and the operators. */
export const ELSEWHERE = /^(kube_|kubelet_|externalsecret_|certmanager_|argocd_|fintrack:limit:success_age_seconds$)/;

/** Names of one thing on older servers, whose newer names are among the rules too. */
export const OLDER = /^mysql_slave_status_(slave_|seconds_behind_master)/;
