import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * What a search of a case allocates beside the arena and the seen-set, and what it keeps: the least of up to three runs, since code
 * allocates until it is optimised, which takes longer where others use the processors.
 */
function heapOf(name: string): Record<'states' | 'allocated' | 'kept', number> {
  const script = join(import.meta.dirname, '../../dist/bench/allocation.js');
  const run = () => JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, name], { encoding: 'utf8' }));
  let least = run();
  for (let more = 2; more > 0 && least.allocated >= limit; more--) {
    const again = run();
    if (again.allocated < least.allocated) least = again;
  }
  return least;
}

const limit = 16 * 2 ** 20;

test.each([
  ['P6', 731_655],
  ['Q6', 986_419],
  ['L6', 1_953_058],
])(
  'a search of %s, %d states, allocates less than 16 MB beside the arena and the seen-set, garbage included',
  (name, count) => {
    const { states, allocated, kept } = heapOf(name);
    expect(states).toBe(count);
    expect(allocated).toBeLessThan(limit);
    expect(kept).toBeLessThan(limit);
  },
);
