/**
 * A write fault in an MMU that may map a large page: without mmu_lock where an SPTE is only write-protected, else under it. Whoever
 * calls sets `fault` first, as `kvm_mmu_do_page_fault()` does.
 */
import { blocked, bool, exit, member, type Next, type Row, type ValueOf } from '#notation';
import { clearSpte, Gfn, lastLevelSpte, type PageTable } from './spte.ts';

/** `struct kvm_page_fault`. `addr` says which SPTE, `gfn` what it maps: the same, but for a guest's own page table. */
export const pageFault = {
  addr: member(Gfn),
  gfn: member(Gfn),
  /** Whether the slot's dirty pages were logged when the fault began. */
  logged: bool,
  /** Whether the lockless walk ended at the large SPTE. */
  large: bool,
};
type PageFault = ValueOf<typeof pageFault>;

/** What a thread must have. */
interface Faulting {
  readonly fault: PageFault;
}

/** What a state must have. */
export interface Mmu extends PageTable {
  readonly dirty_bitmap: Row<Gfn, 0 | 1>;
  /** Gfns that are write-tracked, because KVM shadows a page table of the guest that is there. */
  readonly gfn_write_track: Row<Gfn, 0 | 1>;
  /** Whether the host has a large page here. */
  hugepage: boolean;
}

// Without mmu_lock.

/** The lockless walk. What it does not find fixable is left to the slow path, and so is a large SPTE that is to be left. */
export function fastPageFault(leavesLarge: (fault: PageFault) => boolean) {
  return function fast_page_fault(s: PageTable, { fault }: Faulting): Next {
    const { present, writable, mmu_writable } = lastLevelSpte(s, fault.addr);
    if (!present || writable || !mmu_writable || (s.large.present && leavesLarge(fault))) return blocked;
    fault.large = s.large.present;
  };
}

/** Compares with what the walk found, and exchanges. */
export function fast_pf_fix_direct_spte(s: PageTable, { fault }: Faulting): Next {
  const spte = fault.large ? s.large : s.spte[fault.addr];
  if (!spte.present || spte.writable || !spte.mmu_writable) return exit; //  the guest faults again
  spte.writable = true;
}

// Under mmu_lock.

/** What `kvm_mmu_hugepage_adjust()` decides: nothing smaller than the host's page is asked for, or there already. */
function mapsLarge(s: Mmu, { logged }: PageFault): boolean {
  return s.hugepage && !logged && !s.gfn_write_track.includes(1) && s.spte.every(({ present }) => !present);
}

/** A large SPTE is in the way of a small one. */
export function drop_large_spte(s: Mmu, { fault }: Faulting): Next {
  if (!s.large.present || mapsLarge(s, fault)) return mmu_set_spte;
  clearSpte(s.large);
}

/** A walk that meets a large SPTE where it wants a small one does not get there. The write to a tracked gfn is emulated. */
export function mmu_set_spte(s: Mmu, { fault }: Faulting): Next {
  const large = mapsLarge(s, fault);
  if (s.large.present && !large) return;
  const spte = large ? s.large : s.spte[fault.addr];
  const tracked = s.gfn_write_track[fault.gfn] === 1;
  spte.present = true;
  spte.writable = !tracked;
  spte.mmu_writable = !tracked;
  if (tracked) return exit;
}

/** Last, and on both paths. */
export function mark_page_dirty(s: Mmu, { fault }: Faulting): void {
  if (fault.logged) s.dirty_bitmap[fault.gfn] = 1;
}
