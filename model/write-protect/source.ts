/** Where in the kernel the steps of `write-protect` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, oldMmuC, srcuFiles } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: MMU: flush tlb out of mmu lock when write-protect the sptes" (2013)',
  functions: {
    [oldMmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      fast_page_fault: [],
      fast_pf_fix_direct_spte: [],
      drop_large_spte: [],
      mmu_set_spte: [],
      kvm_mmu_slot_remove_write_access: ['slot_rmap_write_protect'],
      kvm_mmu_write_protect_pt_masked: [],
      kvm_arch_mmu_enable_log_dirty_pt_masked: [],
      kvm_mmu_slot_gfn_write_protect: [],
    },
    'arch/x86/kvm/mmu/page_track.c': {
      __kvm_write_track_add_gfn: [],
      __kvm_write_track_remove_gfn: [],
    },
    [kvmMainC]: {
      kvm_set_memslot: [],
      kvm_get_dirty_log: ['copy_to_user', 'copyFails'],
      kvm_get_dirty_log_protect: [],
      kvm_clear_dirty_log_protect: [],
      mark_page_dirty: [],
      kvm_flush_remote_tlbs: [],
    },
    ...srcuFiles,
  },
  elsewhere: ['firstPass'],
};
