/** Where in the kernel the steps of `coalesce` stand. */
import type { KernelSource } from '#notation';

export const kernelSource: KernelSource = {
  commit: '"KVM: arm64: Install the block entry before unmapping the page mappings" (2021), 6.2',
  functions: {
    'arch/arm64/kvm/mmu.c': {
      user_mem_abort: ['translation_fault', 'permission_fault', 'clean_dcache_guest_page', 'skipIfCoalescing'],
    },
    'arch/arm64/kvm/hyp/pgtable.c': {
      stage2_map_walk_table_pre: ['kvm_set_invalid_pte'],
      stage2_map_walk_table_post: ['installBlock', 'installBlockNT', 'freeFollow', 'freeChild'],
      stage2_map_walker_try_leaf: ['firstBlock', 'samePage', 'mapPage', 'updateAnyway'],
      stage2_map_walk_leaf: ['breakBlock', 'breakWithoutPut', 'unmapLeaf', 'kvm_set_table_pte'],
      stage2_try_break_pte: ['tryBreakOrFree', 'breakByStore', 'breakToZero'],
      __kvm_pgtable_visit: ['reloadEntry', 'walkOn'],
      stage2_free_removed_table: ['call_rcu'],
      kvm_pgtable_walk_end: ['rcu_read_unlock'],
    },
    'arch/arm64/kvm/hyp/vhe/tlb.c': {
      __kvm_tlb_flush_vmid: ['tlbi_vmalls12e1is'],
      __kvm_tlb_flush_vmid_ipa: ['tlbi_ipas2e1is', 'tlbi_ipas2e1is_level', 'tlbi_vmalle1is'],
      __kvm_tlb_flush_vmid_range: ['tlbi_ripas2e1is'],
    },
  },
};
