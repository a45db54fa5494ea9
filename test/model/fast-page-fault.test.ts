import { describe, expect, test } from 'vitest';
import { checkVariant, type ClaimResult, type VariantResult } from '#explorer';
import { fastPageFaultSuite } from '#invariants';
import { fastPageFault } from '#model';
import { initialStates, instantiate, viewOf } from '#notation';
import { volatileRules } from '../../model/fast-page-fault/model.ts';
import { fastRules } from '../../model/kernel/page-fault.ts';
import { testFindings } from '../findings/written.ts';

type VariantName = keyof typeof fastPageFault.variants;
const variants = Object.keys(fastPageFault.variants) as VariantName[];

/** One page, but for a guest that maps an address first to one and then to another. */
const enough = (variant: VariantName) => ({ gfn: variant.startsWith('indirect') ? 2 : 1 });

const checked = new Map<VariantName, VariantResult>();

function check(variant: VariantName): VariantResult {
  const result = checked.get(variant) ?? checkVariant(fastPageFaultSuite, variant, { bounds: enough(variant) });
  checked.set(variant, result);
  return result;
}

function claimOf({ claims }: VariantResult, name: string): ClaimResult {
  return claims.find((claim) => claim.name === name) as ClaimResult;
}

/** The steps of the shortest race, with who takes them and their arguments. */
function race(result: VariantResult, name: string): string[] {
  return claimOf(result, name).trace?.steps.map(({ thread, step, args }) => [thread, step, ...args].join(' ')) ?? [];
}

describe('the level of an SPTE that is fixed', () => {
  test('by each rule', () => {
    const spte = { present: true, writable: false, mmu_writable: true };
    const cases = [
      [false, true],
      [true, false],
      [true, true],
    ] as const;
    const fixed = Object.values(fastRules).map((rule) => cases.map(([large, logged]) => rule(spte, large, logged)));
    expect(fixed).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  test('is 1, or any unless the slot is logged; or else a page that nobody marks is written', () => {
    expect(check('level-one').outcome).toBe('holds');
    expect(check('large-unless-logged').outcome).toBe('holds');
    const anyLevel = checkVariant(fastPageFaultSuite, 'any-level', { bounds: { gfn: 2 } });
    expect(claimOf(anyLevel, 'noLostWrite').trace?.initial).toBe('readOnlyLarge');
    expect(race(anyLevel, 'noLostWrite')).toEqual([
      'vcpu0 page_fault 0',
      'vcpu0 fast_page_fault',
      'vcpu0 fast_pf_fix_direct_spte',
      'vcpu0 mark_page_dirty',
      'hardware tlb_fill 0 1',
      'hardware guest_write 0 1',
    ]);
  });
});

describe('what is fixed', () => {
  test('is MMU-writable, or a write-tracked page becomes writable', () => {
    expect(race(check('write-tracked-too'), 'legalBits').at(-1)).toBe('vcpu0 fast_pf_fix_direct_spte');
    expect(claimOf(check('write-tracked-too'), 'legalBits').trace?.initial).toBe('trackedPages');
  });

  test('is compared with what was seen, or an SPTE comes back that mmu_lock was held to zap', () => {
    const steps = race(check('not-compared'), 'zappedStaysZapped');
    expect(steps.slice(-2)).toEqual(['task0 mmu_spte_clear_track_bits', 'vcpu0 storeWithoutComparing']);
  });

  test('maps one gfn for ever: by two vCPUs too, while a zap and another fault make the SPTE what it was', () => {
    const direct = checkVariant(fastPageFaultSuite, 'level-one', { bounds: { gfn: 1, vcpu: 2 } });
    expect([direct.outcome, direct.stopped]).toEqual(['holds', undefined]);
  });

  test('maps another gfn by then in an indirect MMU, and the wrong one is marked', () => {
    expect(claimOf(check('indirect'), 'noLostWrite').outcome).toBe('violated');
  });

  test('is what it was when the walk saw it, which says nothing of what it was in between', () => {
    const steps = race(check('indirect-gpte-checked'), 'dirtyCovered');
    const walk = steps.indexOf('vcpu0 fast_page_fault');
    const exchange = steps.indexOf('vcpu0 fast_pf_fix_direct_spte');
    const between = steps.slice(walk, exchange);
    const aba = [
      'vcpu0 gpte_changed',
      'task0 mmu_spte_clear_track_bits',
      'task0 emulateWrite',
      'vcpu1 mmu_set_spte',
      'task0 kvm_mmu_write_protect_pt_masked',
    ];
    expect(aba.map((step) => between.indexOf(step)).every((at, i, all) => at > (all[i - 1] ?? 0))).toBe(true);
  });
});

describe('an SPTE that is zapped', () => {
  test('is exchanged unless nobody can change it', () => {
    const dirtiable = { present: true, mmu_writable: true };
    const cases = [
      { ...dirtiable, writable: false, dirty: false },
      { ...dirtiable, writable: true, dirty: false },
      { ...dirtiable, writable: true, dirty: true },
      { ...dirtiable, writable: false, dirty: false, mmu_writable: false },
    ];
    expect(Object.values(volatileRules).map((rule) => cases.map(rule))).toEqual([
      [true, true, false, false],
      [false, true, false, false],
      [false, false, false, false],
    ]);
  });

  test('by a store loses the D bit that hardware has set since', () => {
    expect(race(check('never-exchanged'), 'noLostDirtyBit').slice(-4)).toEqual([
      'task0 spte_has_volatile_bits',
      'hardware tlb_fill 0 0',
      'hardware guest_write 0 0',
      'task0 mmu_spte_clear_track_bits',
    ]);
  });

  test('by a store because it was read-only loses the D bit of a write that a fast fault allowed', () => {
    const steps = race(check('exchanged-if-hardware-may-set'), 'noLostDirtyBit');
    const looked = steps.indexOf('task0 spte_has_volatile_bits');
    const stored = steps.indexOf('task0 mmu_spte_clear_track_bits');
    expect(steps.slice(looked, stored)).toContain('vcpu0 fast_pf_fix_direct_spte');
    expect(steps.slice(looked, stored)).toContain('hardware tlb_fill 0 0');
  });
});

test.each(variants)('%s violates exactly what its suite says', (variant) => {
  const { claims, neverFired, stopped } = check(variant);
  expect(claims.filter(({ outcome, expected }) => outcome !== expected)).toEqual([]);
  expect([neverFired, stopped]).toEqual([[], undefined]);
});

test('nothing that is to be reached is so at the start', () => {
  for (const variant of variants) {
    const instance = instantiate(fastPageFault, variant);
    for (const { state } of initialStates(instance)) {
      const view = viewOf(instance, state) as never;
      for (const met of Object.values(fastPageFaultSuite.reachable)) expect(met(view)).toBe(false);
    }
  }
});

testFindings('fast-page-fault');
