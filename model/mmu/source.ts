/** Where in the kernel the steps of `mmu` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC, pteListFunctions } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: 'those of pte-list, dirty-log, fast-page-fault, write-protect and notifier',
  functions: {
    [mmuC]: {
      ...pteListFunctions,
      kvm_mmu_page_fault: ['page_fault'],
      direct_page_fault: [],
      fast_page_fault: [],
      fast_pf_fix_direct_spte: [],
      kvm_mmu_faultin_pfn: ['kvm_faultin_pfn'],
      mmu_set_spte: [],
      mmu_page_zap_pte: [],
      rmap_recycle: [],
      kvm_mmu_write_protect_pt_masked: [],
    },
    'arch/x86/kvm/mmu/page_track.c': {
      __kvm_write_track_add_gfn: ['return_without_flush'],
      __kvm_write_track_remove_gfn: [],
    },
    [kvmMainC]: {
      mark_page_dirty: [],
      kvm_get_dirty_log_protect: ['copy_to_user'],
      kvm_flush_remote_tlbs: [],
      kvm_mmu_notifier_invalidate_range_start: ['invalidate_begin'],
      kvm_mmu_notifier_invalidate_range_end: ['invalidate_end'],
    },
  },
  elsewhere: ['forgetOp', 'change_host_ptes'],
};
