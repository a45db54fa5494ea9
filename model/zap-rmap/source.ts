/** Where in the kernel the steps of `zap-rmap` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC, pteListFunctions } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: X86: Optimize zapping rmap" (2021)',
  functions: {
    [mmuC]: {
      ...pteListFunctions,
      pte_list_destroy: [...(pteListFunctions.pte_list_destroy ?? []), 'free_before_more', 'keep_desc'],
      kvm_mmu_page_fault: ['page_fault'],
      drop_spte: [],
      mmu_set_spte: [],
    },
    [kvmMainC]: {
      kvm_mmu_invalidate_begin: [],
      kvm_mmu_invalidate_end: [],
    },
    'arch/x86/kvm/debugfs.c': {
      kvm_mmu_rmaps_stat_show: [],
    },
  },
};
