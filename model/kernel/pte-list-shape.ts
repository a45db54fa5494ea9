/** What a pte list is made of: the head word, descriptors from a pool, and the locals of the functions that change it. */
import {
  array,
  BUG_ON,
  type Id,
  member,
  type Next,
  NULL,
  type Null,
  pointer,
  pool,
  type Row,
  range,
  symmetric,
  upTo,
  type ValueOf,
} from '#notation';

/** The lists: one for each gfn (its rmap), or one for each shadow page (`parent_ptes`). */
export const Head = symmetric('head');
export type Head = Id<typeof Head>;
/** What the lists hold. */
export const Spte = symmetric('spte');
export type Spte = Id<typeof Spte>;
/** `struct pte_list_desc`. */
export const Desc = symmetric('desc');
export type Desc = Id<typeof Desc>;
/** The slots of a descriptor: `PTE_LIST_EXT` of them, at least 2. */
export const Ext = range('ext');
/** The largest value `tail_count` can hold: its width. */
export const Tail = range('tail');

/** `struct kvm_rmap_head`, one word: 0, an SPTE, or a descriptor with bit 0 set. At most one of the two is not NULL. */
export const rmapHead = { spte: pointer(Spte), desc: pointer(Desc) };

/** `struct pte_list_desc`. */
export const pteListDesc = {
  more: pointer(Desc),
  spte_count: upTo(Ext),
  tail_count: upTo(Tail),
  sptes: array(Ext, pointer(Spte)),
};

/** The slab that descriptors come from. */
export const pteListDescs = pool(Desc, pteListDesc);

/** Locals and arguments: `rmap_head` and `spte` are set by the caller; `count` is what `pte_list_add` returns. */
export const pteListOp = {
  rmap_head: member(Head),
  spte: member(Spte),
  count: upTo(Spte),
  /** The descriptor that gets the entry or has the hole, the one before it, and the hole. */
  desc: member(Desc),
  prev_desc: pointer(Desc),
  i: upTo(Ext),
  /** What fills the hole, and where it is taken from: the descriptor that may then be empty. */
  moved: pointer(Spte),
  from: member(Desc),
  j: upTo(Ext),
  /** `struct rmap_iterator`. */
  iter: { desc: pointer(Desc), pos: upTo(Ext) },
};

/** One list's head word. */
export type RmapHead = ValueOf<typeof rmapHead>;
/** The descriptors. */
export type PteListDescs = ValueOf<typeof pteListDescs>;
/** One descriptor. */
export type PteListDesc = PteListDescs[Desc];

/** A member of the set that lists are named by. */
export type ListKey = symbol | number;

/** What a state must have: the lists, by the members of any set, and the descriptors. */
export interface PteLists<List extends ListKey = Head> {
  readonly rmap_head: Row<List, RmapHead>;
  readonly desc: PteListDescs;
}

/** The locals of an operation on one of these lists. */
export type PteListOp<List extends ListKey = Head> = Omit<ValueOf<typeof pteListOp>, 'rmap_head'> & { rmap_head: List };

/** What a thread must have. */
export interface PteListCaller<List extends ListKey = Head> {
  readonly op: PteListOp<List>;
}

/** A step on lists of any kind. */
export type PteListStep = <List extends ListKey>(s: PteLists<List>, caller: PteListCaller<List>) => Next;

/** A list of such steps; a list within it is a called function. */
export type PteListSteps = readonly (PteListStep | readonly PteListStep[])[];

/** The head word becomes a descriptor, or 0. */
export function publish(head: RmapHead, desc: Desc | Null): void {
  head.spte = NULL;
  head.desc = desc;
}

/** How many entries an iterator sees in a descriptor: it stops at the first empty slot, whatever the counter says. */
export function entriesIn({ sptes }: PteListDesc): number {
  const end = sptes.indexOf(NULL);
  return end === NULL ? sptes.length : end;
}

/** The descriptor after one, the `visited`-th of a walk. */
export function following({ desc }: Pick<PteLists, 'desc'>, from: Desc, visited: number): Desc | Null {
  BUG_ON(visited > desc.length, 'the list goes round: the walk never ends, and mmu_lock is held');
  return desc[from].more;
}
