/** The reference models against counts that five other checkers agree on, and against a closed form. */
import { describe, expect, test } from 'vitest';
import { search } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { dirtyLogReference, dirtyLogReferenceSuite } from '../../bench/models/dirty-log.ts';
import { pteListReferenceSuite } from '../../bench/models/pte-list.ts';
import { twoPhaseCommit, twoPhaseCommitSuite } from '../../bench/models/two-phase-commit.ts';
import { traceOf } from './trace-of.ts';

/** Distinct states, fired transitions and depth of a variant that keeps all its claims. */
function counts(
  { model, ...claims }: Suite,
  variant: string,
  bounds: Record<string, number>,
): [number, number, number] {
  const searched = search(instantiate(model, variant, bounds), claims);
  const { deadlock: _, ...violations } = Object.fromEntries(searched.violations);
  expect(violations).toEqual({});
  expect(searched.stopped).toBeUndefined();
  return [searched.states, searched.transitions, searched.depth];
}

/** Steps to the first violation of a claim. */
function shortest(suite: Suite, variant: string, bounds: Record<string, number>, claim: string): number {
  const searched = search(instantiate(suite.model, variant, bounds), suite);
  return traceOf(searched, claim, suite).length;
}

describe('two-phase commit', () => {
  const [variant = ''] = Object.keys(twoPhaseCommit.variants);

  // The published figures count the initial state as generated; the explorer counts what has fired.
  test.each([
    ['T3', 3, 288, 1_145, 11],
    ['four managers', 4, 1_568, 8_257, 14],
    ['T5', 5, 8_832, 58_145, 17],
    ['T6', 6, 50_816, 402_305, 20],
  ])('%s', (_, rm, ...expected) => {
    expect(counts(twoPhaseCommitSuite, variant, { rm })).toEqual(expected);
  });
});

describe('pte_list with tail counts', () => {
  test.each([
    ['P4', { head: 2, spte: 5, ext: 2, desc: 3 }, 13_021, 75_050, 14],
    ['Q4', { head: 1, spte: 7, ext: 3, desc: 3 }, 13_707, 95_949, 8],
  ])('%s', (_, bounds, ...expected) => {
    expect(counts(pteListReferenceSuite, 'tail-count', bounds)).toEqual(expected);
  });

  // Every ordering of every subset is reachable, and a list of one entry has two forms.
  test.each([
    [1, 2, 1],
    [2, 2, 1],
    [3, 2, 2],
    [4, 3, 2],
    [5, 2, 3],
    [6, 3, 2],
    [6, 4, 2],
  ])('one head and %i SPTEs, %i a descriptor, have as many states as the closed form says', (spte, ext, desc) => {
    let orderings = 0;
    for (let size = 0, ways = 1; size <= spte; ways *= spte - size, size++) orderings += ways;
    const [states] = counts(pteListReferenceSuite, 'tail-count', { head: 1, spte, ext, desc });
    // One SPTE alone never gets a descriptor.
    expect(states).toBe(orderings + (spte === 1 ? 0 : spte));
  });

  test.each([2, 3, 4])(
    'with %i entries a descriptor the code before the patch breaks after two steps more than that',
    (ext) => {
      const bounds = { head: 1, spte: ext + 1, ext, desc: 2 };
      expect(shortest(pteListReferenceSuite, 'remove-from-same', bounds, 'wellFormed')).toBe(ext + 2);
    },
  );
});

function sized(vcpu: number, page: number) {
  return { vcpu, page, ioctl: 1, cursor: Math.max(vcpu, page) };
}

describe('the dirty log', () => {
  test.each([
    ['one vCPU, one page', 1, 1, 145, 263, 28],
    ['two vCPUs, one page', 2, 1, 2_218, 5_594, 38],
    ['one vCPU, two pages', 1, 2, 2_434, 5_055, 46],
    ['L4: three vCPUs, one page', 3, 1, 24_402, 77_258, 47],
  ])('%s', (_, vcpu, page, ...expected) => {
    expect(counts(dirtyLogReferenceSuite, 'mark-last', sized(vcpu, page))).toEqual(expected);
  });

  test.each([
    ['one vCPU, one page', 1, 1, 11],
    ['two vCPUs, one page', 2, 1, 12],
    ['one vCPU, two pages', 1, 2, 13],
    ['L4b: three vCPUs, one page', 3, 1, 13],
  ])('with the bit marked first, %s: a page is lost after the known number of steps', (_, vcpu, page, steps) => {
    expect(shortest(dirtyLogReferenceSuite, 'mark-first', sized(vcpu, page), 'delivered')).toBe(steps);
  });

  test('nothing but the marked page is lost with the bit marked first', () => {
    const searched = search(instantiate(dirtyLogReference, 'mark-first', sized(2, 1)), dirtyLogReferenceSuite);
    expect([...searched.violations.keys()]).toEqual(['delivered']);
  });
});
