/** Where in the kernel the steps of `rmap-walk` stand. */
import type { KernelSource } from '#notation';
import { oldMmuC, pteListFunctions, rcuFiles } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '"KVM: MMU: introduce pte-list lockless walker" (2013)',
  functions: {
    [oldMmuC]: {
      ...pteListFunctions,
      pte_list_add: [
        ...(pteListFunctions.pte_list_add ?? []),
        'set_nulls',
        'smp_wmb_before_publish',
        'next_mmu_lock',
        'publish_unlinked_head',
        'link_published_head',
      ],
      pte_list_desc_remove_entry: [
        ...(pteListFunctions.pte_list_desc_remove_entry ?? []),
        'kmem_cache_free_emptied',
        'smp_wmb_before_clear',
        'next_mmu_lock',
      ],
      rmap_add: ['link_leaf_or_table'],
      drop_spte: [],
      pte_list_walk_lockless: ['beginWalk', 'read_head', 'read_slot', 'read_more'],
      spte_write_protect: [],
    },
    ...rcuFiles,
  },
};
