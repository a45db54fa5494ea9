/** What the fast page fault is about: SPTEs with a D bit at two levels, what they map, and those who may change them. */
import {
  array,
  bit,
  blocked,
  bool,
  forAny,
  type Id,
  type Item,
  idle,
  member,
  type Next,
  NULL,
  pointer,
  range,
  type StateOf,
  spinlock,
  thread,
} from '#notation';
import { dirtyMask } from '../kernel/dirty-bitmap.ts';
import { flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { pageFault } from '../kernel/page-fault.ts';
import { Gfn, lastLevelSpte, leafSpte } from '../kernel/spte.ts';

/** Whoever takes mmu_lock, other than for a fault. */
const Task = range('task');

/** With the D bit, which hardware sets. */
const spte = { ...leafSpte, dirty: bool };

export const state = {
  mmu_lock: spinlock,
  hugepage: bool,
  large: spte,
  spte: array(Gfn, spte),
  /** What each address is mapped to: in a direct MMU itself, else what the guest's page table says. */
  gpte: array(Gfn, pointer(Gfn)),
  gfn_write_track: array(Gfn, bit),
  slot: { logged: bool },
  dirty_bitmap: array(Gfn, bit),
  tlb: tlbs,
  vcpu: thread(Vcpu, { fault: pageFault }),
  task: thread(Task, {
    flushed,
    mask: dirtyMask,
    /** SPTEs that have been protected. */
    done: array(Gfn, bit),
    addr: member(Gfn),
    gfn: member(Gfn),
    large: bool,
    has_volatile_bits: bool,
    /** The D bit of what is zapped. */
    dirty: bool,
  }),
  ghost: {
    unsent: array(Gfn, bit), //  written since the last report
    unsaved: array(Gfn, bit), //  written since the host last wrote it to disk
  },
};
export interface FastPageFault extends StateOf<typeof state> {}
export type Vcpu = FastPageFault['vcpu'][VcpuId];
export type Task = FastPageFault['task'][Id<typeof Task>];
export type Spte = FastPageFault['large'];
export type List<Thread> = readonly Item<FastPageFault, Thread, 'mmu_lock'>[];

// The hardware of a vCPU that is in the guest.

/** For a write: sets D. */
function tlb_fill(s: FastPageFault, vcpu: VcpuId, addr: Gfn): Next {
  const spte = lastLevelSpte(s, addr);
  if (!idle(s.vcpu[vcpu]) || s.tlb[vcpu][addr] || !spte.writable) return blocked;
  spte.dirty = true;
  s.tlb[vcpu][addr] = 1;
}
function guest_write({ vcpu, tlb, gpte, ghost }: FastPageFault, id: VcpuId, addr: Gfn): Next {
  const gfn = gpte[addr];
  if (gfn === NULL || !idle(vcpu[id]) || !tlb[id][addr] || (ghost.unsent[gfn] && ghost.unsaved[gfn])) return blocked;
  ghost.unsent[gfn] = 1;
  ghost.unsaved[gfn] = 1;
}

export const hardware = [forAny(Vcpu, Gfn, tlb_fill), forAny(Vcpu, Gfn, guest_write)];

// Where a run starts.

export function smallPages({ slot, gpte }: FastPageFault): void {
  slot.logged = true;
  gpte.forEach((_, addr) => {
    gpte[addr] = addr;
  });
}
export function trackedPages(s: FastPageFault): void {
  smallPages(s);
  s.gfn_write_track.forEach((_, gfn) => {
    s.gfn_write_track[gfn] = 1;
  });
}
/** It became read-only when the log was switched on. */
export function readOnlyLarge(s: FastPageFault): void {
  smallPages(s);
  s.hugepage = true;
  s.large.present = true;
  s.large.mmu_writable = true;
}
/** And the log has been switched off again. */
export function readOnlyLargeNotLogged(s: FastPageFault): void {
  readOnlyLarge(s);
  s.slot.logged = false;
}

/** Of a guest whose page table is shadowed; it maps one address. */
export function oneAddress({ slot, gpte }: FastPageFault): void {
  slot.logged = true;
  gpte.forEach((_, gfn) => {
    if (gpte.every((each) => each === NULL)) gpte[gfn] = gfn;
  });
}
