/** The steps of `pte_list_remove`: each stores one thing that another CPU could see. */
import { BUG_ON, exit, free, NULL } from '#notation';
import {
  type Desc,
  entriesIn,
  following,
  type ListKey,
  type PteListDesc,
  type PteListOp,
  type PteListStep,
  type PteLists,
  publish,
} from './pte-list-shape.ts';

/** How many slots of a descriptor a policy looks at. */
type Used = (desc: PteListDesc) => number;
/** Sets `op.from` to the descriptor whose last entry fills the hole, and `op.prev_desc` to the one before it. */
type Filler = <List extends ListKey>(s: PteLists<List>, op: PteListOp<List>) => void;

export const bySlot: Used = entriesIn;
export const byCounter: Used = ({ spte_count }) => spte_count;

/** The hole is filled from the descriptor it is in. */
export const fromSame: Filler = (_, op) => {
  op.from = op.desc;
};

/** The hole is filled from the last descriptor of the list. */
export const fromLast: Filler = (s, op) => {
  op.from = op.desc;
  let more = s.desc[op.desc].more;
  for (let visited = 1; more !== NULL; visited++) {
    op.prev_desc = op.from;
    op.from = more;
    more = following(s, more, visited);
  }
};

/** The hole is filled from the head descriptor. */
export const fromHead: Filler = (s, op) => {
  op.from = s.rmap_head[op.rmap_head].desc as Desc;
  op.prev_desc = NULL;
};

/**
 * Removes the only entry, or finds the hole there will be and what will fill it; reads only, unless the entry is inline.
 * An SPTE that is not in the list is a kernel bug.
 */
export function findEntry(used: Used, filler: Filler): PteListStep {
  return function pte_list_remove(s, { op }) {
    const head = s.rmap_head[op.rmap_head];
    if (head.desc === NULL) {
      BUG_ON(head.spte !== op.spte, 'pte_list_remove: the SPTE is not what the head word holds');
      publish(head, NULL);
      return exit;
    }
    search(s, op, used);
    filler(s, op);
    const last = used(s.desc[op.from]) - 1;
    BUG_ON(last < 0, 'pte_list_remove: the descriptor that is to fill the hole is empty');
    op.j = last;
    op.moved = s.desc[op.from].sptes[last];
  };
}

/** From the head on; linear in every policy. */
function search<List extends ListKey>(s: PteLists<List>, op: PteListOp<List>, used: Used): void {
  op.prev_desc = NULL;
  let { desc } = s.rmap_head[op.rmap_head];
  for (let visited = 1; desc !== NULL; visited++) {
    const { sptes } = s.desc[desc];
    const end = used(s.desc[desc]);
    for (let i = 0; i < end; i++) {
      if (sptes[i] !== op.spte) continue;
      op.desc = desc;
      op.i = i;
      return;
    }
    op.prev_desc = desc;
    desc = following(s, desc, visited);
  }
  BUG_ON(true, 'pte_list_remove: the SPTE is not in the list');
}

/** An entry that fills its own hole is not stored again, so that this step and the next can be swapped. */
export const fill_hole: PteListStep = (s, { op }) => {
  if (op.from !== op.desc || op.i !== op.j) s.desc[op.desc].sptes[op.i] = op.moved;
};

/** Iterators end at the first empty slot: without this they would find the moved entry twice. */
export const clear_slot: PteListStep = (s, { op }) => {
  s.desc[op.from].sptes[op.j] = NULL;
};

export const uncount_entry: PteListStep = (s, { op }) => {
  const desc = s.desc[op.from];
  desc.spte_count--;
  if (desc.spte_count !== 0) return exit;
};

/** Of a head that is now empty, `more` becomes the head; or the list is empty. */
export const unlink_head: PteListStep = (s, { op }) => {
  if (op.j !== 0) return exit;
  publish(s.rmap_head[op.rmap_head], s.desc[op.from].more);
};

/** A descriptor that is now empty leaves the list, wherever it is. */
export const unlink_anywhere: PteListStep = (s, { op }) => {
  if (op.j !== 0) return exit;
  const { more } = s.desc[op.from];
  if (op.prev_desc !== NULL) s.desc[op.prev_desc].more = more;
  else publish(s.rmap_head[op.rmap_head], more);
};

/** Gives the descriptor back. The memory cache hands out zeroed memory, so what it held is gone. */
export const mmu_free_pte_list_desc: PteListStep = (s, { op }) => {
  const desc = s.desc[op.from];
  desc.more = NULL;
  desc.spte_count = 0;
  desc.tail_count = 0;
  for (let i = 0; i < desc.sptes.length; i++) desc.sptes[i] = NULL;
  free(s.desc, op.from);
};

/** Gives the descriptor back as it is, to a slab that does not zero: readers may still stand in it, and so may its next owner. */
export const kmem_cache_free: PteListStep = (s, { op }) => {
  free(s.desc, op.from);
};
