/** Where in the kernel the steps of `rmap-lock` stand. */
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
