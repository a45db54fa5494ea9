/** The list of engine faults fits the engine as it is. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutants } from './list.ts';

test.each(mutants)('$name still has its place in $file', ({ file, from, to, test: by }) => {
  expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  expect(existsSync(by)).toBe(true);
});

test('every fault has a name of its own', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test('the README says how many there are', () => {
  expect(readFileSync('README.md', 'utf8')).toContain(`puts ${mutants.length} faults into a copy of the engine`);
});
