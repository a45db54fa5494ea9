import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import {
  dirtyClearHitsNonLeafSuite,
  flushSkippedSuite,
  largeSpteFixedFastSuite,
  largeSpteInTheWaySuite,
  noRemoteFlushSuite,
  volatileSpteStoredSuite,
} from '#invariants';
import type { Suite } from '#notation';

/** Bounds at which the bug shows. */
const small = new Map<Suite, Record<string, number>>([
  [flushSkippedSuite, { gfn: 1, vcpu: 1 }],
  [volatileSpteStoredSuite, { gfn: 1, vcpu: 1 }],
  [largeSpteInTheWaySuite, { gfn: 1, vcpu: 1 }],
  [largeSpteFixedFastSuite, { gfn: 2, vcpu: 1 }],
  [dirtyClearHitsNonLeafSuite, { gfn: 1, vcpu: 2 }],
  [noRemoteFlushSuite, { vcpu: 2 }],
]);

/** The steps of the shortest race, with who takes them and their arguments. */
function race(suite: Suite, variant: string, name: string): string[] {
  const { claims } = checkVariant(suite, variant, { bounds: small.get(suite) });
  const trace = claims.find((claim) => claim.name === name)?.trace;
  return trace?.steps.map(({ thread, step, args }) => [thread, step, ...args].join(' ')) ?? [];
}

describe('the race of', () => {
  test('6dbf79e7164e ends with a tracker that finds W clear, before the dirty log has flushed', () => {
    const steps = race(flushSkippedSuite, 'flush-after-unlock', 'writeTracked');
    expect(steps.slice(-2)).toEqual(['vcpu0 kvm_mmu_slot_gfn_write_protect', 'vcpu0 spin_unlock(mmu_lock)']);
    expect(steps).toContain('ioctl0 slot_rmap_write_protect');
    expect(steps.filter((step) => step.includes('flush'))).toEqual([]);
  });

  test('4f510c8bb1dd sets D between the look at the SPTE and the store', () => {
    const steps = race(volatileSpteStoredSuite, 'always-stored', 'noLostDirtyBit');
    const looked = steps.indexOf('task0 spte_has_volatile_bits');
    const stored = steps.indexOf('task0 mmu_spte_clear_track_bits');
    expect(steps.slice(looked, stored)).toContain('hardware tlb_fill 0 0');
  });

  test('404381c5839d ends with a fault that finds the large SPTE which the log has protected', () => {
    const steps = race(largeSpteInTheWaySuite, 'large-spte-kept', 'faultMapsItsPage');
    expect(steps).toContain('ioctl0 kvm_mmu_slot_remove_write_access');
    expect(steps.at(-1)).toBe('vcpu0 mmu_set_spte');
  });

  test('404381c5839d goes on for ever with the same fault', () => {
    const { claims } = checkVariant(largeSpteInTheWaySuite, 'large-spte-kept', { bounds: { gfn: 1, vcpu: 1 } });
    const { trace } = claims.find(({ name }) => name === 'faultCompletes') ?? {};
    const round = trace?.steps.slice(trace.loopFrom) ?? [];
    expect(round.map(({ step }) => step).toSorted()).toEqual([
      'mark_page_dirty',
      'mmu_set_spte',
      'page_fault',
      'spin_lock(mmu_lock)',
      'spin_unlock(mmu_lock)',
      'srcu_read_unlock',
    ]);
    expect(round.flatMap(({ changed }) => changed.filter(({ path }) => /spte|large/.test(path)))).toEqual([]);
  });

  test('c126d94f2c90 writes the page that was not marked', () => {
    const steps = race(largeSpteFixedFastSuite, 'any-level', 'noLostWrite');
    expect(steps).toContain('vcpu0 page_fault 0');
    expect(steps.at(-1)).toBe('hardware guest_write 0 1');
  });

  test('45a61ebb2211 exchanges a table on its second attempt', () => {
    const steps = race(dirtyClearHitsNonLeafSuite, 'leaf-checked-once', 'tablesStayWritable');
    expect(steps.filter((step) => step.startsWith('ioctl0')).slice(1)).toEqual([
      'ioctl0 tdp_root_for_each_leaf_pte 0',
      'ioctl0 is_last_spte',
      'ioctl0 is_dirty_spte',
      'ioctl0 tdp_mmu_set_spte_atomic',
      'ioctl0 is_dirty_spte',
      'ioctl0 tdp_mmu_set_spte_atomic',
    ]);
    const split = steps.findIndex((step) => step.includes('tdp_mmu_split_huge_page'));
    expect(split).toBeLessThan(steps.indexOf('ioctl0 tdp_mmu_set_spte_atomic'));
  });

  test.each([
    ['own-tlb', 'vmx_flush_tlb'],
    ['request-without-ipi', 'makeRequests'],
  ])('kvm-28 leaves the other vCPU running the guest: %s', (variant, last) => {
    const steps = race(noRemoteFlushSuite, variant, 'rightsAreTheSptes');
    const [, reducer] = /^(vcpu\d) rmap_write_protect/.exec(steps.at(-2) ?? '') ?? [];
    expect(steps.at(-1)).toBe(`${reducer} ${last}`);
    expect(steps.find((step) => step.includes('set_guest_mode'))?.startsWith(reducer as string)).toBe(false);
  });
});
