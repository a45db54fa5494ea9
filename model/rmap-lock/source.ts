/** Where in the kernel the steps of `rmap-lock` and `rmap-lock-orders` stand. */
import type { KernelSource } from '#notation';
import { mmuC, pteListFunctions } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '4834eaded91e',
  functions: {
    [mmuC]: {
      ...pteListFunctions,
      rmap_add: [],
      drop_spte: [],
      kvm_rmap_lock: [],
      __kvm_rmap_lock: ['while_locked', 'cpu_relax', 'reread_val', 'again', 'try_cmpxchg_acquire', 'read_val'],
      kvm_rmap_unlock: [],
      kvm_rmap_lock_readonly: ['preempt_disable', 'kvm_rmap_lock', 'val_in_32_bits'],
      kvm_rmap_unlock_readonly: ['preempt_enable'],
      kvm_rmap_age_gfn_range: ['done_if_empty', 'read_spte', 'age_spte', 'store_spte'],
      rmap_get_first: [],
      rmap_get_next: [],
    },
  },
  elsewhere: ['preempt_schedule_irq', 'scheduled_again'],
};

export const ordersSource: KernelSource = {
  commit: '4834eaded91e',
  functions: {
    [mmuC]: {
      rmap_add: [],
      drop_spte: [],
      __kvm_rmap_lock: ['kvm_rmap_lock', 'try_cmpxchg_acquire', 'kvm_rmap_lock_readonly', 'try_cmpxchg_readonly'],
      pte_list_add: ['store_old_spte', 'store_spte', 'store_spte_count'],
      pte_list_remove: ['read_spte_count', 'find_spte'],
      pte_list_desc_remove_entry: ['read_last_spte', 'fill_hole', 'clear_last_spte', 'uncount_spte'],
      mmu_free_pte_list_desc: [],
      kvm_rmap_unlock: ['store_val'],
      kvm_rmap_unlock_readonly: [],
      kvm_rmap_age_gfn_range: ['age_spte'],
      rmap_get_first: [],
      rmap_get_next: [],
    },
  },
};
