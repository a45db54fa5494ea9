/** Where in the kernel the steps of `eager-split` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, mmuC, srcuFiles, x86C } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: x86/mmu: Extend Eager Page Splitting to nested MMUs" (2022)',
  functions: {
    [mmuC]: {
      kvm_mmu_page_fault: ['page_fault'],
      direct_map: [],
      kvm_mmu_try_split_huge_pages: [],
      shadow_mmu_try_split_huge_pages: [
        'retry',
        'for_each_rmap_spte',
        'continue_rmap_walk',
        'restart_if_any_left',
        'all_are_split',
      ],
      shadow_mmu_try_split_huge_page: [
        'kvm_mmu_available_pages',
        'need_topup_split_caches',
        'need_topup_split_caches_or_resched',
        'topup_and_retry',
      ],
      shadow_mmu_get_sp_for_split: [],
      shadow_mmu_split_huge_page: ['flush_if_table'],
      drop_large_spte: [],
      __link_shadow_page: [],
      mmu_free_vm_memory_caches: ['free_split_caches'],
      kvm_mmu_uninit_vm: [],
      kvm_mmu_zap_collapsible_sptes: [],
    },
    [x86C]: {
      kvm_mmu_slot_apply_flags: ['enable_dirty_log', 'disable_dirty_log'],
      kvm_arch_free_vm: [],
    },
    [kvmMainC]: {
      kvm_set_memory_region: [],
      kvm_destroy_vm: [],
      kvm_vcpu_gfn_to_memslot: ['gfn_to_memslot'],
      kvm_flush_remote_tlbs: [],
    },
    ...srcuFiles,
  },
};
