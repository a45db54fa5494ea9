/** Where in the kernel the steps of `rmap-stat` stand. */
import type { KernelSource } from '#notation';
import { mmuC, x86C } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: X86: Introduce mmu_rmaps_stat per-vm debugfs file" (2021)',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      mmu_first_shadow_root_alloc: [],
      rmap_remove: [],
      rmap_add: ['update_max_mmu_rmap_size'],
      pte_list_count: [],
    },
    [x86C]: {
      kvm_alloc_memslot_metadata: [],
    },
    'arch/x86/kvm/debugfs.c': {
      kvm_mmu_rmaps_stat_show: ['kvm_memslots_have_rmaps', 'seq_printf'],
    },
  },
};
