import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instantiate, stepsOf } from '#notation';
import { sourceLines } from '../../cli/source-lines.ts';
import { ownSuites } from '../../cli/suites.ts';
import { folder } from './mmucheck.ts';
import { counter } from './suite-texts.ts';

const lines = new Map<string, string[]>();

function textAt(place: { file: string; line: number } | undefined): string | undefined {
  if (place === undefined) return undefined;
  const read = lines.get(place.file) ?? readFileSync(place.file, 'utf8').split('\n');
  lines.set(place.file, read);
  return read[place.line - 1];
}

test('every variant of ours stands in a file of this repository, and every step in the line that makes it', () => {
  const sourceOf = sourceLines();
  const elsewhere = new Set<string>();
  for (const { suite } of ownSuites()) {
    const { name, variants } = suite.model;
    for (const variant of Object.keys(variants)) {
      const place = { file: undefined, model: name, variant };
      expect(sourceOf(place)?.file).toMatch(/^model\/[\w/-]+\.ts$/);
      expect(textAt(sourceOf(place))).toMatch(new RegExp(`['"]?(${variant}|name)['"]?:`));
      const instance = instantiate(suite.model, variant);
      const edges = [...instance.threads.flatMap(({ program }) => program.points.flat()), ...instance.actions];
      for (const step of new Set(edges.flatMap(stepsOf)))
        if (!textAt(sourceOf(place, step))?.includes(step)) elsewhere.add(`${name}: ${step}`);
    }
  }
  // Whose names are put together when the model is made.
  expect([...elsewhere].filter((each) => !/^litmus: |: commit_/.test(each))).toEqual([]);
});

test('a variant and a step of somebody else stand in their file, or in what it imports', () => {
  const cwd = folder({
    'steps.ts': `\n${counter.replace(/\nexport const counter = suite[^]*$/, '\nexport { both };')}`,
    'my.ts': `import { both } from './steps.ts';\n${counter}`,
  });
  const file = join(cwd, 'my.ts');
  const sourceOf = sourceLines();
  const place = { file, model: 'counter', variant: 'not-atomic:without=cpu.load' };
  expect(textAt(sourceOf(place))).toContain("variants: { 'not-atomic':");
  expect(textAt(sourceOf(place, 'load'))).toBe('function load(s: State, cpu: Cpu): void {');
  expect(sourceOf(place, 'load')?.file).toBe(file);
  expect(sourceOf(place, 'spin_lock(lock)')).toEqual(sourceOf(place));
  expect(sourceOf({ ...place, model: 'none' })).toBeUndefined();
});
