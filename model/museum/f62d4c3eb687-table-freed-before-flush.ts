/**
 * A range is unmapped: its table is freed while CPUs still walk through it, because all invalidation has been put off
 * to the end; and what was left of that when it came in time, and with a level hint, by which walk caches may keep what
 * they have.
 *
 * Models "KVM: arm64: Don't defer TLB invalidation when zapping table entries" (f62d4c3eb687) and "KVM: arm64: Don't
 * pass a TLBI level hint when zapping table entries" (36e008323926) (arch/arm64/kvm/hyp/pgtable.c: stage2_unmap_walker,
 * stage2_unmap_put_pte, kvm_pgtable_stage2_unmap).
 *
 * Assumes a range of one table, mapped by pages. Leaves are invalidated at the end, which is right.
 */
import {
  array,
  blocked,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  member,
  model,
  type Next,
  NULL,
  pointer,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { Leaf, put_table, stage2Entry, stage2Tables, Table, tableOf } from '../kernel/stage2.ts';
import { mapInTable, nextLeaf } from '../kernel/stage2-walk.ts';
import {
  findsNothing,
  flushAddress,
  flushAddressAtLevel,
  flushRange,
  hardwareWalk,
  tlb,
  tlbi,
  Vcpu,
} from '../kernel/tlb.ts';

const Notifier = symmetric('notifier');

const state = {
  mmu_lock: spinlock,
  entry: stage2Entry,
  table: stage2Tables,
  tlb: array(Vcpu, tlb),
  vcpu: thread(Vcpu, { addr: member(Leaf) }),
  notifier: thread(Notifier, { addr: member(Leaf), childp: pointer(Table), i: upTo(Leaf), tlbi }),
};
export interface TableFreedBeforeFlush extends StateOf<typeof state> {}
type Vcpu = TableFreedBeforeFlush['vcpu'][Id<typeof Vcpu>];
type Notifier = TableFreedBeforeFlush['notifier'][Id<typeof Notifier>];

function translation_fault(s: TableFreedBeforeFlush, vcpu: Vcpu, addr: Leaf): Next {
  if (!findsNothing(s, vcpu.id, addr)) return blocked;
  vcpu.addr = addr;
}
function stage2_map_walk_leaf(s: TableFreedBeforeFlush, { addr }: Vcpu): void {
  mapInTable(s, addr);
}

function kvm_unmap_gfn_range(s: TableFreedBeforeFlush): Next {
  if (tableOf(s) === NULL) return blocked;
}
function kvm_pgtable_stage2_unmap(s: TableFreedBeforeFlush, notifier: Notifier): Next {
  notifier.childp = tableOf(s);
  if (notifier.childp === NULL) return exit;
  notifier.addr = 0;
  notifier.i = 0;
}
function stage2_unmap_put_leaf(s: TableFreedBeforeFlush, notifier: Notifier): Next {
  const table = notifier.childp as Table;
  const { ptes } = s.table[table];
  if (ptes[notifier.i]) {
    ptes[notifier.i] = 0;
    put_table(s, table);
  }
  if (nextLeaf(notifier, ptes)) return stage2_unmap_put_leaf;
}
function kvm_clear_pte({ entry }: TableFreedBeforeFlush): void {
  entry.kind = 'none';
  entry.valid = false;
  entry.child = NULL;
}
function put_childp(s: TableFreedBeforeFlush, { childp }: Notifier): void {
  put_table(s, childp as Table);
}

function unmapping(...table: Item<TableFreedBeforeFlush, Notifier, 'mmu_lock'>[]) {
  return {
    vcpu: [forAny(Leaf, translation_fault), ...holding('mmu_lock', stage2_map_walk_leaf)],
    notifier: [
      kvm_unmap_gfn_range,
      ...holding('mmu_lock', kvm_pgtable_stage2_unmap, stage2_unmap_put_leaf, ...table, flushRange),
    ],
  };
}

export const tableFreedBeforeFlush = model({
  name: 'museum/f62d4c3eb687',
  about: 'a table is freed while walk caches still lead to it',
  state,
  bounds: { vcpu: 2, leaf: 2, table: 1, notifier: 1 },
  actions: hardwareWalk,
  variants: {
    'flush-deferred': unmapping(kvm_clear_pte, put_childp),
    'flush-with-level': unmapping(kvm_clear_pte, flushAddressAtLevel, put_childp),
    'flush-all-levels': unmapping(kvm_clear_pte, flushAddress, put_childp),
  },
});
