/**
 * Zapping a whole rmap, with what is in between: entry by entry, which moves an entry for each that it removes, or in one pass, which
 * moves none, and leaves the head word as it was until all descriptors are freed.
 *
 * Models "KVM: X86: Optimize zapping rmap" (Peter Xu, 2021; arch/x86/kvm/mmu/mmu.c: kvm_zap_rmapp, pte_list_destroy, pte_list_remove,
 * rmap_get_first, rmap_get_next), for the lists that there were then and for those of "KVM: x86/mmu: Track tail count in pte_list_desc
 * to optimize guest fork()". A move of an entry is the step `fill_hole`.
 *
 * Assumes that a fault, or the removal of one entry, which hold mmu_lock, are one transition; that a fault waits for a free
 * descriptor; that nobody zaps a list for its length. Of a reader only where it stands is kept. No TLB.
 */
import {
  array,
  atomically,
  blocked,
  cond_resched,
  either,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  model,
  type Next,
  NULL,
  pointer,
  range,
  rwlock,
  type StateOf,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { mmu_free_pte_list_desc } from '../kernel/pte-list-remove.ts';
import { Desc, Head, type PteListStep, pteListDescs, pteListOp, rmapHead, Spte } from '../kernel/pte-list-shape.ts';
import { entryByEntry, onePass, rmap_get_next, type Zap } from '../kernel/pte-list-zap.ts';
import {
  fillFromLast,
  firstFit,
  forwardMove,
  perArrayCounter,
  type PteListPolicy,
  tailCount,
} from '../kernel/pte-list.ts';
import { kernelSource } from './source.ts';

const Vcpu = symmetric('vcpu');
const Notifier = range('notifier');
const Reader = symmetric('reader');

const state = {
  mmu_lock: rwlock,
  mmu_invalidate_in_progress: upTo(Notifier),
  rmap_head: array(Head, rmapHead),
  desc: pteListDescs,
  /** The list that each SPTE is in; it is set and removed with its entry, but for a zap. */
  spte: array(Spte, { rmap: pointer(Head) }),
  vcpu: thread(Vcpu, { op: pteListOp }),
  notifier: thread(Notifier, { op: pteListOp }),
  /** Whoever counts the entries of a list. */
  reader: thread(Reader, { desc: pointer(Desc) }),
};
export interface ZapRmap extends StateOf<typeof state> {}
type Vcpu = ZapRmap['vcpu'][Id<typeof Vcpu>];
type Notifier = ZapRmap['notifier'][Id<typeof Notifier>];
type Reader = ZapRmap['reader'][Id<typeof Reader>];
type List<Thread> = readonly Item<ZapRmap, Thread, 'mmu_lock'>[];

// A fault, and the removal of one entry.

function page_fault({ spte }: ZapRmap, { op }: Vcpu, head: Head, id: Spte): Next {
  if (spte[id].rmap !== NULL) return blocked;
  op.rmap_head = head;
  op.spte = id;
}
/** In vain while the notifier is at work, or when another vCPU was faster. */
function mmu_set_spte({ mmu_invalidate_in_progress, spte }: ZapRmap, { op }: Vcpu): Next {
  if (mmu_invalidate_in_progress > 0 || spte[op.spte].rmap !== NULL) return exit;
  spte[op.spte].rmap = op.rmap_head;
}
function drop_spte({ spte }: ZapRmap, { op }: Vcpu, id: Spte): Next {
  const { rmap } = spte[id];
  if (rmap === NULL) return blocked;
  spte[id].rmap = NULL;
  op.rmap_head = rmap;
  op.spte = id;
}

// The MMU notifier.

function kvm_mmu_invalidate_begin(s: ZapRmap, { op }: Notifier, head: Head): void {
  s.mmu_invalidate_in_progress++;
  op.rmap_head = head;
}
function kvm_mmu_invalidate_end(s: ZapRmap): void {
  s.mmu_invalidate_in_progress--;
}
function clearSpte({ spte }: ZapRmap, id: Spte): void {
  spte[id].rmap = NULL;
}

// Whoever counts entries, one descriptor a step.

function kvm_mmu_rmaps_stat_show({ rmap_head }: ZapRmap, reader: Reader, head: Head): Next {
  reader.desc = rmap_head[head].desc;
  if (reader.desc === NULL) return exit;
}
function pte_list_count({ desc }: ZapRmap, reader: Reader): Next {
  if (reader.desc === NULL) return exit;
  reader.desc = desc[reader.desc].more;
  return pte_list_count;
}

const count: List<Reader> = [forAny(Head, kvm_mmu_rmaps_stat_show), pte_list_count];

// What no kernel does.

const keep_desc: PteListStep = () => {};
/** The memory is zeroed when it is given back. */
const free_before_more: PteListStep = (s, caller) => {
  mmu_free_pte_list_desc(s, caller);
  caller.op.iter.desc = s.desc[caller.op.from].more;
};

/** Faults and removals of single entries, a zap, and a reader; right unless told otherwise. */
function zapping(
  { add, remove }: PteListPolicy,
  destroy: Zap,
  parts: { yields?: boolean; reader?: List<Reader> } = {},
) {
  const zap: List<Notifier> = destroy(clearSpte);
  const steps = parts.yields ? [...zap.slice(0, -1), cond_resched('mmu_lock'), ...zap.slice(-1)] : zap;
  return {
    vcpu: either(
      [forAny(Head, Spte, page_fault), atomically(...holding('mmu_lock', mmu_set_spte, add))],
      atomically(...holding('mmu_lock', forAny(Spte, drop_spte), remove)),
    ),
    notifier: [
      ...holding('mmu_lock', forAny(Head, kvm_mmu_invalidate_begin), steps),
      ...holding('mmu_lock', kvm_mmu_invalidate_end),
    ],
    reader: parts.reader ?? holding('mmu_lock', count),
  };
}

/** What the claims name. */
export const zapRmapSteps = { kvm_mmu_invalidate_end, mmu_set_spte, pte_list_count };

const { remove } = perArrayCounter;
const repeatedRemove = entryByEntry(remove);
const inOnePass = onePass(mmu_free_pte_list_desc);

//  Enough for what is wrong there.
const three = { spte: 3, desc: 2 };

export const zapRmap = model({
  name: 'zap-rmap',
  about: 'how a whole rmap is zapped: entry by entry, or in one pass',
  source: kernelSource,
  state,
  bounds: { head: 1, spte: 5, desc: 3, ext: 2, tail: 7, vcpu: 1, notifier: 1, reader: 1 },
  variants: {
    'repeated-remove': zapping(perArrayCounter, repeatedRemove),
    'one-pass': zapping(perArrayCounter, inOnePass),
    'first-fit-repeated-remove': zapping(firstFit, firstFit.destroy),
    'fill-from-last-repeated-remove': zapping(fillFromLast, fillFromLast.destroy),
    'forward-move-repeated-remove': zapping(forwardMove, forwardMove.destroy),
    'tail-count-repeated-remove': { ...zapping(tailCount, entryByEntry(tailCount.remove)), bounds: { spte: 6 } },
    'tail-count-one-pass': { ...zapping(tailCount, inOnePass), bounds: { spte: 6 } },
    //  Right too, though no kernel does it within a list: after each entry all is as it should be.
    'repeated-remove-yields': { ...zapping(perArrayCounter, repeatedRemove, { yields: true }), bounds: { spte: 4 } },

    'one-pass-yields': { ...zapping(perArrayCounter, inOnePass, { yields: true }), bounds: three },
    'not-restarted': { ...zapping(perArrayCounter, entryByEntry(remove, rmap_get_next)), bounds: three },
    'tail-count-not-restarted': {
      ...zapping(tailCount, entryByEntry(tailCount.remove, rmap_get_next)),
      bounds: three,
    },
    'freed-before-more': { ...zapping(perArrayCounter, onePass(free_before_more)), bounds: three },
    'descriptors-kept': { ...zapping(perArrayCounter, onePass(keep_desc)), bounds: three },
    'repeated-remove-read-without-lock': {
      ...zapping(perArrayCounter, repeatedRemove, { reader: [count] }),
      bounds: three,
    },
    'one-pass-read-without-lock': { ...zapping(perArrayCounter, inOnePass, { reader: [count] }), bounds: three },
  },
});
