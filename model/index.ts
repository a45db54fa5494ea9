/** The models. */
export {
  clear_dirty_bit,
  copy_to_user,
  type DirtyLog,
  type DirtyLogVariant,
  dirtyLog,
  dirtyLogSets,
  fast_pf_fix_direct_spte,
  mark_page_dirty,
  rmap_add,
  set_spte,
  store_clear_bit,
} from './dirty-log/model.ts';
export { type Litmus, litmus, litmusPrograms, type LitmusShape } from './litmus/model.ts';
export {
  firstFit,
  fillFromLast,
  forwardMove,
  perArrayCounter,
  type PteListPolicy,
  pteListPolicies,
  tailCount,
} from './kernel/pte-list.ts';
export { countEntries, listHolds, type PteListCount } from './kernel/pte-list-count.ts';
export {
  Desc,
  entriesIn,
  Ext,
  Head,
  type ListKey,
  type PteListCaller,
  type PteListDesc,
  type PteListDescs,
  type PteListOp,
  type PteLists,
  type PteListStep,
  type PteListSteps,
  pteListDescs,
  pteListOp,
  type RmapHead,
  rmapHead,
  Spte,
  Tail,
} from './kernel/pte-list-shape.ts';
export { type PteList, pteList, pteListOperations } from './pte-list/model.ts';
export { Gfn, lastLevelSpte } from './kernel/spte.ts';
export { writeProtect, writeProtectSteps } from './write-protect/model.ts';
export type { WriteProtect } from './write-protect/state.ts';
export { fastPageFault, fastPageFaultSteps } from './fast-page-fault/model.ts';
export type { FastPageFault } from './fast-page-fault/state.ts';
export * from './museum/index.ts';
export { coalesce } from './coalesce/model.ts';
export { type Coalesce, coalesceSteps } from './coalesce/fault.ts';
export { isBlock, type Stage2, type Table, tableOf } from './kernel/stage2.ts';
export { conflicts, type Tlbs, type VcpuId } from './kernel/tlb.ts';
export { type Memslot, memslot, memslotSteps } from './memslot/model.ts';
export { shadowPageLife, shadowPageLifeSteps } from './shadow-page-life/model.ts';
export type { ShadowPageLife } from './shadow-page-life/state.ts';
export { rmapLock, rmapLockSteps } from './rmap-lock/model.ts';
export type { RmapLock } from './rmap-lock/state.ts';
export { type RmapLockOrders, rmapLockOrders, rmapLockOrdersSteps } from './rmap-lock/orders.ts';
export { type Notifier, notifier, notifierSteps } from './notifier/model.ts';
export { type RmapStat, rmapStat, rmapStatSteps } from './rmap-stat/model.ts';
export { type VmReference, vmReference, vmReferenceSteps } from './vm-reference/model.ts';
export { rmapWalk, rmapWalkSets, rmapWalkSteps } from './rmap-walk/model.ts';
export type { RmapWalk } from './rmap-walk/walk.ts';
export { eagerSplit, eagerSplitSteps } from './eager-split/model.ts';
export type { EagerSplit } from './eager-split/state.ts';
export { tdpMmu, tdpMmuSteps } from './tdp-mmu/model.ts';
export type { TdpMmu } from './tdp-mmu/state.ts';
export { type ZapRmap, zapRmap, zapRmapSteps } from './zap-rmap/model.ts';
export { mmu, mmuSteps } from './mmu/model.ts';
export type { Mmu } from './mmu/state.ts';
export { type PteListFork, pteListFork } from './pte-list/fork.ts';
export { type LockDrops, lockDrops } from './eager-split/lock-drops.ts';
