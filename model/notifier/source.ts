/** Where in the kernel the steps of `notifier` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: Use gfn instead of hva for mmu_notifier_retry"',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      kvm_mmu_faultin_pfn: ['read_mmu_invalidate_seq', 'kvm_faultin_pfn'],
      is_page_fault_stale: [],
      mmu_set_spte: ['set_spte'],
      kvm_unmap_gfn_range: [],
    },
    [kvmMainC]: {
      kvm_mmu_notifier_invalidate_range_start: ['mmu_notifier_invalidate_range_start'],
      kvm_mmu_invalidate_begin: ['invalidate_begin'],
      kvm_mmu_invalidate_range_add: ['invalidate_range_add'],
      kvm_mmu_invalidate_end: ['invalidate_end'],
    },
  },
  elsewhere: ['change_host_ptes'],
};
