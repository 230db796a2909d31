import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { DockerFiles } from './docker-files';
import type { Block, Parsed, Setting } from './setting';

/** Lists that say one thing together; of every other list each item is a setting. */
const JOINED = ['command', 'entrypoint', 'test'];

/** A Compose file as it stands: what an anchor holds is there once, at its anchor. */
export function parseCompose(files: DockerFiles, file: 'docker-compose.yml' | 'docker-compose.prod.yml'): Parsed {
  const lineCounter = new LineCounter();
  const { contents, errors } = parseDocument(files.content(file), { lineCounter, merge: true, prettyErrors: false });
  const lineOf = (offset: number): number => lineCounter.linePos(offset).line;

  const settingsOf = (node: unknown, within: readonly Block[]): Setting[] => {
    const [block, around] = [within.at(-1), within.slice(0, -1)];
    if (isMap<Node, Node | null>(node)) {
      return node.items.flatMap(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : '';
        return settingsOf(value, [...within, { name, line: lineOf(key.range?.[0] ?? 0) }]);
      });
    }
    if (block === undefined || isAlias(node)) return [];
    if (isSeq<Node>(node)) {
      return JOINED.includes(block.name)
        ? [
            {
              key: block.name,
              value: node.items.map((item) => (isScalar(item) ? String(item.value) : '')).join(' '),
              line: block.line,
              within: around,
            },
          ]
        : node.items.flatMap((item) => settingsOf(item, [...around, { ...block, line: lineOf(item.range?.[0] ?? 0) }]));
    }
    // `environment: [A=b]` says what `environment: { A: b }` says.
    const [, name, text] = block.name === 'environment' && isScalar(node) ? (/^(\w+)=(.*)$/.exec(String(node.value)) ?? []) : [];
    if (name !== undefined && text !== undefined) return [{ key: name, value: text, line: block.line, within }];
    const value = isScalar<string | number | boolean | null>(node) ? String(node.value ?? '') : '';
    return [{ key: block.name, value, line: block.line, within: around }];
  };

  return {
    settings: settingsOf(contents, []),
    mistakes: errors.map(({ message, pos }) => ({ line: lineOf(pos[0]), problem: `is no YAML that Compose reads: ${message}` })),
  };
}
