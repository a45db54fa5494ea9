/** What write protection takes from an SPTE, and whether that is a change to flush for. */
import type { LeafSpte } from './spte.ts';

/** A change of an SPTE. */
export type Protect = (spte: LeafSpte) => void;

/** The dirty log's. */
export function clearWritable(spte: LeafSpte): void {
  spte.writable = false;
}

/** Write tracking's. */
export function clearMmuWritable(spte: LeafSpte): void {
  spte.writable = false;
  spte.mmu_writable = false;
}

/** Whether to flush for a change, from what an SPTE was to what it is. */
export type FlushTest = (was: LeafSpte, is: LeafSpte) => boolean;

/** The test of 2012, that of 2013, and today's. They are the same only where both bits are cleared. */
export const flushTests = {
  writable: (was) => was.writable,
  mmuWritable: (was) => was.mmu_writable,
  mmuWritableCleared: (was, is) => was.mmu_writable && !is.mmu_writable,
} satisfies Record<string, FlushTest>;

/** Changes an SPTE, and says whether to flush. */
export function spte_write_protect(spte: LeafSpte, protect: Protect, flushIf: FlushTest): boolean {
  const { present, writable, mmu_writable } = spte;
  protect(spte);
  return flushIf({ present, writable, mmu_writable }, spte);
}
