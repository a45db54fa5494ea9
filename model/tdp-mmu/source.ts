/** Where in the kernel the steps of `tdp-mmu` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC, rcuFiles } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '6.12',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      is_page_fault_stale: [],
    },
    'arch/x86/kvm/mmu/tdp_mmu.c': {
      kvm_tdp_mmu_map: ['is_frozen_spte'],
      tdp_mmu_map_handle_target_level: ['mapWithoutComparing'],
      tdp_mmu_link_sp: ['linkWithoutComparing'],
      zap_collapsible_spte_range: [],
      tdp_mmu_zap_spte_atomic: ['thaw', 'freezeWithoutComparing', 'clearWithoutFreezing'],
      handle_removed_pt: ['clearRemoved', 'freeAtOnce'],
      tdp_mmu_iter_cond_resched: ['flush_pending'],
      tdp_mmu_iter_set_spte: ['storeOverVolatile'],
    },
    'arch/x86/kvm/mmu/tdp_iter.c': {
      tdp_iter_start: [],
      tdp_iter_restart: [],
      tdp_iter_next: ['tdp_iter_read'],
      try_step_down: [],
    },
    [kvmMainC]: {
      kvm_mmu_invalidate_begin: [],
      kvm_mmu_invalidate_end: [],
      kvm_flush_remote_tlbs: [],
    },
    ...rcuFiles,
  },
  elsewhere: ['freePages'],
};
