/**
 * The pte list of a page that a guest's processes share: each fork adds an SPTE, each exit removes one, as in the tests that the
 * patches were measured with.
 *
 * Models "KVM: X86: MMU: Tune PTE_LIST_EXT to be bigger", "KVM: X86: Optimize pte_list_desc with per-array counter", "KVM: X86:
 * Optimize zapping rmap" and "KVM: x86/mmu: Track tail count in pte_list_desc to optimize guest fork()" (arch/x86/kvm/mmu/mmu.c:
 * pte_list_add, pte_list_remove, pte_list_destroy, kvm_zap_rmapp, pte_list_count).
 *
 * Assumes one page and mmu_lock held throughout; that all fork before any exits, and exit in the order in which they were forked or in
 * the opposite one. The model `pte-list` has every order of adding and removing, and far fewer SPTEs.
 */
import {
  array,
  atomically,
  bit,
  blocked,
  either,
  model,
  type Next,
  NULL,
  oneOf,
  range,
  type StateOf,
  thread,
} from '#notation';
import { Head, type PteListSteps, pteListDescs, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';
import { entryByEntry } from '../kernel/pte-list-zap.ts';
import { type PteListPolicy, pteListPolicies } from '../kernel/pte-list.ts';
import { kernelSource } from './source.ts';

const Holder = range('holder');

const state = {
  rmap_head: array(Head, rmapHead),
  desc: pteListDescs,
  /** The SPTEs of the children, in the order in which they are forked. */
  present: array(Spte, bit),
  phase: oneOf('forking', 'exiting'),
  exits: oneOf('oldestFirst', 'newestFirst'),
  /** Whoever holds mmu_lock. */
  holder: thread(Holder, { op: pteListOp }),
  ghost: { policy: oneOf('first-fit', 'fill-from-last', 'per-array-counter', 'tail-count', 'forward-move') },
};
export interface PteListFork extends StateOf<typeof state> {}
type Holder = PteListFork['holder'][0];
type PolicyName = keyof typeof pteListPolicies;

function theList({ rmap_head }: PteListFork): Head {
  return rmap_head.findIndex(() => true) as Head;
}

function kvm_mmu_page_fault(s: PteListFork, { op }: Holder): Next {
  const spte = s.present.indexOf(0);
  if (s.phase === 'exiting' || spte === NULL) return blocked;
  s.present[spte] = 1;
  op.rmap_head = theList(s);
  op.spte = spte;
}

function drop_spte(s: PteListFork, { op }: Holder): Next {
  const oldest = s.present.indexOf(1);
  if (oldest === NULL) return blocked;
  const newest = s.present.reduce((last, there, spte) => (there ? spte : last), oldest);
  op.rmap_head = theList(s);
  op.spte = s.exits === 'oldestFirst' ? oldest : newest;
  s.present[op.spte] = 0;
  s.phase = s.present.includes(1) ? 'exiting' : 'forking';
}

/** The host takes the page away: all SPTEs go at once. */
function kvm_unmap_gfn_range(s: PteListFork, { op }: Holder): Next {
  if (!s.present.includes(1)) return blocked;
  op.rmap_head = theList(s);
  s.phase = 'forking';
}
function clearSpte({ present }: PteListFork, spte: Spte): void {
  present[spte] = 0;
}

/** The reader of `mmu_rmaps_stat`. */
function counting({ count }: PteListPolicy) {
  return function pte_list_count(s: PteListFork): void {
    s.rmap_head.forEach((head) => {
      count(s, head);
    });
  };
}

function keptBy(name: PolicyName, policy: PteListPolicy = pteListPolicies[name]) {
  function oldestFirst(s: PteListFork) {
    s.ghost.policy = name;
  }
  function newestFirst(s: PteListFork) {
    s.ghost.policy = name;
    s.exits = 'newestFirst';
  }
  const { add, remove, destroy } = policy;
  const holder = either(
    atomically(kvm_mmu_page_fault, add as PteListSteps),
    atomically(drop_spte, remove as PteListSteps),
    atomically(kvm_unmap_gfn_range, destroy(clearSpte)),
    counting(policy),
  );
  return { holder, initial: [oldestFirst, newestFirst] };
}

export const pteListFork = model({
  name: 'pte-list-fork',
  about: 'what it costs to keep the SPTEs of a page that many processes share: slots and descriptors that are read',
  source: kernelSource,
  state,
  // The children exit in the order in which they were forked, or in the opposite one.
  ordered: [Spte],
  bounds: { head: 1, spte: 8, desc: 4, ext: 2, tail: 8, holder: 1 },
  variants: {
    'first-fit': keptBy('first-fit'),
    'fill-from-last': keptBy('fill-from-last'),
    'per-array-counter': keptBy('per-array-counter'),
    //  Without the last patch of that series.
    'per-array-counter-zapped-one-by-one': keptBy('per-array-counter', {
      ...pteListPolicies['per-array-counter'],
      destroy: entryByEntry(pteListPolicies['per-array-counter'].remove),
    }),
    'tail-count': keptBy('tail-count'),
    'forward-move': keptBy('forward-move'),
  },
});
