/** SPTEs that are taken away under mmu_lock, with their rmap entries: of a shadow page that makes room, or all of one gfn. */
import { atomically, blocked, exit, forAny, type Item, type Next, NULL, type Row } from '#notation';
import { type PteListCaller, Spte } from '../kernel/pte-list-shape.ts';
import type { PteListPolicy } from '../kernel/pte-list.ts';
import { clearSpte, Gfn } from '../kernel/spte.ts';
import type { List, Mmu, Vcpu } from './state.ts';

/** What is left in the locals of an operation is of no more use: states that differ in nothing else become one. */
export function forgetOp(s: Mmu, { op }: PteListCaller<Gfn>): void {
  op.rmap_head = firstOf(s.rmap_head);
  op.spte = firstOf(s.spte);
  op.desc = firstOf(s.desc);
  op.from = firstOf(s.desc);
  op.prev_desc = NULL;
  op.moved = NULL;
  op.i = 0;
  op.j = 0;
  op.iter.desc = NULL;
  op.iter.pos = 0;
}

function firstOf<Member, Value>(row: Row<Member, Value>): Member {
  return row.findIndex(() => true) as Member;
}

function drop_spte({ spte }: Mmu, dropped: Spte): void {
  clearSpte(spte[dropped]);
  spte[dropped].pfn = 0;
}

/** `kvm_zap_all_rmap_sptes()`, of `op.rmap_head`. The function that calls it returns when there is none. */
export function zapRmap({ destroy }: PteListPolicy): readonly Item<Mmu, PteListCaller<Gfn>, never>[] {
  return [...destroy<Gfn, Omit<Mmu, 'rmap_head' | 'desc'>>(drop_spte), forgetOp];
}

function mmu_page_zap_pte(s: Mmu, { op }: Vcpu, spte: Spte): Next {
  if (!s.spte[spte].present) return blocked;
  op.spte = spte;
  op.rmap_head = s.spte[spte].gfn;
  drop_spte(s, spte);
}
/** How long an rmap must be to be recycled is left open; one that has outgrown its head word may be. */
function rmap_recycle(s: Mmu, { op }: Vcpu, gfn: Gfn): Next {
  if (s.rmap_head[gfn].desc === NULL) return exit;
  op.rmap_head = gfn;
}

/** The zap of a page that makes room; then the TLBs are to be flushed. */
export function zapPage({ remove }: PteListPolicy): List<Vcpu> {
  return [atomically(forAny(Spte, mmu_page_zap_pte), [...remove], forgetOp)];
}

/** The recycling of an rmap; then the TLBs are to be flushed. */
export function recycle(rmap: PteListPolicy, ...after: List<Vcpu>): List<Vcpu> {
  return [atomically(forAny(Gfn, rmap_recycle), ...zapRmap(rmap), ...after)];
}
