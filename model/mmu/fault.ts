/** Write faults of a vCPU: on an SPTE that is only write-protected without mmu_lock, on any other under it. */
import { atomically, blocked, exit, forAny, holding, type Next } from '#notation';
import { mmu_invalidate_retry } from '../kernel/notifier.ts';
import { fastRules, isFixableBy } from '../kernel/page-fault.ts';
import { Spte } from '../kernel/pte-list-shape.ts';
import type { PteListPolicy } from '../kernel/pte-list.ts';
import { Gfn, type LeafSpte, make_spte } from '../kernel/spte.ts';
import type { List, Mmu, Vcpu } from './state.ts';

// Without mmu_lock. Which of a gfn's addresses a fault is for does not matter until its SPTE is stored.

function isFixable(spte: LeafSpte): boolean {
  return isFixableBy(fastRules.levelOne)(spte, false, true);
}

export function fast_page_fault({ spte }: Mmu, { op }: Vcpu, gfn: Gfn): Next {
  if (!spte.some((each) => each.gfn === gfn && isFixable(each))) return blocked;
  op.rmap_head = gfn;
}
export function fast_pf_fix_direct_spte({ spte }: Mmu, { op }: Vcpu, addr: Spte): Next {
  if (spte[addr].gfn !== op.rmap_head) return blocked;
  if (!isFixable(spte[addr])) return exit; //  the guest faults again
  spte[addr].writable = true;
}

/** On both paths; and by the emulator, where the gfn is write-tracked. */
export function mark_page_dirty({ dirty_bitmap }: Mmu, { op }: Vcpu): void {
  dirty_bitmap[op.rmap_head] = 1;
}

// Under mmu_lock.

function page_fault({ spte, gfn_write_track }: Mmu, { op }: Vcpu, gfn: Gfn): Next {
  const isEnough = (each: LeafSpte) => each.present && (each.writable || isFixable(each) || gfn_write_track[gfn] === 1);
  if (spte.every((each) => each.gfn !== gfn || isEnough(each))) return blocked;
  op.rmap_head = gfn;
}
export function kvm_faultin_pfn({ kvm, host }: Mmu, vcpu: Vcpu): void {
  vcpu.mmu_seq = kvm.mmu_invalidate_seq;
  vcpu.pfn = host[vcpu.op.rmap_head].pfn;
}
/** Goes on to map the page, unless it may be stale. */
function mapUnless(isStale: typeof mmu_invalidate_retry) {
  return function direct_page_fault({ kvm }: Mmu, { mmu_seq }: Vcpu): Next {
    if (isStale(kvm, mmu_seq)) return exit;
  };
}

/** Whether an SPTE is in its rmap already. */
type Rmapped = (spte: LeafSpte) => boolean;

function setSpte(isRmapped: Rmapped) {
  return function mmu_set_spte(s: Mmu, { op, pfn }: Vcpu, addr: Spte): Next {
    const spte = s.spte[addr];
    if (spte.gfn !== op.rmap_head) return blocked;
    const was_rmapped = isRmapped(spte);
    make_spte(spte, s.gfn_write_track[op.rmap_head] === 1);
    spte.pfn = pfn;
    op.spte = addr;
    if (was_rmapped) return exit;
  };
}

/** What differs between variants of a fault. */
export interface FaultParts {
  fast?: List<Vcpu>;
  isStale?: typeof mmu_invalidate_retry;
  isRmapped?: Rmapped;
}

/**
 * Both paths. A fast walk leaves nothing but what its exchange compares with, so that the two are one step. Of what the slow path does
 * under mmu_lock, others can see one thing: the store to the SPTE.
 */
export function faults(
  { add }: PteListPolicy,
  {
    fast = [atomically(forAny(Gfn, fast_page_fault), forAny(Spte, fast_pf_fix_direct_spte)), mark_page_dirty],
    isStale = mmu_invalidate_retry,
    isRmapped = ({ present }) => present,
  }: FaultParts,
): List<Vcpu>[] {
  const rmap_add = [forAny(Spte, setSpte(isRmapped)), ...add];
  return [
    fast,
    [
      atomically(forAny(Gfn, page_fault), kvm_faultin_pfn),
      atomically(...holding('mmu_lock', mapUnless(isStale), rmap_add, mark_page_dirty)),
    ],
  ];
}
