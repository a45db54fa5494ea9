/**
 * The pte list: the set of SPTEs that map a gfn (an rmap), or that link a shadow page (`parent_ptes`), under five policies.
 *
 * Each operation is one list of steps, and each step stores at most one thing that another CPU could see: `atomically` folds a list
 * where mmu_lock keeps everybody else out, and a model with lockless readers uses it as it is. The caller sets `op.rmap_head` and
 * `op.spte`; after an add, `op.count` is what `pte_list_add` returned.
 */
import {
  chain_at_tail,
  count_both,
  count_entry,
  first_fit,
  first_not_full,
  head_not_full,
  head_with_gap,
  link_old_head,
  one_to_many,
  pte_list_add,
  publish_filled_head,
  publish_new_head,
  publish_pair,
  set_tail_count,
  store_at_count,
  store_in_first_gap,
  store_in_new_head,
  store_inline_spte,
  store_second_spte,
  zero_spte_count,
  zero_tail_count,
} from './pte-list-add.ts';
import { countCounters, countEntries, countFullTails, countHead, type PteListCount } from './pte-list-count.ts';
import {
  byCounter,
  bySlot,
  clear_slot,
  fill_hole,
  findEntry,
  fromHead,
  fromLast,
  fromSame,
  mmu_free_pte_list_desc,
  uncount_entry,
  unlink_anywhere,
  unlink_head,
} from './pte-list-remove.ts';
import type { PteListSteps } from './pte-list-shape.ts';
import { entryByEntry, onePass, type Zap } from './pte-list-zap.ts';

/** One way to keep such lists. */
export interface PteListPolicy {
  readonly add: PteListSteps;
  readonly remove: PteListSteps;
  /** The zap of a whole list, given how the model clears an SPTE. */
  readonly destroy: Zap;
  /** `pte_list_count`. */
  readonly count: PteListCount;
  /** The counters that its descriptors keep; a `tail_count` comes with a `spte_count`. */
  readonly keeps: 'nothing' | 'spte_count' | 'tail_count';
}

const pair = [one_to_many, store_inline_spte, store_second_spte, publish_pair];
const countedPair = [one_to_many, store_inline_spte, store_second_spte, count_both, publish_pair];
const tailCountedPair = [one_to_many, store_inline_spte, store_second_spte, count_both, zero_tail_count, publish_pair];

const addFirstFit = [pte_list_add, first_fit, chain_at_tail, store_in_first_gap, ...pair];
const removeFromSame = [findEntry(bySlot, fromSame), fill_hole, clear_slot, unlink_anywhere, mmu_free_pte_list_desc];
const removeFromLast = [findEntry(bySlot, fromLast), fill_hole, clear_slot, unlink_anywhere, mmu_free_pte_list_desc];
const removeFromHead = [findEntry(bySlot, fromHead), fill_hole, clear_slot, unlink_head, mmu_free_pte_list_desc];

/** Up to mid 2021, counting as in 2014: an entry goes where there is room first, and the hole is filled from its own descriptor. */
export const firstFit: PteListPolicy = {
  add: addFirstFit,
  remove: removeFromSame,
  destroy: entryByEntry(removeFromSame),
  count: countEntries,
  keeps: 'nothing',
};

/** The same, with the hole filled from the last descriptor, which is how the list was described in 2013. */
export const fillFromLast: PteListPolicy = {
  add: addFirstFit,
  remove: removeFromLast,
  destroy: entryByEntry(removeFromLast),
  count: countEntries,
  keeps: 'nothing',
};

/** "KVM: X86: Optimize pte_list_desc with per-array counter" (5.15). */
export const perArrayCounter: PteListPolicy = {
  add: [pte_list_add, first_not_full, chain_at_tail, zero_spte_count, store_at_count, count_entry, ...countedPair],
  remove: [
    findEntry(byCounter, fromSame),
    fill_hole,
    clear_slot,
    uncount_entry,
    unlink_anywhere,
    mmu_free_pte_list_desc,
  ],
  destroy: onePass(mmu_free_pte_list_desc),
  count: countCounters,
  keeps: 'spte_count',
};

/** "KVM: x86/mmu: Track tail count in pte_list_desc to optimize guest fork()" (6.4): all tails are full, and counted. */
export const tailCount: PteListPolicy = {
  add: [
    pte_list_add,
    head_not_full,
    link_old_head,
    zero_spte_count,
    set_tail_count,
    publish_new_head,
    store_at_count,
    count_entry,
    ...tailCountedPair,
  ],
  remove: [findEntry(byCounter, fromHead), fill_hole, clear_slot, uncount_entry, unlink_head, mmu_free_pte_list_desc],
  destroy: onePass(mmu_free_pte_list_desc),
  count: countHead,
  keeps: 'tail_count',
};

/** "KVM: MMU: redesign the algorithm of pte_list" (2013, not merged): the same shape without counters, for lockless readers. */
export const forwardMove: PteListPolicy = {
  add: [
    pte_list_add,
    head_with_gap,
    link_old_head,
    store_in_new_head,
    publish_filled_head,
    store_in_first_gap,
    ...pair,
  ],
  remove: removeFromHead,
  destroy: entryByEntry(removeFromHead),
  count: countFullTails,
  keeps: 'nothing',
};

/** The policies by the names that variants and `conform --policy` use. */
export const pteListPolicies = {
  'first-fit': firstFit,
  'fill-from-last': fillFromLast,
  'per-array-counter': perArrayCounter,
  'tail-count': tailCount,
  'forward-move': forwardMove,
} as const;
