import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a search of a million states allocates less than 16 MB beside the arena and the seen-set', () => {
  const script = join(import.meta.dirname, '../../dist/bench/allocation.js');
  const { states, bytes } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Record<
    string,
    number
  >;
  expect(states).toBe(986_419);
  expect(bytes).toBeLessThan(16 * 2 ** 20);
});
