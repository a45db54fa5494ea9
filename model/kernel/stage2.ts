/**
 * Stage-2 tables of arm64, as small as they can be: one entry of the upper level, which maps a block or points to a
 * table of pages, the tables, and the counts that hold their pages.
 *
 * A page holds one reference for its allocation and one for each valid entry in it (`kvm_pgtable_mm_ops`).
 */
import {
  alloc,
  array,
  BUG_ON,
  bit,
  bool,
  free,
  type Id,
  NULL,
  type Null,
  oneOf,
  pointer,
  pool,
  type Row,
  range,
  symmetric,
  upTo,
  type ValueOf,
} from '#notation';

/** The pages of the range that the upper entry maps, in the order of a walk. */
export const Leaf = range('leaf');
export type Leaf = Id<typeof Leaf>;
/** Pages that tables are made of. */
export const Table = symmetric('table');
export type Table = Id<typeof Table>;

/**
 * The entry of the upper level. To make it invalid clears one bit: what it mapped stays in it. `locked` is
 * `KVM_INVALID_PTE_LOCKED`, which replaces the whole of it; `kind` and `child` then say what it was. `nT` is the bit of
 * FEAT_BBM.
 */
export const stage2Entry = {
  kind: oneOf('none', 'block', 'table'),
  valid: bool,
  locked: bool,
  nT: bool,
  child: pointer(Table),
};

/** The tables of the lower level, each entry mapping a page. */
export const stage2Tables = pool(Table, { page_count: upTo(15), ptes: array(Leaf, bit) });

/** What holds a page. */
export const counted = { page_count: upTo(3) };

/** What a state must have. */
export interface Stage2 {
  readonly entry: ValueOf<typeof stage2Entry>;
  readonly table: Row<Table, ValueOf<typeof stage2Tables>[Table]>;
}

/** `get_page`. */
export function get_page(page: { page_count: number }): void {
  page.page_count++;
}

/** `put_page`: drops a reference, and says whether it was the last. */
export function put_page(page: { page_count: number }): boolean {
  BUG_ON(page.page_count === 0, 'put_page: the page is free already');
  page.page_count--;
  return page.page_count === 0;
}

/** `zalloc_page`: an empty table with one reference, or `NULL`. */
export function zalloc_page(s: Stage2): Table | Null {
  const table = alloc(s.table);
  if (table !== NULL) s.table[table].page_count = 1;
  return table;
}

/** `put_page` of a table. What is in a freed page is anybody's: whoever still refers to it is wrong already. */
export function put_table(s: Stage2, table: Table): void {
  if (!put_page(s.table[table])) return;
  s.table[table].ptes.forEach((_, leaf) => {
    s.table[table].ptes[leaf] = 0;
  });
  free(s.table, table);
}

/** Maps a page in a table. */
export function map_pte(s: Stage2, table: Table, leaf: Leaf): void {
  s.table[table].ptes[leaf] = 1;
  get_page(s.table[table]);
}

/** Whether the entry now translates through a table, and through which. */
export function tableOf({ entry }: Stage2): Table | Null {
  return entry.valid && entry.kind === 'table' ? entry.child : NULL;
}

/** Whether the entry now translates as a block. */
export function isBlock({ entry }: Stage2): boolean {
  return entry.valid && entry.kind === 'block';
}
