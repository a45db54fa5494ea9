/**
 * The pte list of a gfn under each policy that KVM has had or was offered, with whoever holds mmu_lock adding, removing and zapping.
 *
 * Models "KVM: x86/mmu: Track tail count in pte_list_desc to optimize guest fork()", "KVM: X86: Optimize pte_list_desc with
 * per-array counter", "KVM: X86: Optimize zapping rmap" and "KVM: MMU: redesign the algorithm of pte_list"
 * (arch/x86/kvm/mmu/mmu.c: pte_list_add, pte_list_remove, pte_list_desc_remove_entry, pte_list_destroy, pte_list_count).
 *
 * Assumes that nobody reads a list without mmu_lock, so that each operation is one transition; that an SPTE maps one gfn; that an
 * add waits for a free descriptor, as the memory cache is filled before mmu_lock is taken. No list is recycled for its length.
 */
import {
  array,
  bool,
  atomically,
  blocked,
  either,
  exit,
  forAny,
  type Item,
  model,
  type Next,
  NULL,
  oneOf,
  pointer,
  range,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import { clear_more, one_to_many, zero_tail_count } from '../kernel/pte-list-add.ts';
import {
  clear_slot,
  kmem_cache_free,
  mmu_free_pte_list_desc,
  uncount_entry,
  unlink_head,
} from '../kernel/pte-list-remove.ts';
import {
  Head,
  type PteListStep,
  type PteListSteps,
  pteListDescs,
  pteListOp,
  rmapHead,
  Spte,
} from '../kernel/pte-list-shape.ts';
import { entryByEntry, rmap_get_next } from '../kernel/pte-list-zap.ts';
import { forwardMove, perArrayCounter, type PteListPolicy, pteListPolicies, tailCount } from '../kernel/pte-list.ts';
import { kernelSource } from './source.ts';

const Holder = range('holder');

const state = {
  rmap_head: array(Head, rmapHead),
  desc: pteListDescs,
  /** Whoever holds mmu_lock. */
  holder: thread(Holder, { op: pteListOp }),
  ghost: {
    /** Whose steps are run: what its descriptors keep, and how it counts. Never changes. */
    policy: oneOf('first-fit', 'fill-from-last', 'per-array-counter', 'tail-count', 'forward-move'),
    /** The list that each SPTE belongs to while it is present. */
    home: array(Spte, pointer(Head)),
    /** What the last `pte_list_add` returned and what it should have, when that is not the same. */
    miscounted: { returned: upTo(Spte), had: upTo(Spte) },
    /** Whether the last zap left an SPTE present. */
    survivor: bool,
  },
};
export interface PteList extends StateOf<typeof state> {}
type Holder = PteList['holder'][0];
type PolicyName = keyof typeof pteListPolicies;

function rmap_add(s: PteList, { op }: Holder, head: Head, spte: Spte): Next {
  if (s.ghost.home[spte] !== NULL) return blocked;
  op.rmap_head = head;
  op.spte = spte;
}

function compareCount({ ghost }: PteList, { op }: Holder) {
  const had = ghost.home.reduce((count, head) => (head === op.rmap_head ? count + 1 : count), 0);
  ghost.miscounted.returned = op.count === had ? 0 : op.count;
  ghost.miscounted.had = op.count === had ? 0 : had;
  ghost.home[op.spte] = op.rmap_head;
}

function rmap_remove(s: PteList, { op }: Holder, spte: Spte): Next {
  const head = s.ghost.home[spte];
  if (head === NULL) return blocked;
  s.ghost.home[spte] = NULL;
  op.rmap_head = head;
  op.spte = spte;
}

function kvm_unmap_gfn_range(s: PteList, { op }: Holder, head: Head): Next {
  const { spte, desc } = s.rmap_head[head];
  if (spte === NULL && desc === NULL) return blocked;
  op.rmap_head = head;
}

function clearSpte({ ghost }: PteList, spte: Spte) {
  ghost.home[spte] = NULL;
}

function lookForSurvivor({ ghost }: PteList, { op }: Holder) {
  ghost.survivor = ghost.home.includes(op.rmap_head);
}

/** What the holder of mmu_lock can do, each a list of steps that others may be kept out of. */
export function pteListOperations({ add, remove, destroy }: PteListPolicy): readonly Item<PteList, Holder, never>[][] {
  return [
    [forAny(Head, Spte, rmap_add), add, compareCount],
    [forAny(Spte, rmap_remove), remove],
    [forAny(Head, kvm_unmap_gfn_range), destroy(clearSpte), lookForSurvivor],
  ];
}

/** The variant that runs a policy's steps, or steps that differ from it. */
function keptBy(name: PolicyName, policy: PteListPolicy = pteListPolicies[name]) {
  function allEmpty(s: PteList) {
    s.ghost.policy = name;
  }
  return { holder: either(...pteListOperations(policy).map((steps) => atomically(...steps))), initial: [allEmpty] };
}

function without(steps: PteListSteps, step: PteListStep): PteListSteps {
  return steps.filter((each) => each !== step);
}

function replaced(steps: PteListSteps, step: PteListStep, ...by: PteListStep[]): PteListSteps {
  return steps.flatMap((each) => (each === step ? by : [each]));
}

// Steps that no kernel has.

/** One entry is left: it goes back into the head word, and the descriptor is freed. */
const uncount_or_demote: PteListStep = (s, { op }) => {
  const desc = s.desc[op.from];
  desc.spte_count--;
  if (desc.spte_count === 0) return unlink_head;
  if (desc.spte_count > 1 || desc.more !== NULL) return exit;
};

const demote: PteListStep = (s, { op }) => {
  const head = s.rmap_head[op.rmap_head];
  head.spte = s.desc[op.from].sptes[0];
  head.desc = NULL;
  return mmu_free_pte_list_desc;
};

const removeUnzeroed = replaced(tailCount.remove, mmu_free_pte_list_desc, kmem_cache_free);
const unzeroedInitialised: PteListPolicy = {
  ...tailCount,
  add: replaced(tailCount.add, one_to_many, one_to_many, clear_more),
  remove: removeUnzeroed,
  destroy: entryByEntry(removeUnzeroed),
};

export const pteList = model({
  name: 'pte-list',
  about: 'How the SPTEs of a gfn are kept, counted and removed under five policies; the tail count.',
  source: { ...kernelSource, elsewhere: ['compareCount', 'lookForSurvivor'] },
  state,
  bounds: { head: 2, spte: 5, desc: 3, ext: 2, tail: 7, holder: 1 },
  variants: {
    'first-fit': keptBy('first-fit'),
    'fill-from-last': keptBy('fill-from-last'),
    'per-array-counter': keptBy('per-array-counter'),
    'tail-count': keptBy('tail-count'),
    'forward-move': keptBy('forward-move'),

    //  Right too: nothing under mmu_lock tells the two forms of a list with one entry apart.
    'demote-to-inline': {
      ...keptBy('tail-count', {
        ...tailCount,
        remove: replaced(tailCount.remove, uncount_entry, uncount_or_demote, demote),
      }),
      bounds: { head: 1, spte: 7, desc: 4 },
    },
    //  Right too: the memory is not zeroed, but each field is stored, and a list emptied entry by entry leaves empty slots.
    'unzeroed-initialised': { ...keptBy('tail-count', unzeroedInitialised), bounds: { head: 1, spte: 6 } },

    'fill-from-same': {
      ...keptBy('tail-count', { ...tailCount, remove: perArrayCounter.remove }),
      bounds: { head: 1 },
    },
    'slot-not-cleared': {
      ...keptBy('tail-count', { ...tailCount, remove: without(tailCount.remove, clear_slot) }),
      bounds: { head: 1 },
    },
    'tail-count-not-zeroed': {
      ...keptBy('tail-count', {
        ...unzeroedInitialised,
        add: without(unzeroedInitialised.add, zero_tail_count),
      }),
      bounds: { head: 1, spte: 4 },
    },
    'memory-not-zeroed': {
      ...keptBy('tail-count', { ...unzeroedInitialised, add: tailCount.add }),
      bounds: { head: 1, spte: 4 },
    },
    'zap-without-restart': {
      ...keptBy('forward-move', { ...forwardMove, destroy: entryByEntry(forwardMove.remove, rmap_get_next) }),
      bounds: { head: 1 },
    },
    'narrow-tail-count': { ...keptBy('tail-count'), bounds: { head: 1, tail: 3 } },
  },
});
