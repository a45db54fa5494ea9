/** Where in the kernel the steps of `memslot` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC, srcuFiles } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '6.12, with e0c378684b65',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      kvm_faultin_pfn: ['retry_invalid_slot'],
      mmu_set_spte: [],
      rmap_add: [],
      kvm_arch_flush_shadow_memslot: [],
    },
    [kvmMainC]: {
      kvm_vcpu_gfn_to_memslot: ['gfn_to_memslot'],
      kvm_invalidate_memslot: [],
      kvm_delete_memslot: [],
      kvm_free_memslot: [],
      kvm_flush_remote_tlbs: [],
    },
    ...srcuFiles,
  },
};
