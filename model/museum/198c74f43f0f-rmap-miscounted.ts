/**
 * An rmap is zapped when it grows too long; how long it is, is what the add of one more entry returns, and that leaves some out.
 *
 * Models rmap_add and pte_list_add as of 198c74f43f0f (2014; arch/x86/kvm/mmu.c), whose count "KVM: MMU: fix the count of spte number"
 * (Xiao Guangrong, 2013, not merged) corrects; as of 5.15, still not exact; and "KVM: x86/mmu: Track tail count in pte_list_desc to
 * optimize guest fork()" (6.4), with which it is (arch/x86/kvm/mmu/mmu.c: __rmap_add, kvm_zap_all_rmap_sptes).
 *
 * Assumes that RMAP_RECYCLE_THRESHOLD is 3, and that nobody reads a list without mmu_lock.
 */
import {
  array,
  atomically,
  blocked,
  exit,
  forAny,
  holding,
  type Id,
  model,
  type Next,
  NULL,
  pointer,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';
import { Head, pteListDescs, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';
import { firstFit, perArrayCounter, type PteListPolicy, tailCount } from '../kernel/pte-list.ts';

export const RMAP_RECYCLE_THRESHOLD = 3;

const Vcpu = symmetric('vcpu');
const Shrinker = symmetric('shrinker');

const state = {
  mmu_lock: spinlock,
  rmap_head: array(Head, rmapHead),
  desc: pteListDescs,
  vcpu: thread(Vcpu, { op: pteListOp }),
  shrinker: thread(Shrinker, { op: pteListOp }),
  ghost: {
    /** The rmap that each SPTE belongs to while it is present. */
    home: array(Spte, pointer(Head)),
  },
};
export interface RmapMiscounted extends StateOf<typeof state> {}
type Vcpu = RmapMiscounted['vcpu'][Id<typeof Vcpu>];
type Shrinker = RmapMiscounted['shrinker'][Id<typeof Shrinker>];

function page_fault({ ghost }: RmapMiscounted, { op }: Vcpu, head: Head, spte: Spte): Next {
  if (ghost.home[spte] !== NULL) return blocked;
  op.rmap_head = head;
  op.spte = spte;
}

/** Another vCPU may have been faster. */
function mmu_set_spte({ ghost }: RmapMiscounted, { op }: Vcpu): Next {
  if (ghost.home[op.spte] !== NULL) return exit;
  ghost.home[op.spte] = op.rmap_head;
}

function __rmap_add(_: RmapMiscounted, { op }: Vcpu): Next {
  if (op.count <= RMAP_RECYCLE_THRESHOLD) return exit;
}

function mmu_shrink_scan({ ghost }: RmapMiscounted, { op }: Shrinker, spte: Spte): Next {
  if (ghost.home[spte] === NULL) return blocked;
  op.spte = spte;
}

function drop_spte({ ghost }: RmapMiscounted, { op }: Shrinker): Next {
  const head = ghost.home[op.spte];
  if (head === NULL) return exit;
  ghost.home[op.spte] = NULL;
  op.rmap_head = head;
}

function clearSpte({ ghost }: RmapMiscounted, spte: Spte): void {
  ghost.home[spte] = NULL;
}

/** What the claims name. */
export const rmapMiscountedSteps = { __rmap_add };

function keptBy({ add, remove, destroy }: PteListPolicy) {
  const list = atomically<RmapMiscounted, Vcpu>(add);
  const recycle = atomically(...destroy(clearSpte));
  return {
    vcpu: [forAny(Head, Spte, page_fault), ...holding('mmu_lock', mmu_set_spte, list, __rmap_add, recycle)],
    shrinker: [
      forAny(Spte, mmu_shrink_scan),
      ...holding('mmu_lock', drop_spte, atomically<RmapMiscounted, Shrinker>(remove)),
    ],
  };
}

export const rmapMiscounted = model({
  name: 'museum/198c74f43f0f',
  about: 'an add to an rmap returns fewer entries than there are, and the rmap outgrows its limit',
  state,
  bounds: { head: 1, spte: 5, desc: 3, ext: 2, tail: 7, vcpu: 1, shrinker: 1 },
  variants: {
    'first-fit': keptBy(firstFit),
    'per-array-counter': keptBy(perArrayCounter),
    'tail-count': keptBy(tailCount),
  },
});
