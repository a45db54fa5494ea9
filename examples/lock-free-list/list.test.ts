/** The list, checked exhaustively within small bounds, and walked at random far beyond them. */
import * as fc from 'fast-check';
import { assertHolds } from 'mmucheck';
import { walks } from 'mmucheck/fast-check';
import { expect, test } from 'vitest';
import listSuite, { lockFreeList, noneLost } from './list.ts';

const beyond = { bounds: { node: 6, adder: 4, remover: 3 }, steps: 120 };
const runs = { seed: 1, numRuns: 40 };

test('both variants come out as the suite expects, in every interleaving', () => {
  assertHolds(listSuite, { file: 'list.ts' });
});

test('a node that is marked before it is unlinked takes none with it, however many threads there are', () => {
  fc.assert(
    fc.property(walks(lockFreeList, 'mark-then-unlink', beyond), ({ states }) => states.every(noneLost)),
    runs,
  );
});

test('a random walk finds what an unmarked node takes with it', () => {
  const property = fc.property(walks(lockFreeList, 'no-mark', beyond), ({ states }) => states.every(noneLost));
  const { counterexample } = fc.check(property, { ...runs, numRuns: 1000 });
  const [walk] = counterexample ?? [];
  expect(walk?.trace.steps.at(-1)?.step).toMatch(/^(link|unlink|help)$/);
});
