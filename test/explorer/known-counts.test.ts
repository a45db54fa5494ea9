/** The reference models against counts that five other checkers agree on, and against a closed form. */
import { describe, expect, test } from 'vitest';
import { search } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { dirtyLogReference, dirtyLogReferenceSuite } from '../../bench/models/dirty-log.ts';
import { pteListReferenceSuite } from '../../bench/models/pte-list.ts';
import { ofLists, ofLogs, ofTwoPhaseCommit } from '../known/counts.ts';
import { traceOf } from './trace-of.ts';

/** Distinct states, fired transitions and depth of a variant that keeps all its claims. */
function counts(
  { model, ...claims }: Suite,
  variant: string,
  bounds: Readonly<Record<string, number>>,
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

describe.each([
  ['two-phase commit', ofTwoPhaseCommit],
  ['pte_list with tail counts', ofLists],
  ['the dirty log', ofLogs],
])('%s', (_, known) => {
  test.each(known)('$name', (each) => {
    expect(counts(each.suite, each.variant, each.bounds)).toEqual(each.counts);
  });
});

describe('pte_list with tail counts', () => {
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
