/**
 * A stage-2 fault: what the handler does before it walks, and what the walk does to the entry of the range and below
 * it.
 */
import {
  array,
  BUG_ON,
  bit,
  blocked,
  bool,
  exit,
  type Id,
  idle,
  member,
  type Next,
  NULL,
  oneOf,
  pointer,
  type StateOf,
  spinlock,
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
import {
  freeFollow,
  installBlock,
  kvm_set_invalid_pte,
  nextLeaf,
  reloadEntry,
  setEntry,
  unmapLeaf,
  walkOn,
} from '../kernel/stage2-walk.ts';
import { findsNothing, tlb, tlbi, Vcpu } from '../kernel/tlb.ts';

export const state = {
  mmu_lock: spinlock,
  /** The page that holds the entry of the range. */
  root: counted,
  entry: stage2Entry,
  table: stage2Tables,
  /**
   * The guest's memory behind the range: userspace has a reference; each page is clean to the point of coherency or not
   * yet.
   */
  memory: { ...counted, cleaned: array(Leaf, bit) },
  /** The memslot's dirty log: blocks are then read-only, and what is written is mapped by pages. */
  logging: bool,
  fwb: bool,
  tlb: array(Vcpu, tlb),
  vcpu: thread(Vcpu, {
    addr: member(Leaf),
    force_pte: bool,
    /** The walker's copy of the entry, and what that points to; the page it has come to. */
    old: oneOf('none', 'block', 'table'),
    childp: pointer(Table),
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
/**
 * A write to what the dirty log has made read-only: a block when it starts, and pages that are so after it has stopped.
 */
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

/**
 * Cache maintenance of all that the fault will map, page by page. With FWB the guest cannot read memory past the cache.
 */
export function clean_dcache_guest_page(s: Coalesce, vcpu: Vcpu): Next {
  if (s.fwb) return;
  s.memory.cleaned[vcpu.force_pte ? vcpu.addr : vcpu.i] = 1;
  if (!vcpu.force_pte && nextLeaf(vcpu, s.memory.cleaned)) return clean_dcache_guest_page;
}
/** "the cacheability has not been changed, the cache maintenance opreations can be skipped" */
export function skipIfCoalescing(s: Coalesce, vcpu: Vcpu): Next {
  if (!vcpu.force_pte && tableOf(s) !== NULL) return exit;
}

// The walk: one of three callbacks, by what the entry is and what is to be mapped.

/** A table that is to become a block. */
export function stage2_map_walk_table_pre(s: Coalesce, vcpu: Vcpu): Next {
  const table = tableOf(s);
  if (vcpu.force_pte || table === NULL) return blocked;
  vcpu.old = 'table';
  vcpu.childp = table;
}
/** `free_page(kvm_pte_follow(*ptep))`: an invalid entry still holds the address, a block holds another one. */
export function freeChild(s: Coalesce): void {
  const { kind, child } = s.entry;
  if (kind === 'block') put_page(s.memory);
  else put_table(s, child as Table);
}
/** A block where there was nothing; where there is one already it is the same. */
export function stage2_map_walker_try_leaf(s: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.force_pte || tableOf(s) !== NULL) return blocked;
  if (isBlock(s) || s.entry.locked) return exit; //  -EAGAIN
  vcpu.old = 'none';
}
/** The same without looking whether it is the same. */
export function updateAnyway(s: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.force_pte || tableOf(s) !== NULL) return blocked;
  if (isBlock(s)) return;
  firstBlock(s);
  return exit;
}
export function firstBlock(s: Coalesce): void {
  get_page(s.root);
  setEntry(s, 'block', NULL);
}

/** A page, in a table that may have to take the place of a block first. */
export function stage2_map_walk_leaf(s: Coalesce, vcpu: Vcpu): Next {
  if (!vcpu.force_pte) return blocked;
  if (s.entry.locked) return exit; //  -EAGAIN
  vcpu.old = s.entry.valid ? s.entry.kind : 'none';
  vcpu.childp = s.entry.child;
  if (vcpu.old === 'table') return samePage;
  vcpu.childp = zalloc_page(s);
  if (vcpu.childp === NULL) return exit; //  -ENOMEM
}
/** The page of the entry loses the reference for the block, and gets one for the table. */
export function breakBlock(s: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old === 'none') return kvm_set_table_pte;
  s.entry.valid = false;
  put_page(s.root);
}
export function breakWithoutPut(s: Coalesce, vcpu: Vcpu): Next {
  if (vcpu.old === 'none') return kvm_set_table_pte;
  s.entry.valid = false;
}
export function kvm_set_table_pte(s: Coalesce, vcpu: Vcpu): void {
  get_page(s.root);
  setEntry(s, 'table', vcpu.childp);
}
export function samePage(s: Coalesce, vcpu: Vcpu): Next {
  if (s.table[vcpu.childp as Table].ptes[vcpu.addr]) return exit; //  -EAGAIN
}
/**
 * One transition: to whoever maps the same page meanwhile, a page that is locked and one that is mapped are the same.
 */
export function mapPage(s: Coalesce, vcpu: Vcpu): Next {
  const table = vcpu.childp as Table;
  if (s.table[table].ptes[vcpu.addr]) return exit; //  -EAGAIN
  map_pte(s, table, vcpu.addr);
}

// With others in walks too, an entry is broken by compare-and-exchange, and a table outlives who can be in it.

/** Whether the entry is still what the walker's copy says. */
function unchanged({ entry }: Coalesce, vcpu: Vcpu): boolean {
  if (entry.locked || (entry.valid ? entry.kind : 'none') !== vcpu.old) return false;
  return vcpu.old !== 'table' || entry.child === vcpu.childp;
}
export function stage2_try_break_pte(s: Coalesce, vcpu: Vcpu): Next {
  if (!unchanged(s, vcpu)) return exit; //  -EAGAIN
  s.entry.valid = false;
  s.entry.locked = true;
}
/** For a table that is not linked yet. */
export function tryBreakOrFree(s: Coalesce, vcpu: Vcpu): Next {
  if (!unchanged(s, vcpu)) {
    put_table(s, vcpu.childp as Table);
    return exit; //  -EAGAIN
  }
  s.entry.valid = false;
  s.entry.locked = true;
  if (vcpu.old === 'none') return kvm_set_table_pte;
  put_page(s.root);
}
/** Without comparing. */
export function breakByStore(s: Coalesce): void {
  s.entry.valid = false;
  s.entry.locked = true;
}
/** Without the marker. */
export function breakToZero(s: Coalesce, vcpu: Vcpu): Next {
  if (!unchanged(s, vcpu)) return exit; //  -EAGAIN
  s.entry.valid = false;
}

/** `stage2_free_removed_table`: who is in a walk now may be in the table. */
export function call_rcu(s: Coalesce, vcpu: Vcpu): void {
  const { called, waitsFor } = s.rcu[vcpu.childp as Table];
  BUG_ON(called, 'call_rcu: the table waits to be freed already');
  s.rcu[vcpu.childp as Table].called = true;
  s.vcpu.forEach((each) => {
    if (!idle(each)) waitsFor[each.id] = 1;
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

/** Steps that claims ask for. */
export const coalesceSteps = {
  breakByStore,
  call_rcu,
  clean_dcache_guest_page,
  freeChild,
  freeFollow,
  installBlock,
  kvm_set_invalid_pte,
  mapPage,
  reloadEntry,
  stage2_map_walk_leaf,
  stage2_map_walk_table_pre,
  stage2_map_walker_try_leaf,
  stage2_try_break_pte,
  unmapLeaf,
  updateAnyway,
  walkOn,
};
