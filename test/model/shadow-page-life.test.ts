import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { shadowPageLifeSuite } from '#invariants';
import { shadowPageLife } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, metInOrder, onlyViolated, race } from './checked.ts';

const violated = (variant: string) => shadowPageLifeSuite.violated[variant] as readonly string[];
const variants = Object.keys(shadowPageLife.variants);

function stepsOf(variant: string): string[] {
  return checked(shadowPageLifeSuite, variant).coverage.map(({ step }) => step);
}

test.each(variants)('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(shadowPageLifeSuite, variant))).toEqual(onlyViolated(violated(variant)));
});

test.each(['irq-off', 'always-rcu', 'rcu-while-flagged'])('%s is right in more than 10,000 states', (variant) => {
  expect(checked(shadowPageLifeSuite, variant).states).toBeGreaterThan(10_000);
});

test.each([
  ['irq-off@sc', { gfn: 2, sp: 3 }],
  ['irq-off@sc', { sp: 1, vcpu: 2 }],
  ['irq-off@pso', {}],
  ['irq-off', { store_buffer: 3 }],
  ['always-rcu@sc', { sp: 1, vcpu: 2 }],
  ['always-rcu@sc', { gfn: 2 }],
  ['always-rcu@pso', {}],
  ['rcu-while-flagged@sc', { sp: 3 }],
] as const)('%s is right with %o', (variant, bounds) => {
  expect(broken(checkVariant(shadowPageLifeSuite, variant, { bounds }))).toEqual(onlyViolated());
});

describe('where stores are seen in order,', () => {
  const barriers = [
    ['no-barrier-after-mode', 'mode-set-after-read'],
    ['no-barrier-before-mode', 'mode-read-before-unlink'],
    ['no-barrier-after-flag', 'flag-set-after-read'],
    ['no-barrier-before-flag', 'flag-read-before-unlink'],
  ] as const;

  test.each(barriers)('%s frees nothing too early, and the order it allows elsewhere, %s, does', (without, swapped) => {
    expect(broken(checkVariant(shadowPageLifeSuite, `${without}@sc`))).toEqual(onlyViolated());
    expect([violated(without)[0], violated(swapped)[0]]).toEqual(['spLife', 'spLife']);
  });

  test.each([
    ['no-barrier-after-mode', 'irq-off', 'smp_mb_after_mode'],
    ['no-barrier-after-guest-mode', 'irq-off', 'smp_mb_after_mode'],
    ['no-barrier-before-requests', 'irq-off', 'smp_wmb_before_requests'],
    ['no-barrier-before-mode', 'irq-off', 'smp_mb_before_mode'],
    ['no-barrier-after-flag', 'rcu-while-flagged', 'smp_mb_after_flag'],
    ['no-barrier-before-flag-is-cleared', 'rcu-while-flagged', 'smp_mb_before_flag_is_cleared'],
    ['no-barrier-before-flag', 'rcu-while-flagged', 'smp_mb_before_mode'],
  ])('%s is %s without one %s', (without, right, barrier) => {
    const steps = stepsOf(without);
    expect([...steps, barrier].toSorted()).toEqual(stepsOf(right).toSorted());
  });
});

describe('the races of', () => {
  test.each([
    ['mode-set-after-read', ['read_root_spte', 'kvm_request_needs_ipi', 'kvm_mmu_free_page']],
    ['mode-read-before-unlink', ['kvm_request_needs_ipi', 'kvm_mmu_page_unlink_parents', 'kvm_mmu_free_page']],
    ['flag-set-after-read', ['read_rmap', 'read_rcu_free_shadow_page', 'kvm_mmu_free_page']],
    [
      'flag-read-before-unlink',
      ['read_rcu_free_shadow_page', 'set_rcu_free_shadow_page', 'read_rmap', 'kvm_mmu_page_unlink_children'],
    ],
    ['no-barrier-after-mode', ['set_reading_shadow_page_tables', 'read_root_spte', 'kvm_request_needs_ipi']],
    ['no-barrier-after-guest-mode', ['set_in_guest_mode', 'kvm_request_pending', 'kvm_request_needs_ipi']],
    [
      'no-barrier-before-requests',
      ['kvm_mmu_page_unlink_parents', 'kvm_make_request', 'kvm_check_request', 'cacheWalk'],
    ],
    ['no-barrier-before-mode', ['kvm_mmu_page_unlink_parents', 'kvm_request_needs_ipi', 'kvm_mmu_free_page']],
    [
      'no-barrier-after-flag',
      ['set_rcu_free_shadow_page', 'read_rmap', 'read_rcu_free_shadow_page', 'kvm_mmu_free_page'],
    ],
    ['no-barrier-before-flag', ['kvm_mmu_page_unlink_parents', 'kvm_request_needs_ipi', 'kvm_mmu_free_page']],
    ['irqs-on', ['set_reading_shadow_page_tables', 'read_root_spte', 'take_ipi', 'kvm_mmu_free_page']],
    ['guests-only-interrupted', ['set_reading_shadow_page_tables', 'kvm_request_needs_ipi', 'kvm_mmu_free_page']],
    ['interrupts-not-awaited', ['kvm_request_needs_ipi', 'kvm_mmu_free_page']],
    ['requests-not-rechecked', ['kvm_check_request', 'kvm_make_request', 'kvm_request_needs_ipi', 'set_in_guest_mode']],
    ['outside-rcu', ['read_root_spte', 'call_rcu', 'free_pages_rcu']],
    ['freed-at-once', ['rcu_read_lock', 'read_root_spte', 'kvm_mmu_page_unlink_parents', 'kvm_mmu_free_page']],
    ['no-flag', ['read_rmap', 'kvm_mmu_page_unlink_children', 'kvm_mmu_free_page']],
    ['flag-outside-rcu', ['set_rcu_free_shadow_page', 'read_rmap', 'call_rcu', 'free_pages_rcu']],
    [
      'flag-cleared-early',
      ['read_rmap', 'clear_rcu_free_shadow_page', 'read_rcu_free_shadow_page', 'kvm_mmu_free_page'],
    ],
    ['freed-while-hashed', ['smp_call_function_many', 'kvm_mmu_free_page']],
    ['unhashed-by-callback', ['call_rcu', 'hlist_del_reads', 'kvm_mmu_get_page', 'hlist_del_stores']],
  ])('%s have what differs, among these steps in this order', (variant, steps) => {
    for (const claim of violated(variant)) {
      expect(metInOrder(race(shadowPageLifeSuite, variant, claim), steps)).toEqual(steps);
    }
  });

  test('interrupts that are not awaited have none of them taken', () => {
    for (const claim of violated('interrupts-not-awaited')) {
      expect(race(shadowPageLifeSuite, 'interrupts-not-awaited', claim)).not.toContain('take_ipi');
    }
  });
});

testFindings('shadow-page-life');
