/**
 * A table of pages becomes a block again; of all the pages that CPUs may have cached, the one address is invalidated
 * that a fault was for.
 *
 * Models "KVM: arm64: Fix handling of merging tables into a block entry" (3a0b870e3448) (arch/arm64/kvm/hyp/pgtable.c:
 * stage2_map_walk_table_pre, stage2_map_walk_leaf, stage2_map_walk_table_post).
 *
 * Assumes that the log has just stopped: every page is mapped, and a fault is served by a block. What else may go wrong
 * with the order of these steps is the model `coalesce`.
 */
import {
  array,
  blocked,
  exit,
  forAny,
  holding,
  type Id,
  member,
  model,
  type Next,
  NULL,
  pointer,
  type StateOf,
  spinlock,
  thread,
  upTo,
} from '#notation';
import { isBlock, Leaf, stage2Entry, stage2Tables, Table, tableOf } from '../kernel/stage2.ts';
import { freeFollow, installBlock, kvm_set_invalid_pte, mapInTable, unmapLeaf } from '../kernel/stage2-walk.ts';
import { flushAddress, flushVmid, hardwareWalk, tlb, tlbi, Vcpu } from '../kernel/tlb.ts';

const state = {
  mmu_lock: spinlock,
  entry: stage2Entry,
  table: stage2Tables,
  tlb: array(Vcpu, tlb),
  vcpu: thread(Vcpu, { addr: member(Leaf), childp: pointer(Table), i: upTo(Leaf), tlbi }),
};
export interface OneAddressFlushed extends StateOf<typeof state> {}
type Vcpu = OneAddressFlushed['vcpu'][Id<typeof Vcpu>];

function permission_fault(s: OneAddressFlushed, vcpu: Vcpu, addr: Leaf): Next {
  if (isBlock(s)) return blocked;
  vcpu.addr = addr;
}

function stage2_map_walk_table_pre(s: OneAddressFlushed, vcpu: Vcpu): Next {
  vcpu.childp = tableOf(s);
  if (vcpu.childp === NULL) return exit;
  vcpu.i = 0;
}

function everyPageMapped(s: OneAddressFlushed): void {
  s.tlb.forEach((_, cpu) => s.tlb[cpu].stage2.pages.forEach((__, leaf) => mapInTable(s, leaf)));
}

function merging(flush: typeof flushVmid) {
  const walk = [stage2_map_walk_table_pre, kvm_set_invalid_pte, flush, unmapLeaf, freeFollow, installBlock];
  return { vcpu: [forAny(Leaf, permission_fault), ...holding('mmu_lock', ...walk)] };
}

export const oneAddressFlushed = model({
  name: 'museum/3a0b870e3448',
  about: 'a table becomes a block when only one of its pages has been invalidated',
  state,
  bounds: { vcpu: 2, leaf: 2, table: 1 },
  actions: hardwareWalk,
  initial: [everyPageMapped],
  variants: { 'address-flushed': merging(flushAddress), 'vmid-flushed': merging(flushVmid) },
});
