/**
 * The callback on a table entry puts a block in its place and frees the table; the walker goes on by the copy it has of
 * the entry, down into what was freed. Where tables are freed by RCU this does not show; in the protected hypervisor
 * they are freed at once.
 *
 * Models "KVM: arm64: Reload PTE after invoking walker callback on preorder traversal" (a9f0e3d5a089)
 * (arch/arm64/kvm/hyp/pgtable.c: __kvm_pgtable_visit, stage2_map_walk_table_pre, stage2_map_walk_leaf).
 *
 * Assumes that a fault is served by a page or by a block as it comes. Break-before-make and TLBs are the model
 * `coalesce`.
 */
import {
  blocked,
  either,
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
import { isBlock, Leaf, stage2Entry, stage2Tables, Table, tableOf } from '../kernel/stage2.ts';
import { freeFollow, installBlock, mapInTable, reloadEntry, unmapLeaf, walkOn } from '../kernel/stage2-walk.ts';

const Vcpu = symmetric('vcpu');

const state = {
  mmu_lock: spinlock,
  entry: stage2Entry,
  table: stage2Tables,
  vcpu: thread(Vcpu, { addr: member(Leaf), childp: pointer(Table), i: upTo(Leaf) }),
};
export interface FreedTableWalked extends StateOf<typeof state> {}
type Vcpu = FreedTableWalked['vcpu'][Id<typeof Vcpu>];

function page_abort(s: FreedTableWalked, vcpu: Vcpu, addr: Leaf): Next {
  const table = tableOf(s);
  if (table !== NULL && s.table[table].ptes[addr]) return blocked;
  vcpu.addr = addr;
}
function stage2_map_walk_leaf(s: FreedTableWalked, { addr }: Vcpu): void {
  mapInTable(s, addr);
}

function block_abort(s: FreedTableWalked): Next {
  if (isBlock(s)) return blocked;
}
function stage2_map_walk_table_pre(s: FreedTableWalked, vcpu: Vcpu): Next {
  vcpu.childp = tableOf(s);
  if (vcpu.childp === NULL) return exit;
  vcpu.i = 0;
}

function walking(...then: Item<FreedTableWalked, Vcpu, 'mmu_lock'>[]) {
  return {
    vcpu: either(
      [forAny(Leaf, page_abort), ...holding('mmu_lock', stage2_map_walk_leaf)],
      [block_abort, ...holding('mmu_lock', stage2_map_walk_table_pre, installBlock, unmapLeaf, freeFollow, ...then)],
    ),
  };
}

/** Steps that claims ask for. */
export const freedTableWalkedSteps = { freeFollow, stage2_map_walk_table_pre, unmapLeaf, walkOn };

export const freedTableWalked = model({
  name: 'museum/a9f0e3d5a089',
  about: 'a walker goes down into the table that its own callback has freed',
  state,
  bounds: { vcpu: 2, leaf: 2, table: 2 },
  variants: { 'copy-walked': walking(walkOn), 'entry-reloaded': walking(reloadEntry, walkOn) },
});
