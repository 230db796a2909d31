import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import type { Answer } from '../rules/refusals';

const FOLDER = join(__dirname, '../../lib/rules');

/** One thing that rules say, as it stands in the source: a rule that can be switched off. */
export interface Rule {
  /** `lib/rules/edge.ts:31: … is everybody: any client could forge its address; …`. */
  readonly title: string;
  /** Whether it said that. */
  readonly said: (finding: string) => boolean;
}

/** A text of the source: what stands there, and undefined for what is filled in. */
type Text = readonly (string | undefined)[];

/** Every rule of lib/rules, read from its source: each text of three words or more is what a rule says, or a part of it. */
export function rulesIn(folder = FOLDER): Rule[] {
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // Requirements have a mutant each in test/rules/requirements.test.ts, which holds them to it.
      .filter((name) => name.endsWith('.ts') && !name.startsWith('requirements'))
      .sort()
      .flatMap((name) => {
        const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true);
        return textsIn(source).map(({ text, position }) => {
          const pattern = new RegExp(
            text
              .map((part) => (part === undefined ? '.*' : escaped(part)))
              .join('')
              .replace(/^(\.\*)+/, ''),
            'is',
          );
          const line = source.getLineAndCharacterOfPosition(position).line + 1;
          const title = `lib/rules/${name}:${line}: ${text.map((part) => part ?? '…').join('')}`;
          return { title, said: (finding: string) => pattern.test(finding) };
        });
      })
  );
}

function textsIn(node: ts.Node): { readonly text: Text; readonly position: number }[] {
  const text = ts.isExpression(node) && !ts.isImportDeclaration(node.parent) ? textOf(node) : undefined;
  const inner: ts.Node[] = [];
  if (text === undefined) node.forEachChild((child) => void inner.push(child));
  else holesOf(node, inner);
  const words = (text ?? []).join(' ').match(/\S*[a-z]\S*/gi) ?? [];
  return [...(text !== undefined && words.length >= 3 ? [{ text, position: node.getStart() }] : []), ...inner.flatMap(textsIn)];
}

/** The parts of a text, of a template or of a sum of these; undefined for any other expression. */
function textOf(node: ts.Node): Text | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.head.text, ...node.templateSpans.flatMap(({ literal }) => [undefined, literal.text])];
  if (!isSum(node)) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return (left ?? right) ? [...(left ?? [undefined]), ...(right ?? [undefined])] : undefined;
}

/** What is filled into a text. */
function holesOf(node: ts.Node, holes: ts.Node[]): void {
  if (ts.isTemplateExpression(node)) holes.push(...node.templateSpans.map(({ expression }) => expression));
  else if (isSum(node)) [node.left, node.right].forEach((side) => (textOf(side) ? holesOf(side, holes) : holes.push(side)));
}

const isSum = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;

/** Switches off one rule after the other. @returns those without which everything that is refused still is: no case needs them */
export function idleRules(rules: readonly Rule[], answers: readonly Answer[]): Rule[] {
  return rules.filter(({ said }) => !answers.some(({ findings }) => findings.length > 0 && findings.every(said)));
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
