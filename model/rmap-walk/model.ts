/**
 * A walk of an rmap without mmu_lock, while whoever holds mmu_lock adds entries to lists and removes them.
 *
 * Models "KVM: MMU: redesign the algorithm of pte_list", "KVM: MMU: introduce nulls desc", "KVM: MMU: introduce pte-list lockless walker",
 * "KVM: MMU: initialize the pointers in pte_list_desc properly" and "KVM: MMU: locklessly write-protect the page" (Xiao Guangrong, 2013;
 * arch/x86/kvm/mmu.c: pte_list_add, pte_list_remove, pte_list_walk_lockless).
 *
 * Assumes one walker; that an SPTE is in one list, and set before it is added to it and cleared before
 * it is removed; that an add which finds no free descriptor waits. A leaf that a walk has write-protected is not made writable again
 * before its end. Lists are not zapped as a whole.
 */
import {
  blocked,
  either,
  exit,
  forAny,
  free,
  idle,
  type Item,
  model,
  type Next,
  NULL,
  smp_mb,
  smp_wmb,
} from '#notation';
import {
  chain_at_tail,
  one_to_many,
  publish_filled_head,
  publish_pair,
  store_inline_spte,
  link_old_head as store_more,
} from '../kernel/pte-list-add.ts';
import {
  clear_slot,
  fill_hole,
  kmem_cache_free as give_back,
  mmu_free_pte_list_desc,
  unlink_head,
} from '../kernel/pte-list-remove.ts';
import { Head, type PteListStep, type PteListSteps, publish, Spte } from '../kernel/pte-list-shape.ts';
import { fillFromLast, firstFit, forwardMove } from '../kernel/pte-list.ts';
import {
  anySpte,
  atAnyNulls,
  type Holder,
  inRcu,
  isLeaf,
  rcu_read_unlock,
  outsideRcu,
  type RmapWalk,
  state,
  topDown,
  Walker,
  walk,
} from './walk.ts';
import { kernelSource } from './source.ts';

type Step = (s: RmapWalk, holder: Holder) => Next;
type Steps = readonly Step[];
type HolderList = readonly Item<RmapWalk, Holder, never>[];

// What the holder of mmu_lock does.

function link_leaf_or_table(s: RmapWalk, { op }: Holder, head: Head, spte: Spte): Next {
  if (s.spte[spte].list !== NULL) return blocked;
  s.spte[spte].list = head;
  op.rmap_head = head;
  op.spte = spte;
}

function drop_spte(s: RmapWalk, { op }: Holder, spte: Spte): Next {
  const { list } = s.spte[spte];
  if (list === NULL) return blocked;
  s.spte[spte].list = NULL;
  s.spte[spte].write_protected = false;
  s.walker.forEach(({ ghost }) => {
    ghost.owed[spte] = 0;
  });
  op.rmap_head = list;
  op.spte = spte;
}

/** A list ends in this descriptor: its `more` says which. */
function set_nulls(s: RmapWalk, { op }: Holder): void {
  s.desc[op.desc].more = NULL;
  setOwner(s, op);
}

function link_old_head(s: RmapWalk, holder: Holder): void {
  store_more(s, holder);
  setOwner(s, holder.op);
}

/** Should it become the last of its list, its `more` will be copied from one that is: the same nulls value. */
function setOwner(s: RmapWalk, { desc, rmap_head }: Holder['op']) {
  s.desc[desc].nulls = rmap_head;
  s.walker.forEach(({ ghost }) => {
    ghost.kept[desc] = 0;
  });
}

/** A slab of SLAB_DESTROY_BY_RCU: others get the memory when all have left their RCU sections; lists get it at once. */
function kmem_cache_free(s: RmapWalk, holder: Holder): void {
  give_back(s, holder);
  s.walker.forEach((walker) => {
    if (!idle(walker) && walker.in_rcu) walker.ghost.kept[holder.op.from] = 1;
  });
}

function replaced(steps: PteListSteps | Steps, step: PteListStep | Step, ...by: Step[]): Steps {
  return (steps as Steps).flatMap((each) => (each === step ? by : [each]));
}

function without(steps: Steps, step: PteListStep | Step): Steps {
  return replaced(steps, step);
}

/** A policy's `pte_list_add`, with nulls. */
function withNulls(add: PteListSteps): Steps {
  const linked = replaced(replaced(add, store_more, link_old_head), chain_at_tail, set_nulls, chain_at_tail);
  return replaced(linked, one_to_many, one_to_many, set_nulls);
}

/** A policy's `pte_list_remove`, for a slab that keeps what it is given back. */
function typeStable(remove: PteListSteps): Steps {
  return replaced(remove, mmu_free_pte_list_desc, kmem_cache_free);
}

const add = withNulls(forwardMove.add);
const remove = typeStable(forwardMove.remove);

function holdingMmuLock(adding: Steps, removing: Steps): HolderList {
  return [either([forAny(Head, Spte, link_leaf_or_table), adding], [forAny(Spte, drop_spte), removing])];
}

// Barriers.

/** Who sees the slot empty sees its entry where it was copied to. */
function smp_wmb_before_clear(): void {
  smp_wmb();
}
/** Who finds a descriptor finds it initialised. */
function smp_wmb_before_publish(): void {
  smp_wmb();
}
/** Whoever takes mmu_lock next does so by a full barrier. */
function next_mmu_lock(): void {
  smp_mb();
}

function withBarriers(adding: Steps, removing: Steps): HolderList {
  return [
    either(
      [forAny(Head, Spte, link_leaf_or_table), adding, next_mmu_lock],
      [forAny(Spte, drop_spte), removing, next_mmu_lock],
    ),
  ];
}

// Steps that nobody should take.

/** The new head can be found, and what it holds of its own is from an earlier life. */
function publish_unlinked_head(s: RmapWalk, { op }: Holder): void {
  op.prev_desc = s.rmap_head[op.rmap_head].desc;
  publish(s.rmap_head[op.rmap_head], op.desc);
}

function link_published_head(s: RmapWalk, { op }: Holder): void {
  s.desc[op.desc].more = op.prev_desc;
  setOwner(s, op);
}

function kmem_cache_free_emptied(s: RmapWalk, { op }: Holder): Next {
  if (op.j !== 0) return exit;
  free(s.desc, op.from);
}

/** One entry is left: it goes back into the head word. Where it was it can still be read. */
function demote(s: RmapWalk, { op }: Holder): Next {
  const head = s.rmap_head[op.rmap_head];
  const desc = s.desc[op.from];
  if (op.j !== 1 || desc.more !== NULL) return unlink_head;
  head.spte = desc.sptes[0];
  head.desc = NULL;
  return kmem_cache_free;
}

// Where a run starts.

function rmapAndParentPtes(s: RmapWalk) {
  const rmap = s.rmap_head.findIndex(() => true);
  s.parent_ptes.forEach((_, list) => {
    s.parent_ptes[list] = list === rmap ? 0 : 1;
  });
}

/** What the claims name. */
export const rmapWalkSteps = { rcu_read_unlock, store_inline_spte };
/** What a claim is made for every member of. */
export const rmapWalkSets = { Walker };

const holder = holdingMmuLock(add, remove);
const addWithBarrier = replaced(
  replaced(add, publish_pair, smp_wmb_before_publish, publish_pair),
  publish_filled_head,
  smp_wmb_before_publish,
  publish_filled_head,
);
const removeWithBarrier = replaced(remove, clear_slot, smp_wmb_before_clear, clear_slot);
const walker = inRcu(walk());

//  Enough for what is wrong there, and the verdicts are the same at the bounds of the right ones.
const two = { spte: 2 };
const oneList = { head: 1 };
//  Enough for what a barrier is for; a walk that never ends needs more.
const few = { ...two, ...oneList };

export const rmapWalk = model({
  name: 'rmap-walk',
  about: 'how the entries of a list are moved, added and read so that a walker without mmu_lock misses none',
  source: kernelSource,
  state,
  bounds: { head: 2, spte: 3, desc: 2, ext: 2, tail: 1, holder: 1, walker: 1 },
  initial: [rmapAndParentPtes],
  variants: {
    'bottom-up': { holder, walker },
    //  Right too: that the tails are full is not what saves a walk.
    'fill-from-same': { holder: holdingMmuLock(add, typeStable(firstFit.remove)), walker },

    'top-down': { holder, walker: inRcu(walk({ slot: topDown })), bounds: two },
    'clear-then-copy': {
      holder: holdingMmuLock(add, replaced(without(remove, clear_slot), fill_hole, clear_slot, fill_hole)),
      walker,
      bounds: two,
    },
    'no-nulls-check': { holder, walker: inRcu(walk({ ended: atAnyNulls })) },
    'added-at-tail': { holder: holdingMmuLock(withNulls(firstFit.add), remove), walker, bounds: oneList },
    'fill-from-last': { holder: holdingMmuLock(add, typeStable(fillFromLast.remove)), walker, bounds: oneList },
    'published-before-linked': {
      holder: holdingMmuLock(replaced(add, link_old_head, publish_unlinked_head, link_published_head), remove),
      walker,
      bounds: oneList,
    },
    //  A list that was demoted gets a descriptor whose nulls value is right before its old entry is in it.
    'demote-to-inline': {
      holder: holdingMmuLock(add, replaced(remove, unlink_head, demote, unlink_head)),
      walker,
      bounds: oneList,
    },

    //  What each memory order asks for.
    'stores-in-order': { holder: withBarriers(add, remove), walker, bounds: oneList, memoryOrder: 'tso' },
    'store-barriers': {
      holder: withBarriers(addWithBarrier, removeWithBarrier),
      walker,
      bounds: oneList,
      memoryOrder: 'pso',
    },
    'no-barrier-before-clear': {
      holder: withBarriers(addWithBarrier, remove),
      walker,
      bounds: few,
      memoryOrder: 'pso',
    },
    'no-barrier-before-publish': {
      holder: withBarriers(add, removeWithBarrier),
      walker,
      bounds: few,
      memoryOrder: 'pso',
    },

    'leaf-not-checked': { holder, walker: inRcu(walk({ mayProtect: anySpte })), bounds: two },
    'leaf-checked-before': { holder, walker: inRcu(walk({ mayVisit: isLeaf, mayProtect: anySpte })), bounds: two },

    'freed-before-unlinked': {
      holder: holdingMmuLock(
        add,
        replaced(without(remove, kmem_cache_free), unlink_head, kmem_cache_free_emptied, unlink_head),
      ),
      walker,
      bounds: two,
    },
    'outside-rcu': { holder, walker: outsideRcu(walk()), bounds: two },
    'not-type-stable': {
      holder: holdingMmuLock(add, replaced(remove, kmem_cache_free, give_back)),
      walker,
      bounds: two,
    },
  },
});
