/**
 * The TDP MMU: faults that link tables and map pages with mmu_lock held for reading, whoever takes a table out beside them, and the MMU
 * notifier, which holds mmu_lock for writing and lets others have it on the way.
 *
 * Models arch/x86/kvm/mmu/tdp_mmu.c and tdp_iter.c as of 6.12 (kvm_tdp_mmu_map, tdp_mmu_zap_leafs, tdp_mmu_iter_cond_resched,
 * tdp_mmu_zap_spte_atomic, handle_removed_pt), among them "KVM: x86/mmu: Allow parallel page faults for the TDP MMU", "KVM: x86/mmu:
 * Protect TDP MMU page table memory with RCU", "KVM: x86/mmu: Mark SPTEs in disconnected pages as removed" and "KVM: x86/mmu: Process
 * atomically-zapped SPTEs after TLB flush".
 *
 * Assumes two levels and one entry of the upper one; that each page is mapped for writing, by faults that find no invalidation open (how
 * they make sure is the model `notifier`); that an invalidation is of all gfns; that whoever takes a table out does not pause. No large
 * pages: what is mapped where a table was taken out is another table. No fast page fault, which needs a write-protected leaf.
 */
import { either, model } from '#notation';
import {
  fault,
  inRcu,
  is_frozen_spte,
  linkWithoutComparing,
  mapWithoutComparing,
  tdp_mmu_link_sp,
  tdp_mmu_map_handle_target_level,
  try_step_down,
  walk,
} from './fault.ts';
import {
  call_rcu,
  clearRemoved,
  clearWithoutFreezing,
  freeAtOnce,
  freezeWithoutComparing,
  handle_removed_pt,
  remove,
  tdp_mmu_zap_spte_atomic,
  thaw,
  zap_collapsible_spte_range,
} from './remove.ts';
import { actions, flush_remote_tlbs, flushIfPending, type List, state, type Task, type Vcpu } from './state.ts';
import { freePages, storeOverVolatile, tdp_iter_read, tdp_mmu_iter_set_spte, unmap } from './unmap.ts';
import { kernelSource } from './source.ts';

const process: List<Task> = [handle_removed_pt, call_rcu];
/** What was in the table is dealt with when the entry is free for others again; before the last of these patches, before the flush. */
const flushThenProcess: List<Task> = [tdp_mmu_zap_spte_atomic, ...flush_remote_tlbs, thaw, ...process];
const processThenFlush: List<Task> = [tdp_mmu_zap_spte_atomic, ...process, ...flush_remote_tlbs, thaw];

interface Parts {
  walk?: List<Vcpu>;
  unmap?: List<Task>;
  remove?: List<Task>;
}

/** Faults, and two kinds of tasks beside them, with what differs from today. */
function faultsAnd(parts: Parts) {
  return {
    vcpu: fault(parts.walk ?? inRcu(walk)),
    task: either(parts.unmap ?? unmap(), parts.remove ?? remove(flushThenProcess)),
  };
}

function replaced<Thread>(steps: List<Thread>, step: List<Thread>[number], ...by: List<Thread>): List<Thread> {
  return steps.flatMap((each) => (each === step ? by : [each]));
}

/** What the claims name. */
export const tdpMmuSteps = {
  call_rcu,
  clearRemoved,
  freeAtOnce,
  freePages,
  handle_removed_pt,
  mapWithoutComparing,
  storeOverVolatile,
  tdp_iter_read,
  tdp_mmu_iter_set_spte,
  tdp_mmu_map_handle_target_level,
  try_step_down,
  zap_collapsible_spte_range,
};

//  Enough for what is wrong there.
const oneTask = { task: 1 };
const oneTable = { sp: 1 };

export const tdpMmu = model({
  name: 'tdp-mmu',
  about: 'tables that are linked, taken out and freed while others fault in them; leaves that are zapped with pauses',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 1, sp: 2, task: 2 },
  actions,
  variants: {
    'flush-then-process': faultsAnd({}),
    'process-then-flush': faultsAnd({ remove: remove(processThenFlush) }),

    'no-flush-before-yield': { ...faultsAnd({ unmap: unmap({ beforeYield: [] }) }), bounds: oneTable },
    'not-restarted': { ...faultsAnd({ unmap: unmap({ afterYield: [] }) }), bounds: oneTable },
    'volatile-spte-stored': { ...faultsAnd({ unmap: unmap({ set_spte: storeOverVolatile }) }), bounds: oneTask },

    'no-flush': { ...faultsAnd({ remove: remove([tdp_mmu_zap_spte_atomic, thaw, ...process]) }), bounds: oneTask },
    'flush-after-free': {
      ...faultsAnd({ remove: remove([tdp_mmu_zap_spte_atomic, ...process], [[...flushIfPending, thaw]]) }),
      bounds: oneTask,
    },
    'freed-at-once': {
      ...faultsAnd({ remove: remove(replaced(flushThenProcess, call_rcu, freeAtOnce)) }),
      bounds: oneTask,
    },
    'not-frozen': {
      ...faultsAnd({ remove: remove([clearWithoutFreezing, ...flush_remote_tlbs, ...process]) }),
      bounds: oneTask,
    },
    'removed-not-frozen': {
      ...faultsAnd({ remove: remove(replaced(flushThenProcess, handle_removed_pt, clearRemoved)) }),
      bounds: oneTask,
    },
    'removal-not-compared': {
      ...faultsAnd({ remove: remove(replaced(flushThenProcess, tdp_mmu_zap_spte_atomic, freezeWithoutComparing)) }),
      bounds: { gfn: 1 },
    },
    'not-thawed': {
      ...faultsAnd({ remove: remove(replaced(flushThenProcess, thaw)) }),
      bounds: oneTask,
    },

    'walked-outside-rcu': { ...faultsAnd({ walk }), bounds: oneTask },
    'frozen-not-checked': { ...faultsAnd({ walk: inRcu(replaced(walk, is_frozen_spte)) }), bounds: oneTask },
    'link-not-compared': {
      ...faultsAnd({ walk: inRcu(replaced(walk, tdp_mmu_link_sp, linkWithoutComparing)) }),
      bounds: { gfn: 1, vcpu: 2, task: 1 },
    },
    'leaf-not-compared': {
      ...faultsAnd({ walk: inRcu(replaced(walk, tdp_mmu_map_handle_target_level, mapWithoutComparing)) }),
      bounds: oneTask,
    },
  },
});
