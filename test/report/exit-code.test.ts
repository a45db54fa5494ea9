import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariantResult } from '#explorer';
import { exitCodeOf, precedence } from '#report';
import { type MadeUp, result } from './results.ts';

const asExpected = [
  result('holds', { a: ['holds', 'holds'] }),
  result('breaks', { a: [3, 'violated'], b: ['holds', 'holds'] }),
  result('hangs', { a: ['holds', 'holds'] }, { deadlock: [2, 'violated'] }),
];

test('everything as expected is 0, known-bad variants included', () => {
  expect(exitCodeOf(asExpected)).toBe(0);
  expect(exitCodeOf([])).toBe(0);
});

describe('one verdict that is not as expected', () => {
  test.each<[string, VariantResult, number]>([
    ['an invariant is violated', result('v', { a: [3, 'holds'] }), 12],
    ['a deadlock', result('v', {}, { deadlock: [3, 'holds'] }), 11],
    ['the model throws', result('v', { throws: [3, 'holds'] }), 75],
    ['a claim on executions is violated', result('v', {}, { leadsTo: { l: [3, 'holds'] } }), 13],
    ['a BUG_ON', result('v', { BUG_ON: [3, 'holds'] }), 12],
    ['a WARN_ON_ONCE', result('v', { WARN_ON_ONCE: [3, 'holds'] }), 12],
    ['a value out of range', result('v', { range: [3, 'holds'] }), 12],
    ['something expected to be violated holds', result('v', { a: ['holds', 'violated'] }), 16],
    ['a claim is vacuous', result('v', { a: ['vacuous', 'holds'] }), 16],
    ['a reachable is not reached', result('v', {}, { reachable: { r: ['vacuous', 'holds'] } }), 16],
    ['a step never fires', result('v', {}, { neverFired: [{ row: 'vcpu', step: 'work', fired: 0 }] }), 16],
    ['a limit ended the search', result('v', { a: ['incomplete', 'holds'] }, { stopped: 'memory' }), 17],
    [
      'a limit ended the search after all expected violations',
      result('v', { a: [3, 'violated'] }, { stopped: 'depth' }),
      17,
    ],
  ])('%s', (_, wrong, code) => {
    expect(exitCodeOf([...asExpected, wrong])).toBe(code);
  });
});

test('of several codes the worst wins: system, throw, expectation, invariant, deadlock, liveness, incomplete', () => {
  expect(precedence).toEqual([153, 75, 16, 12, 11, 13, 17]);
});

test('--allow-incomplete forgives what was not decided, and nothing else', () => {
  const open = result('v', { a: ['incomplete', 'holds'] }, { stopped: 'states' });
  expect(exitCodeOf([open], true)).toBe(0);
  expect(exitCodeOf([open, result('v', { a: [3, 'holds'] })], true)).toBe(12);
});

const madeUp: fc.Arbitrary<MadeUp> = fc.tuple(
  fc.constantFrom<MadeUp[0]>('holds', 'vacuous', 'incomplete', 1, 7),
  fc.constantFrom<MadeUp[1]>('holds', 'violated'),
);
const results = fc.array(
  fc
    .record({ a: madeUp, throws: madeUp, BUG_ON: madeUp, deadlock: madeUp })
    .map(({ deadlock, ...claims }) => result('v', claims, { deadlock })),
  { maxLength: 6 },
);

test('the code is that of the worst single result, in whatever order they come', () => {
  fc.assert(
    fc.property(results, (all) => {
      const codes = new Set(all.map((each) => exitCodeOf([each])));
      expect(exitCodeOf(all)).toBe(precedence.find((code) => codes.has(code)) ?? 0);
      expect(exitCodeOf(all.toReversed())).toBe(exitCodeOf(all));
    }),
  );
});

test('0 is returned only when every claim is as expected', () => {
  fc.assert(
    fc.property(results, (all) => {
      const kept = all.every(({ claims }) => claims.every(({ outcome, expected }) => outcome === expected));
      expect(exitCodeOf(all) === 0).toBe(kept);
    }),
  );
});
