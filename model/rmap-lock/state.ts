/** The rmaps, each a word with a lock bit, and who takes the bit: whoever holds mmu_lock, and readers that do not. */
import { array, bit, bool, type Id, member, pointer, range, type StateOf, thread, type ValueOf } from '#notation';
import { Desc, Head, pteListDescs, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';

const Holder = range('holder');
const Reader = range('reader');

/** The word: KVM_RMAP_LOCKED, and what is left without it. */
const word = { ...rmapHead, locked: bool };
export type Word = ValueOf<typeof word>;

/** Locals of whoever locks a word. */
const locker = {
  /** Which word. */
  rmap: member(Head),
  ghost: {
    has_lock: bool,
    /** It has paused since the bit was cleared, and has paused again. */
    paused: bool,
    paused_again: bool,
  },
};

export const state = {
  rmap: array(Head, word),
  /** What whoever holds mmu_lock has of the word it changes: the old value, and then the new one. */
  rmap_head: array(Holder, word),
  desc: pteListDescs,
  spte: array(Spte, {
    present: bool,
    /** The lower 32 bits of its address are zero. Never changes. */
    at_4_gib: bit,
    /** The list it is in, or is to be put into or taken out of. */
    list: pointer(Head),
  }),
  /** Whoever holds mmu_lock. */
  holder: thread(Holder, { ...locker, op: { ...pteListOp, rmap_head: member(Holder) } }),
  /** Whoever ages SPTEs, without mmu_lock. */
  reader: thread(Reader, {
    ...locker,
    /** What it has of the word. */
    val: word,
    spte: pointer(Spte),
    iter: { desc: pointer(Desc), pos: pteListOp.iter.pos },
    /** Another task has its CPU. */
    preempted: bool,
    ghost: {
      ...locker.ghost,
      /** Entries that were in the list when it took the lock, and that it has not visited. */
      unvisited: array(Spte, bit),
    },
  }),
};
export interface RmapLock extends StateOf<typeof state> {}
export type Holder = RmapLock['holder'][Id<typeof Holder>];
export type Reader = RmapLock['reader'][Id<typeof Reader>];
export type Locker = ValueOf<typeof locker>;
