/** The shapes behind the published figures: each as numbers, at sizes that a test can afford. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measureVariant, witness } from '#explorer';
import {
  coalesceSuite,
  dirtyLogSuite,
  lockDropsSuite,
  pteListForkSuite,
  pteListSuite,
  writeProtectSuite,
} from '#invariants';
import type { Suite } from '#notation';
import { broken, checked, onlyViolated } from './checked.ts';

/** What a measure comes to at each size of a bound; each number's execution is executed again. */
function values(suite: Suite, measure: string, variant: string, set: string, sizes: readonly number[], bounds = {}) {
  const { sweep } = suite.measures[measure] as Suite['measures'][string];
  return sizes.map((size) => {
    const measured = measureVariant(suite, variant, measure, { bounds: { ...sweep.bounds, ...bounds, [set]: size } });
    witness(suite, measured);
    return measured.value;
  });
}

describe('a list that many share', () => {
  test.each(Object.keys(pteListForkSuite.violated))('is right under %s', (variant) => {
    expect(broken(checked(pteListForkSuite, variant))).toEqual(onlyViolated());
  });

  const sizes = [4, 6, 8, 10];
  const fork = (measure: string, variant: string) => values(pteListForkSuite, measure, variant, 'spte', sizes);

  test('is added to and counted by one descriptor where tails are counted, and by all of them elsewhere', () => {
    for (const measure of ['visitsPerAdd', 'visitsPerCount']) {
      expect(fork(measure, 'tail-count')).toEqual([1, 1, 1, 1]);
      expect(fork(measure, 'first-fit')).toEqual([2, 3, 4, 5]);
      expect(fork(measure, 'per-array-counter')).toEqual([2, 3, 4, 5]);
      //  Of full tails there is no need to look at the slots, but they have to be walked.
      expect(fork(measure, 'forward-move')).toEqual([2, 3, 4, 5]);
    }
  });

  test('is added to by a fifth of the visits when its descriptors have 14 entries and not 3', () => {
    const visits = (variant: string) => values(pteListForkSuite, 'visitsByExt', variant, 'ext', [3, 14, 15]);
    //  To add to 28 entries.
    expect(visits('per-array-counter')).toEqual([10, 28 / 14, 2]);
    expect(visits('tail-count')).toEqual([1, 1, 1]);
  });

  test('is not probed for room where each descriptor has a counter', () => {
    expect(fork('slotsPerAdd', 'first-fit')).toEqual([3, 4, 5, 6]);
    expect(fork('slotsPerAdd', 'per-array-counter')).toEqual([0, 0, 0, 0]);
    expect(fork('slotsPerAdd', 'tail-count')).toEqual([0, 0, 0, 0]);
  });

  test('is searched for an entry to remove in every policy', () => {
    expect(fork('slotsPerRemove', 'per-array-counter')).toEqual([4, 6, 8, 10]);
    expect(fork('slotsPerRemove', 'tail-count')).toEqual([3, 5, 7, 9]);
  });

  test('is zapped without a move in one pass, and with one for each entry before', () => {
    expect(fork('movesPerZap', 'first-fit')).toEqual(sizes);
    expect(fork('movesPerZap', 'per-array-counter-zapped-one-by-one')).toEqual(sizes);
    expect(fork('movesPerZap', 'per-array-counter')).toEqual([0, 0, 0, 0]);
    expect(fork('movesPerZap', 'tail-count')).toEqual([0, 0, 0, 0]);
  });

  test('is added to by one descriptor whatever was added and removed before', () => {
    expect(values(pteListSuite, 'visitsPerAdd', 'tail-count', 'spte', [3, 4, 5])).toEqual([1, 1, 1]);
  });
});

describe('the invalid window', () => {
  const window = (variant: string, sizes: readonly number[], vcpu = 1) =>
    values(coalesceSuite, 'invalidWindow', variant, 'leaf', sizes, { vcpu });

  test('has a step for each leaf when they are unmapped before the block is installed, and two steps after', () => {
    expect(window('install-after-unmap', [2, 3, 4])).toEqual([5, 6, 7]);
    expect(window('install-before-unmap', [2, 3, 4])).toEqual([2, 2, 2]);
  });

  test('is longer by the same for each other vCPU, which the TLBI must reach and which may fault, so that what is saved is the same', () => {
    for (const vcpu of [1, 2]) {
      expect(window('install-after-unmap', [2], vcpu)).toEqual([2 * vcpu + 3]);
      expect(window('install-before-unmap', [2], vcpu)).toEqual([2 * vcpu]);
    }
  });

  test('grows with the leaves again where pages are cleaned in it', () => {
    expect(window('clean-in-map', [2, 3, 4])).toEqual([4, 5, 6]);
  });

  test('is not there with nT', () => {
    expect(window('nt-bit', [2, 3])).toEqual([0, 0]);
  });

  test('has no end to faults that are told to try again, where they need no lock', () => {
    expect(window('parallel', [2], 1)).toEqual([4]);
    expect(window('parallel', [2], 2)).toEqual([Number.POSITIVE_INFINITY]);
  });
});

describe('drops of mmu_lock', () => {
  test.each(Object.keys(lockDropsSuite.violated))('happen in %s as they should', (variant) => {
    expect(broken(checked(lockDropsSuite, variant))).toEqual(onlyViolated());
  });

  test('for 100 splits are those of the table in the notes, by what each takes', () => {
    const notes = readFileSync(new URL('../../model/eager-split/notes.md', import.meta.url), 'utf8');
    const rows = [...notes.matchAll(/^\| (descriptors|all) \w+, (\d+) \|([\d |]+)\|$/gm)];
    expect(rows.map(([, caches, capacity]) => [caches, capacity])).toEqual([
      ['descriptors', '513'],
      ['descriptors', '553'],
      ['descriptors', '1026'],
      ['all', '513'],
      ['all', '553'],
      ['all', '1026'],
    ]);
    for (const [, caches, capacity, drops = ''] of rows) {
      const variant = `${caches === 'all' ? 'all-caches' : caches}-${capacity}`;
      const some = values(lockDropsSuite, 'lockDrops', variant, 'takes', [1, 2, 10, 40, 100, 513], { huge: 100 });
      const none = values(lockDropsSuite, 'lockDrops', `${variant}-none-taken`, 'huge', [100]);
      expect([...none, ...some]).toEqual(drops.split('|').map(Number));
    }
  });
});

describe('mmu_lock', () => {
  test('is held and waited for by KVM_GET_DIRTY_LOG for three steps a page, and without the lock for none', () => {
    for (const measure of ['mmuLockHeld', 'mmuLockWait']) {
      expect(values(dirtyLogSuite, measure, 'mmu-lock', 'gfn', [1, 2, 3])).toEqual([3, 3, 3]);
      expect(values(dirtyLogSuite, measure, 'rmap-then-dirty', 'gfn', [1, 2, 3])).toEqual([0, 0, 0]);
    }
  });

  test('is held for a step for each page, and one for the flush of each vCPU where that is inside', () => {
    const held = (variant: string) => values(writeProtectSuite, 'mmuLockHeld', variant, 'gfn', [1, 2]);
    expect(held('outside-if-mmu-writable-cleared')).toEqual([3, 4]);
    expect(held('inside-if-mmu-writable-cleared')).toEqual([4, 5]);
  });
});
