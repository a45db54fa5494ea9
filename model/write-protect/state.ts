/** What write protection is about: SPTEs at two levels, a slot whose dirty pages may be logged, and the TLBs of the vCPUs. */
import {
  array,
  bit,
  blocked,
  bool,
  forAny,
  type Id,
  type Item,
  idle,
  type Next,
  range,
  type StateOf,
  spinlock,
  thread,
} from '#notation';
import { dirtyMask } from '../kernel/dirty-bitmap.ts';
import { flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { pageFault } from '../kernel/page-fault.ts';
import { Gfn, lastLevelSpte, leafSpte } from '../kernel/spte.ts';
import { srcu } from '../kernel/srcu.ts';

const Ioctl = range('ioctl');

export const state = {
  mmu_lock: spinlock,
  hugepage: bool,
  large: leafSpte,
  spte: array(Gfn, leafSpte),
  gfn_write_track: array(Gfn, bit),
  slot: { logged: bool, initiallySet: bool },
  dirty_bitmap: array(Gfn, bit),
  tlb: tlbs,
  srcu,
  vcpu: thread(Vcpu, { fault: pageFault, flushed }),
  /** Which small SPTEs it has protected, and for which of them it must flush by their own word. */
  ioctl: thread(Ioctl, { mask: dirtyMask, done: array(Gfn, bit), flushFor: array(Gfn, bit), flushed }),
  ghost: { unsent: array(Gfn, bit) }, //  written since the last report
};
export interface WriteProtect extends StateOf<typeof state> {}
export type Vcpu = WriteProtect['vcpu'][VcpuId];
export type Ioctl = WriteProtect['ioctl'][Id<typeof Ioctl>];
export type List<Thread> = readonly Item<WriteProtect, Thread, 'mmu_lock'>[];

// The hardware of a vCPU that is in the guest. What is written before the log is on is of no interest.

function tlb_fill(s: WriteProtect, vcpu: VcpuId, gfn: Gfn): Next {
  if (!idle(s.vcpu[vcpu]) || s.tlb[vcpu][gfn] || !lastLevelSpte(s, gfn).writable) return blocked;
  s.tlb[vcpu][gfn] = 1;
}
function guest_write({ vcpu, slot, tlb, ghost }: WriteProtect, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || !slot.logged || !tlb[id][gfn] || ghost.unsent[gfn]) return blocked;
  ghost.unsent[gfn] = 1;
}
export const hardware = [forAny(Vcpu, Gfn, tlb_fill), forAny(Vcpu, Gfn, guest_write)];

// Where a run starts: nothing mapped, and no log.

export function smallPages(): void {}
export function largePage(s: WriteProtect): void {
  s.hugepage = true;
}
/** KVM_DIRTY_LOG_INITIALLY_SET: when the log is switched on, nothing is protected, and all dirty bits are set. */
export function largePageInitiallySet(s: WriteProtect): void {
  s.hugepage = true;
  s.slot.initiallySet = true;
}
