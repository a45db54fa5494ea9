/** What must hold of tables that several walk, take out and free at once, and which omissions break it. */
import { type TdpMmu, tdpMmu, tdpMmuSteps } from '#model';
import { ahead, at, claim, implies, NULL, passed, suite } from '#notation';

const {
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
} = tdpMmuSteps;

const entriesOfFaults = [try_step_down, tdp_mmu_map_handle_target_level, mapWithoutComparing];
const entriesOfTasks = [tdp_iter_read, tdp_mmu_iter_set_spte, storeOverVolatile, handle_removed_pt, clearRemoved];

export const noUseAfterFree = claim(
  'whoever is about to read or write an entry of a table finds the table still there',
  ({ vcpu, task, sp }: TdpMmu) =>
    vcpu.every((each) => !entriesOfFaults.some((step) => at(each, step)) || sp[each.sp].allocated) &&
    task.every((each) => !entriesOfTasks.some((step) => at(each, step)) || sp[each.sp].allocated),
);

export const tableLife = claim('a walk cache leads to a table, not to freed memory', ({ tlb, sp }: TdpMmu) =>
  tlb.every(({ walk_cache }) => walk_cache === NULL || sp[walk_cache].allocated),
);

export const flushedBeforeReplaced = claim(
  'while a table is linked, no walk cache leads to one that was there before',
  ({ tlb, root }: TdpMmu) =>
    implies(root.child !== NULL, () => tlb.every(({ walk_cache }) => walk_cache === NULL || walk_cache === root.child)),
);

export const unmappedIsFlushed = claim(
  'when the MMU notifier has returned, and the host frees the pages, no SPTE and no TLB maps them',
  ({ task, tlb, root, sp }: TdpMmu) =>
    implies(
      task.some((each) => at(each, freePages)),
      () =>
        tlb.every(({ pages }) => !pages.includes(1)) &&
        (root.child === NULL || sp[root.child].spt.every(({ kind }) => kind !== 'leaf')),
    ),
);

export const noLostDirtyBit = claim(
  'when the host frees pages, it has been told of each that was written',
  ({ task, ghost }: TdpMmu) =>
    implies(
      task.some((each) => at(each, freePages)),
      () => !ghost.unreported.includes(1),
    ),
);

export const removedStaysEmpty = claim(
  'nothing is mapped in a table that waits to be freed: nobody would account for it',
  ({ sp }: TdpMmu) => sp.every(({ rcu_head, spt }) => !rcu_head || spt.every(({ kind }) => kind !== 'leaf')),
);

export const nothingFrozenIsLeft = claim(
  'whoever holds mmu_lock for writing meets no frozen entry',
  ({ mmu_lock, root }: TdpMmu) => !mmu_lock.heldForWrite || root.kind !== 'frozen',
);

export const noLeak = claim(
  'each table is linked, or waits to be freed, or whoever has taken it out is yet to hand it over',
  ({ sp, root, task }: TdpMmu) =>
    sp.every(
      ({ allocated, rcu_head }, id) =>
        !allocated ||
        rcu_head ||
        root.child === id ||
        task.some(
          (each) => passed(each, zap_collapsible_spte_range) && ahead(each, call_rcu, freeAtOnce) && each.sp === id,
        ),
    ),
);

export const aTableIsTakenFromUnderAFault = claim(
  'a fault stands in a table that has been taken out',
  ({ vcpu, root }: TdpMmu) => vcpu.some((each) => at(each, try_step_down) && each.sp !== root.child),
);

/** Where a table is linked over another, which hardware still walks, and nobody zaps. */
const secondTable = ['flushedBeforeReplaced', 'unmappedIsFlushed', 'noLostDirtyBit', 'noLeak'] as const;

export const tdpMmuSuite = suite(tdpMmu, {
  invariants: {
    noUseAfterFree,
    tableLife,
    flushedBeforeReplaced,
    unmappedIsFlushed,
    noLostDirtyBit,
    removedStaysEmpty,
    nothingFrozenIsLeft,
    noLeak,
  },
  reachable: { aTableIsTakenFromUnderAFault },
  violated: {
    'flush-then-process': [],
    'process-then-flush': [],
    'no-flush-before-yield': ['unmappedIsFlushed'],
    'not-restarted': ['noUseAfterFree'],
    'volatile-spte-stored': ['noLostDirtyBit'],
    'no-flush': ['tableLife', 'flushedBeforeReplaced', 'unmappedIsFlushed'],
    'flush-after-free': ['tableLife'],
    'freed-at-once': ['noUseAfterFree'],
    'not-frozen': ['flushedBeforeReplaced'],
    'removed-not-frozen': ['removedStaysEmpty'],
    'removal-not-compared': ['noLeak', 'BUG_ON'],
    'not-thawed': ['nothingFrozenIsLeft'],
    'walked-outside-rcu': ['noUseAfterFree'],
    'frozen-not-checked': secondTable,
    'link-not-compared': secondTable,
    'leaf-not-compared': ['removedStaysEmpty'],
  },
});
