/**
 * Each valid entry of a stage-2 table holds a reference to the table's page; an entry that replaces a valid one takes another, and that of
 * the old one is never dropped.
 *
 * Models "KVM: arm64: Fix memory leak on stage2 update of a valid PTE" (5c646b7e1d8b) (arch/arm64/kvm/hyp/pgtable.c:
 * stage2_map_walker_try_leaf, stage2_unmap_walker).
 *
 * Assumes one table, which is linked by its first entry and freed with its last. Break-before-make and TLBs are the model `coalesce`.
 */
import {
  array,
  blocked,
  bool,
  either,
  exit,
  forAny,
  holding,
  type Id,
  member,
  model,
  type Next,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { get_page, Leaf, put_page } from '../kernel/stage2.ts';

const Vcpu = symmetric('vcpu');
const Notifier = symmetric('notifier');

const state = {
  mmu_lock: spinlock,
  entry: { table: bool },
  /** Of its page, which is free when the count is 0. */
  table: { page_count: upTo(7) },
  pte: array(Leaf, { valid: bool, writable: bool }),
  vcpu: thread(Vcpu, { leaf: member(Leaf), write: bool }),
  notifier: thread(Notifier, { leaf: member(Leaf) }),
};
export interface OldEntryNotPut extends StateOf<typeof state> {}
type Vcpu = OldEntryNotPut['vcpu'][Id<typeof Vcpu>];
type Notifier = OldEntryNotPut['notifier'][Id<typeof Notifier>];

function read_abort({ pte }: OldEntryNotPut, vcpu: Vcpu, leaf: Leaf): Next {
  if (pte[leaf].valid) return blocked;
  vcpu.leaf = leaf;
  vcpu.write = false;
}

function write_abort({ pte }: OldEntryNotPut, vcpu: Vcpu, leaf: Leaf): Next {
  if (pte[leaf].writable) return blocked;
  vcpu.leaf = leaf;
  vcpu.write = true;
}

function stage2_map_walk_leaf({ entry, table }: OldEntryNotPut): void {
  if (entry.table) return;
  table.page_count = 1;
  entry.table = true;
}

function put_old_entry({ pte, table }: OldEntryNotPut, { leaf }: Vcpu): void {
  if (pte[leaf].valid) put_page(table);
}

function stage2_map_walker_try_leaf({ pte, table }: OldEntryNotPut, { leaf, write }: Vcpu): void {
  pte[leaf].valid = true;
  pte[leaf].writable = write;
  get_page(table);
}

function kvm_unmap_hva_range({ pte }: OldEntryNotPut, notifier: Notifier, leaf: Leaf): Next {
  if (!pte[leaf].valid) return blocked;
  notifier.leaf = leaf;
}

function stage2_unmap_walker({ pte, table }: OldEntryNotPut, { leaf }: Notifier): Next {
  if (!pte[leaf].valid) return exit;
  pte[leaf].valid = false;
  pte[leaf].writable = false;
  put_page(table);
}

/** On the way back up: a table whose page is held by nothing but its allocation is taken out. */
function stage2_unmap_table({ entry, table }: OldEntryNotPut): Next {
  if (table.page_count !== 1) return exit;
  entry.table = false;
  put_page(table);
}

const abort = either(forAny(Leaf, read_abort), forAny(Leaf, write_abort));
const notifier = [forAny(Leaf, kvm_unmap_hva_range), ...holding('mmu_lock', stage2_unmap_walker, stage2_unmap_table)];

export const oldEntryNotPut = model({
  name: 'museum/5c646b7e1d8b',
  about: 'an entry that replaces a valid one takes a reference to its table, and that of the old one stays',
  state,
  bounds: { leaf: 2, vcpu: 2, notifier: 1 },
  variants: {
    'old-entry-not-put': {
      vcpu: [abort, ...holding('mmu_lock', stage2_map_walk_leaf, stage2_map_walker_try_leaf)],
      notifier,
    },
    'old-entry-put': {
      vcpu: [abort, ...holding('mmu_lock', stage2_map_walk_leaf, put_old_entry, stage2_map_walker_try_leaf)],
      notifier,
    },
  },
});
