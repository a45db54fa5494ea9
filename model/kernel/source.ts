/** Where in the kernel the steps stand that several models share. */
import type { KernelFunctions } from '#notation';

/** The x86 MMU, since 5.8 and before. */
export const mmuC = 'arch/x86/kvm/mmu/mmu.c';
export const oldMmuC = 'arch/x86/kvm/mmu.c';
export const x86C = 'arch/x86/kvm/x86.c';
export const kvmMainC = 'virt/kvm/kvm_main.c';

/** `model/kernel/pte-list*.ts`. */
export const pteListFunctions: KernelFunctions = {
  pte_list_add: [
    'one_to_many',
    'store_inline_spte',
    'store_second_spte',
    'count_both',
    'zero_tail_count',
    'clear_more',
    'publish_pair',
    'first_fit',
    'first_not_full',
    'head_not_full',
    'head_with_gap',
    'chain_at_tail',
    'link_old_head',
    'zero_spte_count',
    'set_tail_count',
    'publish_new_head',
    'store_at_count',
    'count_entry',
    'store_in_first_gap',
    'store_in_new_head',
    'publish_filled_head',
  ],
  pte_list_remove: [],
  pte_list_desc_remove_entry: [
    'fill_hole',
    'clear_slot',
    'uncount_entry',
    'unlink_anywhere',
    'unlink_head',
    'demote',
    'uncount_or_demote',
  ],
  mmu_free_pte_list_desc: ['kmem_cache_free'],
  pte_list_destroy: ['reset_rmap_head'],
  kvm_zap_rmapp: ['another_entry'],
  mmu_spte_clear_track_bits: [],
  pte_list_count: [],
};

/** `model/kernel/srcu.ts`. */
export const srcuFiles = {
  'include/linux/srcu.h': { srcu_read_lock: [], srcu_read_unlock: [] },
  'kernel/rcu/srcutree.c': { synchronize_srcu: ['grace_period_over'] },
};

/** `model/kernel/rcu.ts`. */
export const rcuFiles = {
  'include/linux/rcupdate.h': { rcu_read_lock: [], rcu_read_unlock: [] },
  'kernel/rcu/tree.c': { call_rcu: [] },
};
