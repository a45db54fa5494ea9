/** A stage-2 fault: what the handler does before it walks, and what the walk does to the entry of the range and below it. */
import {
  array,
  bit,
  blocked,
  bool,
  exit,
  holds,
  type Id,
  member,
  type Next,
  NULL,
  oneOf,
  pointer,
  rwlock,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import {
  counted,
  get_page,
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
import { findsNothing, tlb, tlbi, Vcpu } from '../kernel/tlb.ts';

export const state = {
  mmu_lock: rwlock,
  /** The page that holds the entry of the range. */
  root: counted,
  entry: stage2Entry,
  table: stage2Tables,
  /** The guest's memory behind the range: userspace has a reference; each page is clean to the point of coherency or not yet. */
  memory: { ...counted, cleaned: array(Leaf, bit) },
  /** The memslot's dirty log: blocks are then read-only, and what is written is mapped by pages. */
  logging: bool,
  fwb: bool,
  tlb: array(Vcpu, tlb),
  vcpu: thread(Vcpu, {
    addr: member(Leaf),
    force_pte: bool,
    /** The walker's copy of the entry, and what it points to. */
    old: oneOf('none', 'block', 'table'),
    childp: pointer(Table),
    follow: pointer(Table),
    i: upTo(Leaf),
    tlbi,
  }),
  /** RCU: the tables to be freed, and the readers that each still waits for. */
  rcu: array(Table, { called: bool, waitsFor: array(Vcpu, bit) }),
};
export interface Coalesce extends StateOf<typeof state> {}
export type Vcpu = Coalesce['vcpu'][Id<typeof Vcpu>];

// user_mem_abort

/** An address of which no CPU has a translation, and the walk finds none. */
export function translation_fault(s: Coalesce, vcpu: Vcpu, addr: Leaf): Next {
  if (!findsNothing(s, vcpu.id, addr)) return blocked;
  begin(s, vcpu, addr);
}
/** A write to what the dirty log has made read-only: a block when it starts, and pages that are so after it has stopped. */
export function permission_fault(s: Coalesce, vcpu: Vcpu, addr: Leaf): Next {
  const table = tableOf(s);
  const readOnly = s.logging ? isBlock(s) : table !== NULL && s.table[table].ptes[addr] === 1;
  if (!readOnly) return blocked;
  begin(s, vcpu, addr);
}
function begin({ logging }: Coalesce, vcpu: Vcpu, addr: Leaf): void {
  vcpu.addr = addr;
  vcpu.force_pte = logging;
  vcpu.i = 0;
}

/** Cache maintenance of all that the fault will map, page by page. With FWB the guest cannot read memory past the cache. */
export function clean_dcache_guest_page(s: Coalesce, vcpu: Vcpu): Next {
  if (s.fwb) return;
  s.memory.cleaned[vcpu.force_pte ? vcpu.addr : vcpu.i] = 1;
  vcpu.i++;
  if (!vcpu.force_pte && vcpu.i < s.memory.cleaned.length) return clean_dcache_guest_page;
}
/** "the cacheability has not been changed, the cache maintenance opreations can be skipped" */
export function skipIfCoalescing(s: Coalesce, vcpu: Vcpu): Next {
  if (!vcpu.force_pte && tableOf(s) !== NULL) return exit;
}

// The walk: one of three callbacks, by what the entry is and what is to be mapped.

/** The walker's copy of the entry. */
export function kvm_pgtable_visit(s: Coalesce, vcpu: Vcpu): Next {
  const { kind, valid, locked, child } = s.entry;
  if (locked) return exit; //  somebody else is changing it: -EAGAIN
  vcpu.old = valid ? kind : 'none';
  vcpu.childp = valid ? child : NULL;
}

/** A table that is to become a block. */
export function stage2_map_walk_table_pre(_: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old !== 'table' || vcpu.force_pte) return blocked;
  vcpu.follow = vcpu.childp;
  vcpu.i = 0;
}
export function kvm_set_invalid_pte(s: Coalesce): void {
  s.entry.valid = false;
}
/** A release store. The page of the entry keeps the reference that it has for the table. */
export function installBlock(s: Coalesce): void {
  setEntry(s, 'block', NULL);
}
export function installBlockNT(s: Coalesce): void {
  setEntry(s, 'block', NULL);
  s.entry.nT = true;
}
/** The walk below the entry, by the walker's copy: "the sub-level page mappings will be unmapped". */
export function unmapLeaf(s: Coalesce, vcpu: Vcpu): Next {
  const table = vcpu.childp as Table;
  if (s.table[table].ptes[vcpu.i]) put_table(s, table);
  vcpu.i++;
  if (vcpu.i < s.table[table].ptes.length) return unmapLeaf;
}
/** `free_page(kvm_pte_follow(*ptep))`: an invalid entry still holds the address, a block holds another one. */
export function freeChild(s: Coalesce): void {
  const { kind, child } = s.entry;
  if (kind === 'block') put_page(s.memory);
  else put_table(s, child as Table);
}
/** `free_page(data->follow)`. */
export function freeFollow(s: Coalesce, vcpu: Vcpu): void {
  put_table(s, vcpu.follow as Table);
}
/** After a callback the walker goes by what the entry is now. */
export function reloadEntry(s: Coalesce): Next {
  if (tableOf(s) === NULL) return exit;
}
/** After a callback the walker goes by its copy. */
export function walkOn(s: Coalesce, vcpu: Vcpu): void {
  vcpu.i = s.table[vcpu.childp as Table].ptes[vcpu.addr];
}

/** A block where there was nothing; where there is one already it is the same. */
export function stage2_map_walker_try_leaf(_: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old === 'table' || vcpu.force_pte) return blocked;
  if (vcpu.old === 'block') return exit; //  -EAGAIN
}
/** The same without looking whether it is the same. */
export function updateAnyway(_: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old === 'table' || vcpu.force_pte) return blocked;
  if (vcpu.old === 'none') return firstBlock;
}
export function firstBlock(s: Coalesce): void {
  setEntry(s, 'block', NULL);
  get_page(s.root);
}

/** A page, in a table that may have to take the place of a block first. */
export function stage2_map_walk_leaf(s: Coalesce, vcpu: Vcpu): Next {
  if (!vcpu.force_pte) return blocked;
  if (vcpu.old === 'table') return mapPage;
  const childp = zalloc_page(s);
  if (childp === NULL) return exit; //  -ENOMEM
  vcpu.childp = childp;
}
export function breakBlock(s: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old === 'none') return kvm_set_table_pte;
  s.entry.valid = false;
}
export function putOld(s: Coalesce): void {
  put_page(s.root);
}
export function kvm_set_table_pte(s: Coalesce, vcpu: Vcpu): void {
  setEntry(s, 'table', vcpu.childp);
  get_page(s.root);
}
export function mapPage(s: Coalesce, vcpu: Vcpu): Next {
  const table = vcpu.childp as Table;
  if (s.table[table].ptes[vcpu.addr]) return exit; //  -EAGAIN
  map_pte(s, table, vcpu.addr);
}

// With mmu_lock held for reading an entry is broken by compare-and-exchange, and tables outlive the walks that can be in them.

/** Whether the entry is still what the walker's copy says. */
function unchanged({ entry }: Coalesce, { old, childp }: Vcpu): boolean {
  if (entry.locked || (entry.valid ? entry.kind : 'none') !== old) return false;
  return old !== 'table' || entry.child === childp;
}
export function stage2_try_break_pte(s: Coalesce, vcpu: Vcpu): Next {
  if (!unchanged(s, vcpu)) return exit; //  -EAGAIN
  s.entry.valid = false;
  s.entry.locked = true;
}
/** For a table that is not linked yet. */
export function tryBreakOrFree(s: Coalesce, vcpu: Vcpu): Next {
  if (unchanged(s, vcpu)) {
    s.entry.valid = false;
    s.entry.locked = true;
    return vcpu.old === 'none' ? kvm_set_table_pte : undefined;
  }
  put_table(s, vcpu.childp as Table);
  return exit;
}
/** With 0 for the marker. */
export function breakToZero(s: Coalesce, vcpu: Vcpu): Next {
  if (!unchanged(s, vcpu)) return exit;
  s.entry.valid = false;
}

/** `stage2_free_removed_table`: who is in a walk now may be in the table. */
export function call_rcu(s: Coalesce, vcpu: Vcpu): void {
  const { waitsFor } = s.rcu[vcpu.follow as Table];
  s.rcu[vcpu.follow as Table].called = true;
  s.vcpu.forEach((each) => {
    if (holds(s.mmu_lock, each)) waitsFor[each.id] = 1;
  });
}
/** `kvm_pgtable_walk_end` */
export function rcu_read_unlock(s: Coalesce, { id }: Vcpu): void {
  s.rcu.forEach(({ waitsFor }) => {
    waitsFor[id] = 0;
  });
}
/** `kvm_pgtable_stage2_free_removed` */
export function stage2_free_removed_table_rcu_cb(s: Coalesce, table: Table): Next {
  const { called, waitsFor } = s.rcu[table];
  if (!called || waitsFor.includes(1)) return blocked;
  s.rcu[table].called = false;
  s.table[table].ptes.forEach((mapped) => {
    if (mapped) put_page(s.table[table]);
  });
  put_table(s, table);
}

function setEntry({ entry }: Coalesce, kind: 'block' | 'table', child: Coalesce['entry']['child']): void {
  entry.kind = kind;
  entry.valid = true;
  entry.locked = false;
  entry.nT = false;
  entry.child = child;
}

/** Steps that claims ask for. */
export const coalesceSteps = {
  call_rcu,
  clean_dcache_guest_page,
  freeChild,
  freeFollow,
  kvm_pgtable_visit,
  kvm_set_invalid_pte,
  mapPage,
  stage2_map_walk_table_pre,
  stage2_map_walker_try_leaf,
  unmapLeaf,
  updateAnyway,
  walkOn,
};
