import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { eagerSplitSuite } from '#invariants';
import { eagerSplit } from '#model';
import { running } from '#notation';
import { freeMemoryCache, type MemoryCache, take, topup } from '../../model/kernel/memory-cache.ts';
import { testFindings } from '../findings/written.ts';
import { hasShared, shared } from '../recording/samples.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

test.each(Object.keys(eagerSplit.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(eagerSplitSuite, variant))).toEqual(onlyViolated(eagerSplitSuite.violated[variant]));
});

test('what Linux has holds with two rmaps too', () => {
  const twoRmaps = checkVariant(eagerSplitSuite, 'min-and-few-freed-with-vm', { bounds: { frame: 2, small: 1 } });
  expect(broken(twoRmaps)).toEqual(onlyViolated());
});

test('the one descriptor more than there are entries is for a table that has a parent already', () => {
  const minWithoutParent = (gfn: number) => {
    const { claims } = checkVariant(eagerSplitSuite, 'min-without-parent', { bounds: { gfn } });
    return claims.find(({ name }) => name === 'takeNeverFails')?.outcome;
  };
  expect([minWithoutParent(1), minWithoutParent(2)]).toEqual(['holds', 'violated']);
});

describe('the shortest race', () => {
  /** What a race ends with, from the last time that a step is in it. */
  function from(step: string, steps: readonly string[]): readonly string[] {
    return steps.slice(steps.lastIndexOf(step));
  }

  test('of caches that are freed with the log is a VM that is destroyed with it on', () => {
    const steps = race(eagerSplitSuite, 'twice-min-freed-with-log', 'noLeak');
    expect(steps).toContain('topup_and_retry');
    expect(steps).not.toContain('disable_dirty_log');
    expect(steps.slice(-2)).toEqual(['kvm_destroy_vm', 'kvm_arch_free_vm']);
  });

  test('of an assertion that is inherited from there needs no split', () => {
    const steps = race(eagerSplitSuite, 'assert-lock-at-uninit', 'BUG_ON');
    expect(steps).toEqual(['kvm_destroy_vm', 'free_split_caches']);
  });

  test('of a walk that continues has its huge SPTE zapped while the caches are filled', () => {
    const steps = from('spin_unlock(mmu_lock)', race(eagerSplitSuite, 'continue', 'restartSafe'));
    expect(steps).toContain('kvm_unmap_gfn_range');
    expect(from('kvm_unmap_gfn_range', steps)).not.toContain('for_each_rmap_spte');
    expect(from('kvm_unmap_gfn_range', steps)).toContain('continue_rmap_walk');
  });

  test.each([
    ['shrinker-no-lock', 'shrink_at_any_time'],
    ['switch-no-lock', 'set_eager_page_split'],
  ])('of %s empties the caches between the look at them and the split', (variant, frees) => {
    const steps = from('need_topup_split_caches_or_resched', race(eagerSplitSuite, variant, 'takeNeverFails'));
    expect(steps.slice(1)).toEqual([frees]);
  });

  test('of no-srcu is a fault that maps a huge page as if the log were off', () => {
    const steps = race(eagerSplitSuite, 'no-srcu', 'progress');
    expect(steps.indexOf('page_fault')).toBeLessThan(steps.indexOf('enable_dirty_log'));
    expect(from('__link_shadow_page', steps).at(-1)).toBe('direct_map');
  });

  test('of flush-never leaves in a TLB what the reused table does not map', () => {
    const { trace } = checked(eagerSplitSuite, 'flush-never').claims.find(({ name }) => name === 'staleHugeTlb') ?? {};
    expect(trace?.initial).toBe('childWithHole');
    const steps = race(eagerSplitSuite, 'flush-never', 'staleHugeTlb');
    expect(steps).toContain('tlb_fill');
    expect(steps.at(-1)).toBe('spin_unlock(mmu_lock)');
  });

  test('of page-caches-unchecked has as many splits as the page caches hold', () => {
    const steps = race(eagerSplitSuite, 'page-caches-unchecked', 'takeNeverFails');
    expect(steps.filter((step) => step === '__link_shadow_page').length).toBe(2);
    expect(steps.at(-1)).toBe('need_topup_split_caches_or_resched');
  });
});

describe('a memory cache', () => {
  const empty = (): MemoryCache => ({ nobjs: 0, capacity: 0 });

  test('is filled to its capacity, and only when it has fewer than the minimum', () => {
    const mc = empty();
    expect(topup(mc, 5, 3)).toBe(true);
    expect(mc.nobjs).toBe(5);
    take(mc);
    take(mc);
    expect(topup(mc, 5, 3)).toBe(true);
    expect(mc.nobjs).toBe(3);
    take(mc);
    expect(topup(mc, 5, 3)).toBe(true);
    expect(mc.nobjs).toBe(5);
  });

  test('keeps what there was when memory is short, which is an error only below the minimum', () => {
    const mc = empty();
    expect(topup(mc, 5, 3, 2)).toBe(false);
    expect(mc.nobjs).toBe(2);
    expect(topup(mc, 5, 3, 1)).toBe(true);
    expect(mc.nobjs).toBe(3);
  });

  test('warns when its capacity changes, unless it was freed, and when it is empty', () => {
    const warningOf = (run: () => void) => {
      running.warning = undefined;
      run();
      const { warning } = running;
      running.warning = undefined;
      return warning;
    };
    const mc = empty();
    topup(mc, 1, 1);
    expect(warningOf(() => take(mc))).toBeUndefined();
    expect(warningOf(() => take(mc))).toContain('empty');
    expect(warningOf(() => topup(mc, 2, 1))).toContain('capacity');
    freeMemoryCache(mc);
    expect(warningOf(() => topup(mc, 2, 1))).toBeUndefined();
  });
});

describe('how often mmu_lock is dropped to split 100 huge pages', () => {
  interface Cache {
    readonly min: number;
    readonly capacity: number;
    /** Objects that each split takes. */
    readonly takes: number;
  }

  /** Drops of mmu_lock for a number of splits: one for each split that finds a cache below its minimum; it tops all of them up. */
  function lockDrops(splits: number, caches: readonly Cache[]): number {
    const filled = caches.map((cache) => ({ ...cache, mc: { nobjs: 0, capacity: 0 } }));
    let drops = 0;
    for (let split = 0; split < splits; split++) {
      if (filled.some(({ mc, min }) => mc.nobjs < min)) {
        drops++;
        for (const { mc, capacity, min } of filled) topup(mc, capacity, min);
      }
      for (const { mc, takes } of filled) for (let i = 0; i < takes; i++) take(mc);
    }
    return drops;
  }

  const ks = [0, 1, 2, 10, 40, 100, 513];
  const descriptors = (capacity: number, takes: number): Cache => ({ min: 513, capacity, takes });
  const page: Cache = { min: 1, capacity: 40, takes: 1 };
  const table = (...pages: readonly Cache[]) =>
    [513, 553, 1026].map((capacity) => ks.map((k) => lockDrops(100, [descriptors(capacity, k), ...pages])));

  test('with the descriptor cache alone, by descriptors that a split takes', () => {
    expect(table()).toEqual([
      [1, 100, 100, 100, 100, 100, 100],
      [1, 3, 5, 20, 50, 100, 100],
      [1, 1, 1, 2, 8, 17, 50],
    ]);
  });

  test('with the caches of page tables and of their headers beside it', () => {
    expect(table(page, page)).toEqual([
      [3, 100, 100, 100, 100, 100, 100],
      [3, 5, 7, 20, 50, 100, 100],
      [3, 3, 3, 4, 10, 19, 50],
    ]);
  });

  test('is once for N exactly if the capacity is at least 513 + k (N - 1), and N at most 40', () => {
    for (const capacity of [513, 553, 1026]) {
      for (const k of ks) {
        for (const n of [1, 2, 6, 14, 39, 40, 41, 100]) {
          const once = lockDrops(n, [descriptors(capacity, k), page, page]) === 1;
          expect([capacity, k, n, once]).toEqual([capacity, k, n, capacity >= 513 + k * (n - 1) && n <= 40]);
        }
      }
    }
  });
});

describe.skipIf(!hasShared)('the recordings in ../shared/recordings of nested guests', () => {
  /** What switching the log on did to huge SPTEs, in order: a letter for each event. */
  function splitsOf(kernel: string, aliases: number) {
    const file = `${shared}/${kernel}-nested/nested_K${aliases}.trace.gz`;
    const lines = gunzipSync(readFileSync(file)).toString('latin1').split('\n');
    const begin = lines.findIndex((line) => /MARK SETSLOT slot=2 .*flags=1$/.test(line));
    const end = lines.findIndex((line, i) => i > begin && line.includes('MARK SETSLOT_DONE slot=2'));
    const window = lines.slice(begin, end);
    const letters: readonly [RegExp, string][] = [
      [/ rmap_add /, 'a'],
      [/ drop_spte /, 'd'],
      [/ flush_all from=__link_shadow_page/, 'f'],
      [/ kvm_mmu_split_huge_page .* errno 0$/, 's'],
    ];
    const letterOf = (line: string) => letters.find(([event]) => event.test(line))?.[1] ?? '';
    const topups = window.filter((line) => line.includes(' cache_topup '));
    return {
      events: window.map(letterOf).join(''),
      topups: topups.map((line) => /capacity=\d+ min=\d+/.exec(line)?.[0]),
    };
  }

  test.each(['k61', 'k612'].flatMap((kernel) => [1, 2, 16].map((aliases) => [kernel, aliases] as const)))(
    '%s fills the table of %i aliases once, and drops, flushes and links for each of them',
    (kernel, aliases) => {
      const { events, topups } = splitsOf(kernel, aliases);
      expect(events).toBe('a'.repeat(512) + 'dfs'.repeat(aliases));
      expect(topups.slice(0, 3)).toEqual(['capacity=553 min=513', 'capacity=40 min=1', 'capacity=40 min=1']);
    },
  );
});

testFindings('eager-split');
