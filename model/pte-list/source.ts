/** Where in the kernel the steps of `pte-list` stand. */
import type { KernelSource } from '#notation';
import { mmuC, pteListFunctions } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: x86/mmu: Track tail count in pte_list_desc to optimize guest fork()"',
  functions: {
    [mmuC]: {
      ...pteListFunctions,
      kvm_mmu_page_fault: [],
      rmap_add: [],
      rmap_remove: [],
      drop_spte: [],
      kvm_unmap_gfn_range: [],
    },
  },
};
