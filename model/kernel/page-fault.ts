/**
 * A write fault in an MMU that may map a large page: without mmu_lock where an SPTE is only write-protected, else under it. Whoever
 * calls sets `fault` first, as `kvm_mmu_do_page_fault()` does.
 */
import { blocked, bool, exit, member, type Next, type Row, type ValueOf } from '#notation';
import { clearSpte, Gfn, lastLevelSpte, type LeafSpte, make_spte, type PageTable } from './spte.ts';

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
export interface Faulting {
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

/** Whether an SPTE without W may be given it. */
export type FastRule = (spte: LeafSpte, large: boolean, logged: boolean) => boolean;

/** At which levels: the rule of 2013, today's, and none. */
export const fastRules = {
  levelOne: ({ mmu_writable }, large) => mmu_writable && !large,
  largeUnlessLogged: ({ mmu_writable }, large, logged) => mmu_writable && !(large && logged),
  anyLevel: ({ mmu_writable }) => mmu_writable,
} satisfies Record<string, FastRule>;

/** Whether an SPTE is only write-protected, and may be given W. */
export function isFixableBy(rule: FastRule): FastRule {
  return (spte, large, logged) => spte.present && !spte.writable && rule(spte, large, logged);
}

/** Walks and, where the rule allows it, compares and exchanges. What it does not fix is left to the slow path. */
export function fastPath(rule: FastRule) {
  const fixable = isFixableBy(rule);
  function fast_page_fault(s: PageTable, { fault }: Faulting): Next {
    const large = s.large.present;
    if (!fixable(lastLevelSpte(s, fault.addr), large, fault.logged)) return blocked;
    fault.large = large;
  }
  function fast_pf_fix_direct_spte(s: PageTable, { fault }: Faulting): Next {
    const spte = walkedSpte(s, fault);
    if (!fixable(spte, fault.large, fault.logged)) return exit; //  the guest faults again
    spte.writable = true;
  }
  return [fast_page_fault, fast_pf_fix_direct_spte] as const;
}

/** The SPTE at which a walk has ended. */
export function walkedSpte(s: PageTable, { addr, large }: Pick<PageFault, 'addr' | 'large'>): LeafSpte {
  return large ? s.large : s.spte[addr];
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

/** A walk that meets a large SPTE on its way to a small one does not get there. A write to a tracked gfn is emulated. */
export function mmu_set_spte(s: Mmu, { fault }: Faulting): Next {
  const large = mapsLarge(s, fault);
  const tracked = s.gfn_write_track[fault.gfn] === 1;
  if (large || !s.large.present) {
    make_spte(large ? s.large : s.spte[fault.addr], tracked);
  }
  if (tracked) return exit;
}

/** Last, and on both paths. */
export function mark_page_dirty(s: Mmu, { fault }: Faulting): void {
  if (fault.logged) s.dirty_bitmap[fault.gfn] = 1;
}
