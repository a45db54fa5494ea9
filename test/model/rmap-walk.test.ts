import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { rmapWalkSuite } from '#invariants';
import { type RmapWalk, rmapWalk } from '#model';
import { claim, idle, NULL } from '#notation';
import { testFindings } from '../findings/written.ts';
import { broken, checked, metInOrder, onlyViolated, race } from './checked.ts';

test.each(Object.keys(rmapWalk.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(rmapWalkSuite, variant))).toEqual(onlyViolated(rmapWalkSuite.violated[variant]));
});

test.each(['bottom-up', 'fill-from-same'])('%s is right in more than 100,000 states', (variant) => {
  expect(checked(rmapWalkSuite, variant).states).toBeGreaterThan(100_000);
});

test.each([
  ['bottom-up', { head: 1, spte: 4 }],
  ['bottom-up', { head: 1, spte: 4, desc: 1, ext: 3 }],
  ['fill-from-same', { head: 1, spte: 4, desc: 1, ext: 3 }],
  ['bottom-up', { head: 1, spte: 2, walker: 2 }],
] as const)('%s is right with %o', (variant, bounds) => {
  const { claims } = checkVariant(rmapWalkSuite, variant, { bounds });
  expect(claims.filter(({ name, outcome }) => name !== 'walkEnds' && outcome !== 'holds')).toEqual([]);
});

test('a walk that starts again for ever does so because its descriptor is found in another list each time', () => {
  const { trace } = checked(rmapWalkSuite, 'bottom-up').claims.find(({ name }) => name === 'walkEnds') ?? {};
  const round = trace?.steps.slice(trace.loopFrom) ?? [];
  const walked = round.flatMap(({ thread, step }) => (thread === 'walker0' ? [step] : []));
  expect(walked.slice(-2)).toEqual(['read_more', 'read_head']);
  expect(
    round.flatMap(({ changed }) => changed.filter(({ path }) => path === 'desc[0].nulls').map(({ value }) => value)),
  ).toEqual([1, 0]);
});

describe('under an order of memory, a walk', () => {
  const missed = (variant: string) => {
    const { claims } = checkVariant(rmapWalkSuite, variant, { bounds: { head: 1, spte: 2 } });
    return claims.filter(({ outcome, kind }) => kind !== 'leadsTo' && outcome === 'violated').map(({ name }) => name);
  };

  test('needs no barrier where stores are seen in order', () => {
    expect(missed('stores-in-order')).toEqual([]);
    expect(missed('no-barrier-before-clear@tso')).toEqual([]);
    expect(missed('no-barrier-before-publish@tso')).toEqual([]);
  });

  test('misses an entry whose old slot is seen empty before it is seen in its new one', () => {
    expect(missed('no-barrier-before-clear')).toEqual(['visitsAll']);
    const steps = race(rmapWalkSuite, 'no-barrier-before-clear', 'visitsAll');
    const inOrder = ['fill_hole', 'clear_slot', 'commit_holder0', 'beginWalk', 'read_head'];
    expect(metInOrder(steps, inOrder)).toEqual(inOrder);
    expect(missed('store-barriers')).toEqual([]);
  });

  test('meets what a descriptor held before, when it is found before it is initialised', () => {
    expect(missed('no-barrier-before-publish')).toEqual(['visitsAll', 'BUG_ON']);
  });
});

describe('with rmaps only, none of them the parent_ptes of a shadow page,', () => {
  const rmapsOnly = { ...rmapWalkSuite, model: { ...rmapWalkSuite.model, initial: [] } };
  const visitsAll = (variant: string) =>
    checkVariant(rmapsOnly, variant).claims.find(({ name }) => name === 'visitsAll');

  test('a walk visits all', () => {
    expect(visitsAll('bottom-up')?.outcome).toBe('holds');
  });

  test('a walk that takes any end for its own misses some after as many steps', () => {
    expect(visitsAll('no-nulls-check')?.trace?.steps).toHaveLength(
      race(rmapWalkSuite, 'no-nulls-check', 'visitsAll').length,
    );
  });
});

test('a walker in a recycled descriptor meets what parent_ptes holds, and leaves it writable', () => {
  const meetsTable = claim(
    'a walker has read, in a descriptor of parent_ptes, an SPTE that points to a shadow page',
    ({ walker, rmap_head, parent_ptes, spte }: RmapWalk) =>
      walker.some((each) => {
        if (idle(each) || each.desc === NULL || each.spte === NULL) return false;
        const { list } = spte[each.spte];
        return list !== NULL && parent_ptes[list] === 1 && rmap_head[list].desc === each.desc;
      }),
  );
  const { claims } = checkVariant({ ...rmapWalkSuite, reachable: { meetsTable } }, 'bottom-up', {
    bounds: { spte: 2 },
  });
  const outcome = (claim: string) => claims.find(({ name }) => name === claim)?.outcome;
  expect([outcome('meetsTable'), outcome('tablesStayWritable')]).toEqual(['holds', 'holds']);
});

/** The operations under mmu_lock that a shortest race needs from the walk's beginning on; one of them has begun already. */
function operations(variant: string): number {
  const steps = race(rmapWalkSuite, variant, 'visitsAll');
  const during = steps.slice(steps.indexOf('beginWalk'));
  return 1 + during.filter((step) => step === 'link_leaf_or_table' || step === 'drop_spte').length;
}

describe('a walk misses an entry while lists are changed', () => {
  test.each([
    ['top-down', 1],
    ['clear-then-copy', 1],
    ['no-nulls-check', 4],
    ['added-at-tail', 3],
    ['fill-from-last', 2],
    ['published-before-linked', 1],
    ['demote-to-inline', 3],
  ])('in %s, and %i operations are enough', (variant, enough) => {
    expect(operations(variant)).toBe(enough);
  });
});

describe('the races of', () => {
  test.each([
    ['top-down', ['beginWalk', 'read_slot', 'fill_hole', 'clear_slot', 'read_slot', 'read_more']],
    ['clear-then-copy', ['clear_slot', 'beginWalk', 'read_slot', 'read_more']],
    ['no-nulls-check', ['beginWalk', 'read_head', 'kmem_cache_free', 'one_to_many', 'set_nulls', 'read_more']],
    ['added-at-tail', ['beginWalk', 'read_head', 'kmem_cache_free', 'first_fit', 'set_nulls', 'read_more']],
    [
      'fill-from-last',
      ['beginWalk', 'read_head', 'publish_filled_head', 'fill_hole', 'clear_slot', 'read_slot', 'read_more'],
    ],
    ['published-before-linked', ['publish_unlinked_head', 'beginWalk', 'read_head', 'read_more']],
    ['demote-to-inline', ['beginWalk', 'read_head', 'demote', 'one_to_many', 'set_nulls', 'read_more']],
    ['leaf-not-checked', ['beginWalk', 'read_head', 'link_leaf_or_table', 'spte_write_protect']],
    ['leaf-checked-before', ['beginWalk', 'read_head', 'drop_spte', 'link_leaf_or_table', 'spte_write_protect']],
    ['freed-before-unlinked', ['kmem_cache_free_emptied', 'beginWalk', 'read_head']],
    ['outside-rcu', ['beginWalk', 'read_head', 'kmem_cache_free']],
    ['not-type-stable', ['beginWalk', 'read_head', 'kmem_cache_free']],
  ])('%s have what differs, among these steps in this order', (variant, steps) => {
    for (const claim of (rmapWalkSuite.violated[variant] as string[]).filter((name) => name !== 'walkEnds'))
      expect(metInOrder(race(rmapWalkSuite, variant, claim), steps)).toEqual(steps);
  });
});

test('one entry is moved behind a walker that reads from the first slot on', () => {
  const steps = race(rmapWalkSuite, 'top-down', 'visitsAll');
  expect(steps.slice(steps.indexOf('beginWalk'))).toEqual([
    'beginWalk',
    'read_head',
    'read_slot',
    'fill_hole',
    'clear_slot',
    'spte_write_protect',
    'read_slot',
    'read_more',
  ]);
});

testFindings('rmap-walk');
