import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idleRules, rulesIn } from '../mutations/rules';
import { removeFolders } from '../support/folders';
import { answersOf, REFUSALS, textOf } from './refusals';

afterAll(removeFolders);

const answers = answersOf(REFUSALS);

test('every case is refused, each in a line that was read and written into refusals.txt', () => {
  expect(answers.filter(({ findings }) => findings.length === 0)).toEqual([]);
  expect(textOf(answers)).toBe(readFileSync(join(__dirname, 'refusals.txt'), 'utf8'));
});

test('every rule refuses a case that no other rule does', () => {
  const rules = rulesIn();
  expect(rules.length).toBeGreaterThan(150);
  expect(idleRules(rules, answers).map(({ title }) => title)).toEqual([]);
});

test('a rule that no case needs is named', () => {
  const [edge = ''] = rulesIn().flatMap(({ title }) => (title.includes('is everybody') ? [title] : []));
  const without = answers.filter(({ what }) => what !== 'everybody as a proxy');
  expect(idleRules(rulesIn(), without).map(({ title }) => title)).toEqual([edge]);
});
