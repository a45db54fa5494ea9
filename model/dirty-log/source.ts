/** Where in the kernel the steps of `dirty-log` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, oldMmuC, x86C } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: MMU: update spte and add it into rmap before dirty log" (2013)',
  functions: {
    [oldMmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      mmu_set_spte: ['smp_wmb_before_dirty'],
      set_spte: [],
      rmap_add: [],
      fast_pf_fix_direct_spte: [],
      rmap_write_protect: ['rmap_get_first', 'spte_write_protect'],
    },
    [x86C]: {
      kvm_vm_ioctl_get_dirty_log: [
        'get_dirty_log',
        'clear_dirty_bit',
        'read_dirty_bit',
        'store_clear_bit',
        'copy_to_user',
      ],
    },
    [kvmMainC]: {
      mark_page_dirty: [],
      kvm_flush_remote_tlbs: [],
    },
  },
};
