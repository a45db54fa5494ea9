/**
 * A subtree that a block has replaced is taken apart by an RCU callback: it drops what the entries hold, and leaves the reference that
 * the root itself was allocated with.
 *
 * Models "KVM: arm64: Drop last page ref in kvm_pgtable_stage2_free_removed()" (f6a27d6dc51b) (arch/arm64/kvm/hyp/pgtable.c:
 * kvm_pgtable_stage2_free_removed, stage2_free_walker, stage2_map_walk_table_pre; arch/arm64/kvm/mmu.c:
 * stage2_free_removed_table_rcu_cb).
 *
 * Assumes a subtree of one table, and a grace period that is over when the callback runs; one callback waits at a time.
 * Break-before-make, TLBs and those who still walk the subtree are the model `coalesce`.
 */
import {
  blocked,
  either,
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
  symmetric,
  thread,
} from '#notation';
import {
  isBlock,
  Leaf,
  map_pte,
  put_page,
  put_table,
  stage2Entry,
  stage2Tables,
  Table,
  tableOf,
  zalloc_page,
} from '../kernel/stage2.ts';

const Vcpu = symmetric('vcpu');
const Notifier = symmetric('notifier');
const Rcu = symmetric('rcu');

const state = {
  mmu_lock: spinlock,
  entry: stage2Entry,
  table: stage2Tables,
  /** The root of a subtree that waits for its callback. */
  removed: pointer(Table),
  vcpu: thread(Vcpu, { leaf: member(Leaf) }),
  notifier: thread(Notifier, {}),
  rcu: thread(Rcu, { pgtable: member(Table) }),
};
export interface DetachedRootNotPut extends StateOf<typeof state> {}
type Vcpu = DetachedRootNotPut['vcpu'][Id<typeof Vcpu>];
type Rcu = DetachedRootNotPut['rcu'][Id<typeof Rcu>];

// A fault that is served by a page, and one that is served by a block, as when logging has been switched off.

function page_abort(s: DetachedRootNotPut, vcpu: Vcpu, leaf: Leaf): Next {
  const table = tableOf(s);
  if (isBlock(s) || (table !== NULL && s.table[table].ptes[leaf])) return blocked;
  vcpu.leaf = leaf;
}

function stage2_map_walk_leaf(s: DetachedRootNotPut, { leaf }: Vcpu): Next {
  if (isBlock(s)) return exit;
  if (tableOf(s) === NULL) {
    const page = zalloc_page(s);
    if (page === NULL) return exit; //  -ENOMEM
    s.entry.kind = 'table';
    s.entry.valid = true;
    s.entry.child = page;
  }
  const table = tableOf(s);
  if (table !== NULL && !s.table[table].ptes[leaf]) map_pte(s, table, leaf);
}

function block_abort(s: DetachedRootNotPut): Next {
  if (isBlock(s)) return blocked;
}

function stage2_map_walk_table_pre(s: DetachedRootNotPut): Next {
  const table = tableOf(s);
  if (table === NULL || s.removed !== NULL) return exit;
  s.removed = table;
  s.entry.kind = 'block';
  s.entry.child = NULL;
}

function kvm_unmap_hva_range(s: DetachedRootNotPut): Next {
  if (!isBlock(s)) return blocked;
}

function stage2_unmap_walker(s: DetachedRootNotPut): Next {
  if (!isBlock(s)) return exit;
  s.entry.valid = false;
  s.entry.kind = 'none';
}

// The callback.

function stage2_free_removed_table_rcu_cb(s: DetachedRootNotPut, rcu: Rcu): Next {
  if (s.removed === NULL) return blocked;
  rcu.pgtable = s.removed;
  s.removed = NULL;
}

function stage2_free_walker(s: DetachedRootNotPut, { pgtable }: Rcu): void {
  const table = s.table[pgtable];
  table.ptes.forEach((valid, leaf) => {
    if (!valid) return;
    table.ptes[leaf] = 0;
    put_page(table);
  });
}

function put_root(s: DetachedRootNotPut, { pgtable }: Rcu): void {
  put_table(s, pgtable);
}

const rest = {
  vcpu: either(
    [forAny(Leaf, page_abort), ...holding('mmu_lock', stage2_map_walk_leaf)],
    [block_abort, ...holding('mmu_lock', stage2_map_walk_table_pre)],
  ),
  notifier: [kvm_unmap_hva_range, ...holding('mmu_lock', stage2_unmap_walker)],
};

export const detachedRootNotPut = model({
  name: 'museum/f6a27d6dc51b',
  about: 'a detached table is never freed: the reference of its allocation is not dropped',
  state,
  bounds: { leaf: 2, table: 2, vcpu: 1, notifier: 1, rcu: 1 },
  variants: {
    'root-not-put': { ...rest, rcu: [stage2_free_removed_table_rcu_cb, stage2_free_walker] },
    'root-put': { ...rest, rcu: [stage2_free_removed_table_rcu_cb, stage2_free_walker, put_root] },
  },
});
