/** The steps of `pte_list_add`: each stores one thing that another CPU could see. `op.count` becomes what it returns. */
import { alloc, blocked, exit, NULL } from '#notation';
import { countFullTails } from './pte-list-count.ts';
import { type Desc, entriesIn, following, type PteListDesc, type PteListStep, publish } from './pte-list-shape.ts';

// What all policies share: the first entry, and the second.

/** 0 → 1: the head word itself becomes the entry. */
export const pte_list_add: PteListStep = (s, { op }) => {
  const head = s.rmap_head[op.rmap_head];
  if (head.spte !== NULL) return one_to_many;
  if (head.desc === NULL) {
    op.count = 0;
    head.spte = op.spte;
    return exit;
  }
  op.desc = head.desc;
};

/** 1 → many: a descriptor takes the inline entry and the new one. Nobody stores its `more`: it comes zeroed. */
export const one_to_many: PteListStep = (s, { op }) => {
  const desc = alloc(s.desc);
  if (desc === NULL) return blocked;
  op.desc = desc;
  op.count = 1;
};

export const store_inline_spte: PteListStep = (s, { op }) => {
  s.desc[op.desc].sptes[0] = s.rmap_head[op.rmap_head].spte;
};

export const store_second_spte: PteListStep = (s, { op }) => {
  s.desc[op.desc].sptes[1] = op.spte;
};

export const count_both: PteListStep = (s, { op }) => {
  s.desc[op.desc].spte_count = 2;
};

export const zero_tail_count: PteListStep = (s, { op }) => {
  s.desc[op.desc].tail_count = 0;
};

/** Of no kernel's lists: what a slab that does not zero would need. */
export const clear_more: PteListStep = (s, { op }) => {
  s.desc[op.desc].more = NULL;
};

export const publish_pair: PteListStep = (s, { op }) => {
  publish(s.rmap_head[op.rmap_head], op.desc);
};

// Many → many: where each policy finds room, and what its count leaves out.

/** The first descriptor whose last slot is empty. When all are full, the last of them is forgotten in the count, as in 2014. */
export const first_fit: PteListStep = (s, { op }) => {
  let { desc } = op;
  let count = 0;
  for (let visited = 1; lastSlotTaken(s.desc[desc]); visited++) {
    const more = following(s, desc, visited);
    if (more === NULL) {
      const added = alloc(s.desc);
      if (added === NULL) return blocked;
      op.prev_desc = desc;
      op.desc = added;
      op.count = count;
      return;
    }
    count += s.desc[desc].sptes.length;
    desc = more;
  }
  op.desc = desc;
  op.count = count + entriesIn(s.desc[desc]);
  return store_in_first_gap;
};

/** The same by `spte_count`, with the last full descriptor counted; what comes after the one with room is still left out. */
export const first_not_full: PteListStep = (s, { op }) => {
  let { desc } = op;
  let count = 0;
  for (let visited = 1; s.desc[desc].spte_count === s.desc[desc].sptes.length; visited++) {
    count += s.desc[desc].sptes.length;
    const more = following(s, desc, visited);
    if (more === NULL) {
      const added = alloc(s.desc);
      if (added === NULL) return blocked;
      op.prev_desc = desc;
      op.desc = added;
      op.count = count;
      return;
    }
    desc = more;
  }
  op.desc = desc;
  op.count = count + s.desc[desc].spte_count;
  return store_at_count;
};

/** The head descriptor; when it is full it becomes a tail. Its counters are all that is read. */
export const head_not_full: PteListStep = (s, { op }) => {
  const head = s.desc[op.desc];
  const count = head.tail_count + head.spte_count;
  if (head.spte_count === head.sptes.length) {
    const added = alloc(s.desc);
    if (added === NULL) return blocked;
    op.desc = added;
    op.count = count;
    return;
  }
  op.count = count;
  return store_at_count;
};

/** The same without counters: the head's slots are probed, and each tail, being full, counts `PTE_LIST_EXT`. */
export const head_with_gap: PteListStep = (s, { op }) => {
  const count = countFullTails(s, s.rmap_head[op.rmap_head]);
  if (lastSlotTaken(s.desc[op.desc])) {
    const added = alloc(s.desc);
    if (added === NULL) return blocked;
    op.desc = added;
    op.count = count;
    return;
  }
  op.count = count;
  return store_in_first_gap;
};

function lastSlotTaken({ sptes }: PteListDesc): boolean {
  return sptes[sptes.length - 1] !== NULL;
}

// A new descriptor's stores, and the entry's.

/** The new descriptor can be found from here on, as the last of the list. */
export const chain_at_tail: PteListStep = (s, { op }) => {
  s.desc[op.prev_desc as Desc].more = op.desc;
};

export const link_old_head: PteListStep = (s, { op }) => {
  s.desc[op.desc].more = s.rmap_head[op.rmap_head].desc;
};

export const zero_spte_count: PteListStep = (s, { op }) => {
  s.desc[op.desc].spte_count = 0;
};

export const set_tail_count: PteListStep = (s, { op }) => {
  s.desc[op.desc].tail_count = op.count;
};

/** The new descriptor can be found from here on, as the head; it holds nothing yet. */
export const publish_new_head: PteListStep = (s, { op }) => {
  publish(s.rmap_head[op.rmap_head], op.desc);
};

export const store_at_count: PteListStep = (s, { op }) => {
  const desc = s.desc[op.desc];
  desc.sptes[desc.spte_count] = op.spte;
};

export const count_entry: PteListStep = (s, { op }) => {
  s.desc[op.desc].spte_count++;
  return exit;
};

export const store_in_first_gap: PteListStep = (s, { op }) => {
  const desc = s.desc[op.desc];
  desc.sptes[entriesIn(desc)] = op.spte;
  return exit;
};

export const store_in_new_head: PteListStep = (s, { op }) => {
  s.desc[op.desc].sptes[0] = op.spte;
};

/** The new head is found only when all of it is there. */
export const publish_filled_head: PteListStep = (s, { op }) => {
  publish(s.rmap_head[op.rmap_head], op.desc);
  return exit;
};
