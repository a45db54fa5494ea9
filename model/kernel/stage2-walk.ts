/**
 * The steps of a software walk that turns a table into a block: what the callbacks do to the entry, and to the table
 * below it.
 */
import { exit, type Next, NULL, type Null } from '#notation';
import { type Leaf, map_pte, put_table, type Stage2, type Table, tableOf, zalloc_page } from './stage2.ts';

/** Locals of a walk: the walker's copy of what the entry points to, and the page that it has come to. */
export interface Stage2Walker {
  childp: Table | Null;
  i: number;
}

/** Goes on to the next page of a row; after the last one comes the first again, and false. */
export function nextLeaf(walker: Stage2Walker, { length }: { readonly length: number }): boolean {
  walker.i = walker.i + 1 < length ? walker.i + 1 : 0;
  return walker.i > 0;
}

/** Clears the valid bit, or with it all that the entry was. */
export function kvm_set_invalid_pte({ entry }: Stage2): void {
  entry.valid = false;
}

/** `kvm_set_valid_leaf_pte()`: a release store. */
export function installBlock(s: Stage2): void {
  setEntry(s, 'block', NULL);
}

/** The same with nT. */
export function installBlockNT(s: Stage2): void {
  setEntry(s, 'block', NULL);
  s.entry.nT = true;
}

/** What the entry is from now on. */
export function setEntry({ entry }: Stage2, kind: 'block' | 'table', child: Table | Null): void {
  entry.kind = kind;
  entry.valid = true;
  entry.locked = false;
  entry.nT = false;
  entry.child = child;
}

/** `stage2_map_walk_leaf()` below an anchor, by the walker's copy: drops the reference that each valid leaf holds. */
export function unmapLeaf(s: Stage2, walker: Stage2Walker): Next {
  const table = walker.childp;
  if (table === NULL) return exit; //  the walker does not go down
  if (s.table[table].ptes[walker.i]) put_table(s, table);
  if (nextLeaf(walker, s.table[table].ptes)) return unmapLeaf;
}

/** `free_page(data->follow)`, which was saved before the entry changed, as the walker's copy was. */
export function freeFollow(s: Stage2, walker: Stage2Walker): void {
  put_table(s, walker.childp as Table);
}

/** In `__kvm_pgtable_visit()`, after a callback: the walker takes what the entry is now. */
export function reloadEntry(s: Stage2, walker: Stage2Walker): void {
  walker.childp = tableOf(s);
}

/** In `__kvm_pgtable_visit()`, after a callback: the walker goes on by its copy; the leaf callback maps each page not mapped yet. */
export function walkOn(s: Stage2, walker: Stage2Walker): Next {
  const table = walker.childp;
  if (table === NULL) return;
  if (!s.table[table].ptes[walker.i]) map_pte(s, table, walker.i);
  if (nextLeaf(walker, s.table[table].ptes)) return walkOn;
}

/**
 * A page fault as one step, where nobody can look in between: maps the page, in a new table if the entry points to
 * none.
 */
export function mapInTable(s: Stage2, leaf: Leaf): void {
  let table = tableOf(s);
  if (table === NULL) {
    table = zalloc_page(s);
    if (table === NULL) return; //  -ENOMEM
    setEntry(s, 'table', table);
  }
  if (!s.table[table].ptes[leaf]) map_pte(s, table, leaf);
}
