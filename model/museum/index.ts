/** The museum: real bugs of the kernel, each with its fix. */
export {
  type LeafUnderWrongGfn,
  leafUnderWrongGfn,
  leafUnderWrongGfnSteps,
} from './0cb2af2ea66a-leaf-under-wrong-gfn.ts';
export {
  type ColumnByLowestBit,
  columnByLowestBit,
  columnByLowestBitSteps,
} from './0e11f2076e7f-column-by-lowest-bit.ts';
export {
  type VmaOutsideNotifier,
  vmaOutsideNotifier,
  vmaOutsideNotifierSteps,
} from './13ec9308a857-vma-outside-notifier.ts';
export {
  RMAP_RECYCLE_THRESHOLD,
  type RmapMiscounted,
  rmapMiscounted,
  rmapMiscountedSteps,
} from './198c74f43f0f-rmap-miscounted.ts';
export { type LastPageNotSplit, lastPageNotSplit, lastPageNotSplitSteps } from './1aa4bb916808-last-page-not-split.ts';
export { type OneAddressFlushed, oneAddressFlushed } from './3a0b870e3448-one-address-flushed.ts';
export {
  type PrefaultWaitsForDelete,
  prefaultWaitsForDelete,
  prefaultWaitsForDeleteSteps,
} from './3ccbf6f47098-prefault-waits-for-delete.ts';
export { largeSpteInTheWay } from './404381c5839d-large-spte-in-the-way.ts';
export {
  type DirtyClearHitsNonLeaf,
  dirtyClearHitsNonLeaf,
  dirtyClearHitsNonLeafSteps,
} from './45a61ebb2211-dirty-clear-hits-non-leaf.ts';
export { rmapLockInReview } from './4834eaded91e-rmap-lock-in-review.ts';
export { volatileSpteStored } from './4f510c8bb1dd-volatile-spte-stored.ts';
export { type OldEntryNotPut, oldEntryNotPut } from './5c646b7e1d8b-old-entry-not-put.ts';
export { type DirectPageShared, directPageShared } from './5fd5387c89ec-direct-page-shared.ts';
export { flushSkipped } from './6dbf79e7164e-flush-skipped.ts';
export { type HostTableFreed, hostTableFreed } from './8607daa2145f-host-table-freed.ts';
export {
  type HugePageOverMixed,
  hugePageOverMixed,
  hugePageOverMixedSteps,
} from './9129633d568e-huge-page-over-mixed.ts';
export { type ReadOnlyPageUpgraded, readOnlyPageUpgraded } from './9e7b0e7fba45-read-only-page-upgraded.ts';
export { type SyncForgetsWrites, syncForgetsWrites } from './9ed5520dd3c9-sync-forgets-writes.ts';
export { type FreedTableWalked, freedTableWalked, freedTableWalkedSteps } from './a9f0e3d5a089-freed-table-walked.ts';
export { type MmioOverPresent, mmioOverPresent } from './aad885e77496-mmio-over-present.ts';
export { type RightsOfWholeWalk, rightsOfWholeWalk } from './b1bd5cba3306-rights-of-whole-walk.ts';
export { largeSpteFixedFast } from './c126d94f2c90-large-spte-fixed-fast.ts';
export { type MmioDuringSlotDelete, mmioDuringSlotDelete } from './e0c378684b65-mmio-during-slot-delete.ts';
export {
  type LargestRangeNotFlushed,
  largestRangeNotFlushed,
} from './e3ba51ab24fd-largest-range-not-flushed.ts';
export { type TableFreedBeforeFlush, tableFreedBeforeFlush } from './f62d4c3eb687-table-freed-before-flush.ts';
export { type DetachedRootNotPut, detachedRootNotPut } from './f6a27d6dc51b-detached-root-not-put.ts';
export { type AbsentRmapsRead, absentRmapsRead, absentRmapsReadSteps } from './fffb53237807-absent-rmaps-read.ts';
export { type NoRemoteFlush, noRemoteFlush, noRemoteFlushSteps } from './kvm-28-no-remote-flush.ts';
export { writableThrough } from '../kernel/child-page.ts';
export { columnLabel } from '../kernel/rmap-histogram.ts';
