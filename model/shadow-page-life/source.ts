/** Where in the kernel the steps of `shadow-page-life` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC, oldMmuC, x86C } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: MMU: allow locklessly access shadow page table out of vcpu thread" (2013)',
  functions: {
    [oldMmuC]: {
      walk_shadow_page_lockless_begin: ['local_irq_disable', 'set_reading_shadow_page_tables', 'smp_mb_after_mode'],
      walk_shadow_page_lockless_end: ['set_outside_guest_mode', 'local_irq_enable'],
      fast_page_fault: ['read_root_spte', 'read_leaf_spte'],
      rmap_write_protect: ['read_rmap'],
      kvm_mmu_rcu_free_page_begin: ['rcu_read_lock', 'set_rcu_free_shadow_page', 'smp_mb_after_flag'],
      kvm_mmu_rcu_free_page_end: ['smp_mb_before_flag_is_cleared', 'clear_rcu_free_shadow_page', 'rcu_read_unlock'],
      kvm_mmu_get_page: [],
      link_shadow_page: [],
      rmap_add: [],
      kvm_mmu_prepare_zap_page: [],
      kvm_mmu_page_unlink_children: [],
      kvm_mmu_page_unlink_parents: [],
      kvm_mmu_isolate_page: [],
      kvm_mmu_free_page: [],
      kvm_mmu_commit_zap_page: ['read_rcu_free_shadow_page', 'if_flagged', 'call_rcu'],
    },
    [x86C]: {
      vcpu_enter_guest: [
        'kvm_check_request',
        'local_irq_disable',
        'set_in_guest_mode',
        'smp_mb_after_mode',
        'kvm_request_pending',
        'vm_exit',
        'set_outside_guest_mode',
        'local_irq_enable',
      ],
      kvm_vm_ioctl_get_dirty_log: ['get_dirty_log'],
    },
    [kvmMainC]: {
      kvm_make_all_cpus_request: [
        'smp_wmb_before_requests',
        'kvm_make_request',
        'smp_mb_before_mode',
        'kvm_request_needs_ipi',
      ],
    },
    'kernel/smp.c': {
      smp_call_function_many: [],
    },
  },
};
