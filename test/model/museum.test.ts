import { describe, expect, test } from 'vitest';
import type { Suite } from '#notation';
import * as museum from '../../invariants/museum/index.ts';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

const suites = Object.values<Suite>(museum);
const variants = suites.flatMap((suite) =>
  Object.entries(suite.violated).map(([variant, violated]) => {
    const commit = suite.model.name.replace('museum/', '');
    return { suite, commit, variant, violated, name: `${commit}/${variant}` };
  }),
);
const wrong = variants.filter(({ violated }) => violated.length > 0);

/**
 * What each race must contain: the step that the fix changes; where the fix is one step more, what stands around its place; where it is
 * another order, what changes places.
 */
const changed: Readonly<Record<string, readonly string[]>> = {
  '0cb2af2ea66a/unfixed': ['kvm_mmu_get_child_sp'],
  '0cb2af2ea66a/gfn-compared': ['kvm_mmu_get_child_sp'],
  '0e11f2076e7f/lowest-bit': ['count_rmap'],
  '13ec9308a857/sequence-after-unlock': ['read_mmu_invalidate_seq'],
  '198c74f43f0f/first-fit': ['pte_list_add'],
  '198c74f43f0f/per-array-counter': ['pte_list_add'],
  '1aa4bb916808/end-exclusive': ['kvm_mmu_try_split_huge_pages'],
  '3a0b870e3448/address-flushed': ['tlbi_ipas2e1is'],
  '3ccbf6f47098/retried-in-kernel': ['srcu_read_lock', 'kvm_invalidate_memslot', 'gfn_to_memslot', 'synchronize_srcu'],
  '404381c5839d/large-spte-kept': ['mmu_set_spte'],
  '45a61ebb2211/leaf-checked-once': ['tdp_mmu_set_spte_atomic'],
  '4834eaded91e/reread-before-pause': ['reread_val', 'cpu_relax'],
  '4834eaded91e/preemption-enabled': ['preempt_schedule_irq'],
  '4834eaded91e/unlock-before-reads': ['rmap_get_first'],
  '4834eaded91e/word-in-32-bits': ['val_in_32_bits'],
  '4f510c8bb1dd/always-stored': ['mmu_spte_clear_track_bits'],
  '4f510c8bb1dd/stored-if-read-only': ['mmu_spte_clear_track_bits'],
  '5c646b7e1d8b/old-entry-not-put': ['stage2_map_walk_leaf', 'stage2_map_walker_try_leaf'],
  '5fd5387c89ec/rights-not-in-key': ['walk_addr', 'kvm_mmu_get_page'],
  '5fd5387c89ec/last-level-not-in-key': ['walk_addr', 'kvm_mmu_get_page'],
  '6dbf79e7164e/flush-after-unlock': ['slot_rmap_write_protect', 'kvm_mmu_slot_gfn_write_protect'],
  '8607daa2145f/irqs-on': ['read_pmd', 'take_ipi', 'tlb_remove_table'],
  '9129633d568e/changed-gfns-only': ['pre_set_memory_attributes', 'kvm_unmap_gfn_range'],
  '9e7b0e7fba45/upgraded-in-place': ['walk_addr', 'kvm_mmu_get_page'],
  '9ed5520dd3c9/writes-forgotten': ['sync_page', 'set_spte'],
  'a9f0e3d5a089/copy-walked': ['freeFollow'],
  'aad885e77496/mmio-before-drop': ['mark_mmio_spte'],
  'b1bd5cba3306/rights-of-whole-walk': ['walk_addr', 'kvm_mmu_get_page'],
  'c126d94f2c90/any-level': ['fast_page_fault'],
  'e0c378684b65/invalid-slot-is-mmio': ['gfn_to_memslot', 'mmu_set_spte'],
  'e3ba51ab24fd/num-masked': ['__flush_s2_tlb_range_op'],
  'f62d4c3eb687/flush-deferred': ['kvm_clear_pte', 'put_childp'],
  'f62d4c3eb687/flush-with-level': ['tlbi_ipas2e1is_level'],
  'f6a27d6dc51b/root-not-put': ['stage2_free_walker'],
  'fffb53237807/not-checked': ['kvm_mmu_rmaps_stat_show'],
  'fffb53237807/flag-before-rmaps': ['set_shadow_root_allocated'],
  'kvm-28/own-tlb': ['vmx_flush_tlb'],
  'kvm-28/request-without-ipi': ['makeRequests'],
};

test.each(variants)('$name breaks exactly what is expected of it', ({ suite, variant, violated }) => {
  expect(broken(checked(suite, variant))).toEqual(onlyViolated(violated));
});

test('each bug has its fix beside it', () => {
  const withBug = new Set(wrong.map(({ commit }) => commit));
  const withFix = new Set(variants.filter(({ violated }) => violated.length === 0).map(({ commit }) => commit));
  expect(withBug).toEqual(new Set(suites.map(({ model }) => model.name.replace('museum/', ''))));
  expect(withFix).toEqual(withBug);
});

describe('the races of', () => {
  test.each(wrong)('$name contain what the fix changes', ({ suite, variant, violated, name }) => {
    const steps = changed[name];
    expect(steps, `say in this test which steps the fix of ${name} changes`).toBeDefined();
    for (const claim of violated)
      expect(race(suite, variant, claim)).toEqual(expect.arrayContaining(steps as string[]));
  });

  test('the comparison of the gfn alone go through a table of the guest where the large page began', () => {
    const { suite, variant, violated } = wrong.find(
      ({ name }) => name === '0cb2af2ea66a/gfn-compared',
    ) as (typeof wrong)[0];
    for (const claim of violated) {
      const { trace } = checked(suite, variant).claims.find(({ name }) => name === claim) ?? {};
      const [large, table] = ['userspace_maps_large_page', 'userspace_maps_table'].map((step) =>
        trace?.steps.find((each) => each.step === step),
      );
      expect(table?.args).toEqual(large?.args);
    }
  });

  test('the comparison of nothing need no table', () => {
    const { suite, variant, violated } = wrong.find(({ name }) => name === '0cb2af2ea66a/unfixed') as (typeof wrong)[0];
    for (const claim of violated) expect(race(suite, variant, claim)).not.toContain('userspace_maps_table');
  });
});

testFindings('museum');
