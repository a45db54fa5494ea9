/** `pte_list_count` as each policy can do it, and what an iterator finds. They read only, and end even where a list goes round. */
import { NULL } from '#notation';
import {
  entriesIn,
  type ListKey,
  type PteListDesc,
  type PteLists,
  type RmapHead,
  type Spte,
} from './pte-list-shape.ts';

/** Counts a list, given by its head word. */
export type PteListCount = (s: Pick<PteLists, 'desc'>, head: RmapHead) => number;

/** By the entries in every descriptor. */
export const countEntries: PteListCount = (s, head) => countEach(s, head, entriesIn);

/** By the `spte_count` of every descriptor. */
export const countCounters: PteListCount = (s, head) => countEach(s, head, ({ spte_count }) => spte_count);

/** By the head descriptor alone, in constant time. */
export const countHead: PteListCount = (s, { spte, desc }) => {
  if (desc === NULL) return spte === NULL ? 0 : 1;
  return s.desc[desc].tail_count + s.desc[desc].spte_count;
};

/** By the entries in the head descriptor, and `PTE_LIST_EXT` for each tail. */
export const countFullTails: PteListCount = (s, { spte, desc }) => {
  if (desc === NULL) return spte === NULL ? 0 : 1;
  let count = entriesIn(s.desc[desc]);
  let { more } = s.desc[desc];
  for (let left = s.desc.length; more !== NULL && left > 0; left--) {
    count += s.desc[more].sptes.length;
    more = s.desc[more].more;
  }
  return count;
};

function countEach(s: Pick<PteLists, 'desc'>, head: RmapHead, inOne: (desc: PteListDesc) => number): number {
  let count = head.spte === NULL ? 0 : 1;
  let { desc } = head;
  for (let left = s.desc.length; desc !== NULL && left > 0; left--) {
    count += inOne(s.desc[desc]);
    desc = s.desc[desc].more;
  }
  return count;
}

/** Whether an iterator over a list meets the SPTE. */
export function listHolds<List extends ListKey>(s: PteLists<List>, list: List, spte: Spte): boolean {
  const head = s.rmap_head[list];
  let { desc } = head;
  for (let left = s.desc.length; desc !== NULL && left > 0; left--) {
    const at = s.desc[desc].sptes.indexOf(spte);
    if (at !== NULL && at < entriesIn(s.desc[desc])) return true;
    desc = s.desc[desc].more;
  }
  return head.spte === spte;
}

/** `for_each_rmap_spte`: visits what an iterator over a list meets. */
export function for_each_rmap_spte<List extends ListKey>(
  s: PteLists<List>,
  list: List,
  visit: (spte: Spte) => void,
): void {
  const head = s.rmap_head[list];
  if (head.spte !== NULL) visit(head.spte);
  let { desc } = head;
  for (let left = s.desc.length; desc !== NULL && left > 0; left--) {
    const entries = entriesIn(s.desc[desc]);
    for (let i = 0; i < entries; i++) visit(s.desc[desc].sptes[i] as Spte);
    desc = s.desc[desc].more;
  }
}
