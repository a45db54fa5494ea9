import { describe, expect, test } from 'vitest';
import { notifierSuite } from '#invariants';
import { notifier } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

const variants = Object.keys(notifier.variants);

test.each(variants)('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(notifierSuite, variant))).toEqual(onlyViolated(notifierSuite.violated[variant]));
});

test.each(['retry', 'retry-by-range'])('%s has more than 10,000 states', (variant) => {
  expect(checked(notifierSuite, variant).states).toBeGreaterThan(10_000);
});

describe('the race of', () => {
  const stale = (variant: string) => race(notifierSuite, variant, 'noStalePfn');

  test.each([
    ['no-retry', ['kvm_faultin_pfn', 'set_spte']],
    ['count-only', ['is_page_fault_stale']],
    ['sequence-only', ['is_page_fault_stale']],
    ['retry-before-lock', ['is_page_fault_stale', 'spin_lock(mmu_lock)']],
    ['sequence-after-pfn', ['kvm_faultin_pfn', 'read_mmu_invalidate_seq']],
    ['zap-before-begin', ['kvm_unmap_gfn_range', 'invalidate_begin']],
    ['end-before-change', ['invalidate_end', 'change_host_ptes']],
    ['range-replaced', ['invalidate_range_add']],
  ])('%s contains what differs', (variant, steps) => {
    expect(stale(variant)).toEqual(expect.arrayContaining(steps));
  });

  test('count-only is over before the fault takes mmu_lock, and that of sequence-only is not', () => {
    expect(stale('count-only')).toContain('invalidate_end');
    expect(stale('sequence-only')).not.toContain('invalidate_end');
  });

  test('range-replaced needs two invalidations', () => {
    const begun = stale('range-replaced').filter((step) => step === 'invalidate_begin');
    expect(begun).toHaveLength(2);
  });
});

testFindings('notifier');
