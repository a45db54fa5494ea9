import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What a search of a case allocates beside the arena and the seen-set, and what it keeps. */
function heapOf(name: string): Record<'states' | 'allocated' | 'kept', number> {
  const script = join(import.meta.dirname, '../../dist/bench/allocation.js');
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, name], { encoding: 'utf8' }));
}

const limit = 16 * 2 ** 20;

test('a search of a million states allocates less than 16 MB beside the arena and the seen-set, garbage included', () => {
  const { states, allocated, kept } = heapOf('Q6');
  expect(states).toBe(986_419);
  expect(allocated).toBeLessThan(limit);
  expect(kept).toBeLessThan(limit);
});

test('one of two million whose claims make a callback for each state keeps less than 16 MB', () => {
  const { states, kept } = heapOf('L6');
  expect(states).toBe(1_953_058);
  expect(kept).toBeLessThan(limit);
});
