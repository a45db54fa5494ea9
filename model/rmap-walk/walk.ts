/** The walker that takes no lock, and what it walks. */
import {
  array,
  atomically,
  BUG_ON,
  bit,
  blocked,
  bool,
  drained,
  exit,
  forAny,
  type Id,
  idle,
  type Item,
  member,
  memory,
  type Next,
  NULL,
  pointer,
  pool,
  range,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import { Desc, Ext, Head, pteListDesc, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';

const Holder = range('holder');
export const Walker = range('walker');

export const state = {
  rmap_head: array(Head, memory(rmapHead, { writer: 'holder', word: ['spte', 'desc'] })),
  /** Which lists link shadow pages; the others are rmaps. Never changes. */
  parent_ptes: array(Head, bit),
  desc: memory(
    pool(Desc, {
      ...pteListDesc,
      /** Where `more` is NULL, the nulls value it holds instead: the list that ends here. Of others it cannot be read. */
      nulls: pointer(Head),
    }),
    { writer: 'holder', word: ['more', 'nulls'] },
  ),
  /** The list each present SPTE belongs to: a leaf is in an rmap, the others in `parent_ptes` of what they point to. */
  spte: array(Spte, { list: pointer(Head), write_protected: bool }),
  /** Whoever holds mmu_lock. Lists whose tails are not full are counted as if they were, and nobody asks. */
  holder: thread(Holder, { op: { ...pteListOp, count: upTo(32) } }),
  walker: thread(Walker, {
    rmap_head: member(Head),
    /** The descriptor it reads, the slots of it that it has not read, and the entry it has read. */
    desc: pointer(Desc),
    unread: upTo(Ext),
    spte: pointer(Spte),
    in_rcu: bit,
    ghost: {
      /** Entries that were there when it began and have not been removed since, while it has not visited them. */
      owed: array(Spte, bit),
      /** Free descriptors whose grace period cannot be over: they were freed since it entered its RCU section. */
      kept: array(Desc, bit),
    },
  }),
};
export interface RmapWalk extends StateOf<typeof state> {}
export type Holder = RmapWalk['holder'][Id<typeof Holder>];
export type Walker = RmapWalk['walker'][Id<typeof Walker>];

/** An entry whose `pte_list_add` has not returned was not there yet. */
export function beginWalk(s: RmapWalk, walker: Walker, head: Head): Next {
  if (s.parent_ptes[head] === 1) return blocked;
  walker.rmap_head = head;
  walker.desc = NULL;
  walker.spte = NULL;
  walker.in_rcu = 0;
  const adding = s.holder.find((holder) => !idle(holder))?.op.spte;
  s.spte.forEach(({ list }, spte) => {
    if (list === head && spte !== adding) walker.ghost.owed[spte] = 1;
  });
  //  A grace period does not end before what comes before it is visible: what is freed already may still be found.
  if (drained(s)) return;
  s.desc.forEach(({ allocated }, desc) => {
    if (!allocated) walker.ghost.kept[desc] = 1;
  });
}

function rcu_read_lock(_: RmapWalk, walker: Walker): void {
  walker.in_rcu = 1;
}

/** The walk is over. */
export function rcu_read_unlock(_: RmapWalk, walker: Walker): void {
  walker.in_rcu = 0;
}

/** Whether an SPTE is, now, a last-level one. */
export function isLeaf(s: RmapWalk, spte: Spte): boolean {
  const { list } = s.spte[spte];
  return list !== NULL && s.parent_ptes[list] === 0;
}

/** How a descriptor is read and where a walk ends. */
interface Walk {
  /** The slot to read of `count` when `unread` are left. */
  slot(unread: number, count: number): number;
  /** Whether the nulls value that was found ends the walk of a list. */
  ended(nulls: Head, rmap_head: Head): boolean;
  /** What is asked of an SPTE when an entry has been read, and what when it is exchanged. */
  mayVisit(s: RmapWalk, spte: Spte): boolean;
  mayProtect(s: RmapWalk, spte: Spte): boolean;
}

const bottomUp: Walk['slot'] = (unread) => unread - 1;
export const topDown: Walk['slot'] = (unread, count) => count - unread;
const atOwnNulls: Walk['ended'] = (nulls, rmap_head) => nulls === rmap_head;
export const atAnyNulls: Walk['ended'] = () => true;
export const anySpte: Walk['mayVisit'] = () => true;

/** The walk of one list; right unless told otherwise. */
export function walk({
  slot = bottomUp,
  ended = atOwnNulls,
  mayVisit = anySpte,
  mayProtect = isLeaf,
}: Partial<Walk> = {}): readonly Item<RmapWalk, Walker, never>[] {
  function read_head(s: RmapWalk, walker: Walker): Next {
    const { spte, desc } = s.rmap_head[walker.rmap_head];
    walker.spte = spte;
    if (desc === NULL) {
      if (spte === NULL || !mayVisit(s, spte)) return exit;
      return spte_write_protect;
    }
    walker.desc = desc;
    walker.unread = s.desc[desc].sptes.length;
  }

  function read_slot(s: RmapWalk, walker: Walker): Next {
    const { sptes } = s.desc[walker.desc as Desc];
    const spte = sptes[slot(walker.unread, sptes.length)];
    walker.spte = spte;
    walker.unread--;
    if (spte === NULL || !mayVisit(s, spte)) {
      if (walker.unread === 0) return read_more;
      return read_slot;
    }
  }

  /** A compare-and-exchange on the SPTE, whoever it belongs to by now. */
  function spte_write_protect(s: RmapWalk, walker: Walker): Next {
    const { desc, spte } = walker;
    if (spte !== NULL && mayProtect(s, spte)) {
      if (isLeaf(s, spte)) walker.ghost.owed[spte] = 0;
      else s.spte[spte].write_protected = s.spte[spte].list !== NULL;
    }
    walker.spte = NULL;
    if (desc === NULL) return exit;
    if (walker.unread > 0) return read_slot;
  }

  function read_more(s: RmapWalk, walker: Walker): Next {
    const { more, nulls, sptes } = s.desc[walker.desc as Desc];
    if (more !== NULL) {
      walker.desc = more;
      walker.unread = sptes.length;
      return read_slot;
    }
    BUG_ON(nulls === NULL, 'the walker goes on to a NULL descriptor');
    walker.desc = NULL;
    if (!ended(nulls as Head, walker.rmap_head)) return read_head;
  }

  return [read_head, read_slot, spte_write_protect, read_more];
}

type List = readonly Item<RmapWalk, Walker, never>[];

/** A whole walk of some rmap, in an RCU section. */
export function inRcu(steps: List): List {
  return [atomically(forAny(Head, beginWalk), rcu_read_lock), steps, rcu_read_unlock];
}

/** The same without the section's beginning. */
export function outsideRcu(steps: List): List {
  return [forAny(Head, beginWalk), steps, rcu_read_unlock];
}
