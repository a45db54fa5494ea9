import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from '#recording';
import { shippedSuites } from '../shipped.ts';

const text = readFileSync(new URL('../../docs/recordings.md', import.meta.url), 'utf8');
const [section = ''] = text.split('## Rules')[1]?.split('\n## ') ?? [];
const rows = [...section.matchAll(/^\| ([^|`]+) \| ([^|]+) \| ([^|]*) \|$/gm)]
  .map(([, name = '', sentence = '', model = '']) => ({ name, sentence, model: model.trim() }))
  .filter(({ name }) => name !== 'rule' && !name.startsWith('---'));

test('docs/recordings.md lists every rule with its sentence, in the order of the report', () => {
  expect(rows.map(({ name, sentence }) => ({ name, sentence }))).toEqual(rules);
});

test('the claims that it names beside the rules are claims of shipped models', () => {
  const claims = shippedSuites.flatMap(({ model, invariants }) =>
    Object.keys(invariants).map((claim) => `${model.name}: ${claim}`),
  );
  const named = rows.map(({ model }) => model).filter((model) => model !== '' && !model.endsWith('steps'));
  expect(named.filter((name) => !claims.includes(name))).toEqual([]);
  expect(new Set(named).size).toBeGreaterThan(10);
});
