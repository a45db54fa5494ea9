/** The suites: what is claimed of each model. */
export { dirtyLogSuite } from './dirty-log.ts';
export { pteListSuite } from './pte-list.ts';
export { writeProtectSuite } from './write-protect.ts';
export { fastPageFaultSuite } from './fast-page-fault.ts';
export * from './museum/index.ts';
export { coalesceSuite } from './coalesce.ts';
export { memslotSuite } from './memslot.ts';
export { notifierSuite } from './notifier.ts';
export { rmapStatSuite } from './rmap-stat.ts';
export { vmReferenceSuite } from './vm-reference.ts';
export { rmapWalkSuite } from './rmap-walk.ts';
export { eagerSplitSuite } from './eager-split.ts';
export { pteListForkSuite } from './pte-list-fork.ts';
export { lockDropsSuite } from './lock-drops.ts';
