/** Where in the kernel the steps of `fast-page-fault` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: MMU: fast path of handling guest page fault" (2012)',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      fast_page_fault: [],
      fast_pf_fix_direct_spte: ['storeWithoutComparing'],
      mmu_set_spte: [],
      kvm_mmu_write_protect_pt_masked: [],
      spte_has_volatile_bits: [],
      mmu_spte_clear_track_bits: [],
      kvm_unmap_gfn_range: [],
      kvm_mmu_track_write: [],
    },
    'arch/x86/kvm/mmu/paging_tmpl.h': {
      gpte_changed: [],
    },
    [kvmMainC]: {
      kvm_get_dirty_log_protect: ['copy_to_user'],
      mark_page_dirty: [],
      kvm_flush_remote_tlbs: [],
    },
  },
  elsewhere: ['swapOut', 'emulateWrite'],
};
