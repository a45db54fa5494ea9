import { describe, expect, test } from 'vitest';
import { memslotSuite } from '#invariants';
import { memslot } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

test.each(Object.keys(memslot.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(memslotSuite, variant))).toEqual(onlyViolated(memslotSuite.violated[variant]));
});

test('the right order has more than 10,000 states', () => {
  expect(checked(memslotSuite, 'invalid-then-zap').states).toBeGreaterThan(10_000);
});

describe('the races of', () => {
  test.each([
    ['zap-then-invalid', ['kvm_arch_flush_shadow_memslot', 'kvm_invalidate_memslot']],
    ['not-invalid', ['kvm_arch_flush_shadow_memslot']],
    ['no-wait-before-zap', ['kvm_invalidate_memslot', 'kvm_arch_flush_shadow_memslot']],
    ['no-wait-before-free', ['kvm_delete_memslot', 'kvm_free_memslot']],
    ['no-flush', ['tlb_fill', 'kvm_arch_flush_shadow_memslot']],
    ['fault-outside-srcu', ['gfn_to_memslot', 'grace_period_over']],
    ['invalid-slot-is-mmio', ['kvm_invalidate_memslot', 'gfn_to_memslot', 'mmu_set_spte']],
  ])('%s contain what differs', (variant, steps) => {
    for (const claim of memslotSuite.violated[variant] as string[]) {
      expect(race(memslotSuite, variant, claim)).toEqual(expect.arrayContaining(steps));
    }
  });
});

testFindings('memslot');
