import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grafana from '@grafana/schema';
import * as ts from 'typescript';
import { DASHBOARD_FILES, FILES_NAMESPACE } from '../../lib/components/monitoring';
import { DOCKER_FOLDER } from '../../lib/docker/docker-files';
import { dashboard } from '../e2e/monitoring/series';
import { monitoredEnvironments } from '../support/environments';
import { REPOSITORY } from '../support/folders';
import { manifestsFor } from '../support/manifests';

const textOf = (name: string) => readFileSync(join(DOCKER_FOLDER, 'grafana', `${name}.json`), 'utf8');

/** Whether a text is of an enumeration of Grafana's: to TypeScript it is another type even then. */
const isMember = (text?: string, enumeration = '') =>
  Object.values({ ...((grafana as Record<string, unknown>)[enumeration] as object) }).includes(text);

/** What TypeScript says of JSON as Grafana's own type for dashboards. */
function complaintsOf(json: string): string[] {
  const file = join(REPOSITORY, 'test', 'alerts', 'dashboard-as-type.ts');
  // The schema leaves to each data source what a query of its kind is; of annotations it knows no more than that they have one.
  const text = `import type { AnnotationQuery, Dashboard, DataQuery } from '@grafana/schema';
    interface Query extends DataQuery { expr: string }
    interface Asking extends Omit<Dashboard, 'annotations'> { annotations: { list: AnnotationQuery<Query>[] } }
    export const dashboard: Asking = ${json};`;
  const configuration = ts.readConfigFile(join(REPOSITORY, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')).config as object;
  const { options } = ts.parseJsonConfigFileContent(configuration, ts.sys, REPOSITORY);
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === file || disk.fileExists(path),
    readFile: (path) => (path === file ? text : disk.readFile(path)),
    getSourceFile: (path, target) => (path === file ? ts.createSourceFile(path, text, target) : disk.getSourceFile(path, target)),
  };
  const program = ts.createProgram([file], { ...options, types: [] }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    .filter((complaint) => !isMember(...(/^Type '"(.*)"' is not assignable to type '(\w+)'\.$/.exec(complaint)?.slice(1) ?? [])));
}

describe.each(DASHBOARD_FILES)('the dashboard %s', (name) => {
  const { panels } = dashboard(name);

  it("is of Grafana's own schema", () => {
    expect(complaintsOf(textOf(name))).toEqual([]);
  });

  it('has panels beside each other, none over another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('has one line for a pod, whatever addresses it has had', () => {
    const byPod = panels.flatMap(({ targets = [] }) => targets).filter(({ legendFormat }) => legendFormat.includes('{{pod}}'));
    expect(byPod.filter(({ expr }) => !/^(max|sum) by \(pod\) \(/.test(expr))).toEqual([]);
  });

  it('gives colours and dashes to lines that it has', () => {
    const idle = panels.flatMap(({ targets = [], fieldConfig }) => {
      const legends = targets.map(({ legendFormat }) => legendFormat);
      return (fieldConfig?.overrides ?? []).filter(({ matcher: { id, options } }) =>
        id === 'byName'
          ? !legends.some((legend) => new RegExp(`^${legend.replace(/{{\w+}}/, '\\w+')}$`).test(options))
          : !legends.some((legend) => new RegExp(options.slice(1, -1)).test(legend)),
      );
    });
    expect(idle).toEqual([]);
  });

  it.each(monitoredEnvironments)('is there for the namespace of %s, which it asks about and no other', (_, environment) => {
    const data = manifestsFor(environment).find(({ metadata }) => metadata.name === 'fintrack-dashboards')?.['data'] as Record<
      string,
      string
    >;
    const text = data[`${environment.namespace}-${name}.json`] ?? '';
    const { uid, title, tags } = JSON.parse(text) as { uid: string; title: string; tags: string[] };
    expect({ uid, tags }).toEqual({ uid: `${environment.namespace}-${name}`, tags: [environment.namespace] });
    expect(title).toMatch(new RegExp(`^${environment.namespace}: `));
    expect(text.replaceAll(environment.namespace, FILES_NAMESPACE).replace(`"title": "${FILES_NAMESPACE}: `, '"title": "FinTrack: ')).toBe(
      textOf(name),
    );
  });
});

test('a dashboard with a field that Grafana does not know, or of another kind, is noticed', () => {
  const sound = textOf('web');
  expect(complaintsOf(sound.replace('"schemaVersion"', '"schemaVersoin"')).join()).toContain('schemaVersoin');
  expect(complaintsOf(textOf('overview').replace('"mode": "absolute"', '"mode": "absolut"')).join()).toContain('ThresholdsMode');
  expect(complaintsOf(sound.replace('"graphTooltip": 1', '"graphTooltip": "1"')).join()).toContain('DashboardCursorSync');
});

test('the overview fits a screen: rows of its grid are 38 pixels high, and a screen of 1080 has 24 under the head', () => {
  expect(Math.max(...dashboard('overview').panels.map(({ gridPos: { y, h } }) => y + h))).toBeLessThanOrEqual(24);
});
