/** What a last-level SPTE says, and the page table of one large page: one SPTE for all of it, or one for each gfn. */
import { bool, type Id, type Row, range, type ValueOf } from '#notation';

/** The gfns that one large page maps: in an order, which walks go by. */
export const Gfn = range('gfn');
export type Gfn = Id<typeof Gfn>;

/** A leaf: W is `writable`, and `mmu_writable` says that W may be set by a fault without mmu_lock. */
export const leafSpte = { present: bool, writable: bool, mmu_writable: bool };
export type LeafSpte = ValueOf<typeof leafSpte>;

/** What a state must have: while the large SPTE is not present, a table of small ones is in its place. */
export interface PageTable {
  readonly large: LeafSpte;
  readonly spte: Row<Gfn, LeafSpte>;
}

/** Where a walk for an address ends. */
export function lastLevelSpte<Spte extends LeafSpte>(
  s: { readonly large: Spte; readonly spte: Row<Gfn, Spte> },
  addr: Gfn,
): Spte {
  return s.large.present ? s.large : s.spte[addr];
}

/** A leaf through which the guest may write, unless its gfn is write-tracked. */
export function make_spte(spte: LeafSpte, tracked: boolean): void {
  spte.present = true;
  spte.writable = !tracked;
  spte.mmu_writable = !tracked;
}

/** A leaf that is not there. */
export function clearSpte(spte: LeafSpte): void {
  spte.present = false;
  spte.writable = false;
  spte.mmu_writable = false;
}
