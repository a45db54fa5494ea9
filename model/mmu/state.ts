/** What the whole MMU is about: SPTEs, the rmaps they are found by, TLBs, the dirty bitmap, and the host's page tables. */
import {
  array,
  bit,
  blocked,
  forAny,
  type Id,
  type Item,
  idle,
  member,
  type Next,
  range,
  type StateOf,
  spinlock,
  thread,
  upTo,
} from '#notation';
import { dirtyMask } from '../kernel/dirty-bitmap.ts';
import { flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { Invalidation, type InvalidationId, notifier } from '../kernel/notifier.ts';
import { pteListDescs, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';
import { Gfn, leafSpte } from '../kernel/spte.ts';

const Ioctl = range('ioctl');

/** Locals of whoever changes an rmap. */
const op = { ...pteListOp, rmap_head: member(Gfn) };

export const state = {
  mmu_lock: spinlock,
  /** `slot->arch.rmap`. */
  rmap_head: array(Gfn, rmapHead),
  desc: pteListDescs,
  /** The last-level SPTEs of all shadow pages. What each maps is given with its address. */
  spte: array(Spte, { gfn: member(Gfn), ...leafSpte, pfn: upTo(Invalidation) }),
  gfn_write_track: array(Gfn, bit),
  dirty_bitmap: array(Gfn, bit),
  tlb: tlbs,
  kvm: notifier,
  /** The host's page tables: of each gfn, how often it has got another page. */
  host: array(Gfn, { pfn: upTo(Invalidation) }),
  vcpu: thread(Vcpu, { op, mmu_seq: upTo(Invalidation), pfn: upTo(Invalidation), flushed }),
  /** KVM_GET_DIRTY_LOG. */
  ioctl: thread(Ioctl, { mask: dirtyMask, flushed }),
  /** The host, which takes pages away. */
  mm: thread(Invalidation, { op, gfn: member(Gfn), flushed }),
  ghost: { unsent: array(Gfn, bit) }, //  written since the last report
};
export interface Mmu extends StateOf<typeof state> {}
export type Vcpu = Mmu['vcpu'][VcpuId];
export type Ioctl = Mmu['ioctl'][Id<typeof Ioctl>];
export type Mm = Mmu['mm'][InvalidationId];
export type List<Thread> = readonly Item<Mmu, Thread, 'mmu_lock'>[];

// The hardware of a vCPU that is in the guest.

/** By any of the SPTEs: what is cached is kept by the gfn alone. */
function tlb_fill({ vcpu, spte, tlb }: Mmu, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || tlb[id][gfn] || !spte.some((each) => each.writable && each.gfn === gfn)) return blocked;
  tlb[id][gfn] = 1;
}
function guest_write({ vcpu, tlb, ghost }: Mmu, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || !tlb[id][gfn] || ghost.unsent[gfn]) return blocked;
  ghost.unsent[gfn] = 1;
}

export const hardware = [forAny(Vcpu, Gfn, tlb_fill), forAny(Vcpu, Gfn, guest_write)];

// Where a run starts: nothing is mapped yet.

/** All addresses are mapped to one gfn. */
export function oneRmap(): void {}

/** Addresses are mapped to the gfns in turn. */
export function rmapsInTurn({ spte, rmap_head }: Mmu): void {
  const gfns: Gfn[] = [];
  rmap_head.forEach((_, gfn) => gfns.push(gfn));
  let next = 0;
  for (const each of spte) each.gfn = gfns[next++ % gfns.length] as Gfn;
}
