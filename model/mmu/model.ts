/**
 * The MMU as a whole: two vCPUs fault, with mmu_lock and without, recycle rmaps, zap and write-track, while userspace gets the dirty
 * log, the host takes pages away, and the hardware goes on. What each of these relies on, the others keep, or break.
 *
 * Models arch/x86/kvm/mmu/mmu.c (fast_page_fault, kvm_mmu_faultin_pfn, is_page_fault_stale, mmu_set_spte, rmap_add, pte_list_add,
 * pte_list_remove, kvm_zap_all_rmap_sptes, rmap_write_protect, mmu_page_zap_pte), arch/x86/kvm/mmu/page_track.c
 * (__kvm_write_track_add_gfn) and virt/kvm/kvm_main.c (kvm_get_dirty_log_protect, kvm_mmu_notifier_invalidate_range_start), each as in the
 * model of its own: pte-list, dirty-log, fast-page-fault, write-protect, notifier.
 *
 * Assumes small pages of one slot, which is always logged, and shadow pages of several roles, so that several SPTEs map a gfn. Nobody
 * reads an rmap without mmu_lock: what is done to one is one step with the store to its SPTEs. A recycling is a step of its own, of an
 * rmap of any length that has a descriptor, and not of the fault that made it that long. The sequence of the notifier is read in one step
 * with the page. A TLB has a gfn, by whichever SPTE.
 */
import { atomically, either, exit, forAny, holding, model, type Next } from '#notation';
import { copy_to_user, kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import { Desc, Spte } from '../kernel/pte-list-shape.ts';
import { mmu_free_pte_list_desc, unlink_head } from '../kernel/pte-list-remove.ts';
import { perArrayCounter, type PteListPolicy, tailCount } from '../kernel/pte-list.ts';
import { Gfn } from '../kernel/spte.ts';
import { type FlushTest, flushTests } from '../kernel/write-protect.ts';
import {
  fast_page_fault,
  fast_pf_fix_direct_spte,
  type FaultParts,
  faults,
  kvm_faultin_pfn,
  mark_page_dirty,
} from './fault.ts';
import { change_host_ptes, invalidation } from './notifier.ts';
import { hardware, type Ioctl, type List, oneRmap, rmapsInTurn, state, type Vcpu } from './state.ts';
import { protectReaped, trackAdd, trackRemove } from './write-protect.ts';
import { recycle, zapPage } from './zap.ts';
import { kernelSource } from './source.ts';

interface Parts extends FaultParts {
  rmap?: PteListPolicy;
  report?: List<Ioctl>;
  trackFlushesIf?: FlushTest;
  afterRecycle?: List<Vcpu>;
}

/** All of it, with what differs from the base. */
function everything({
  rmap = tailCount,
  report = [...flush_remote_tlbs, copy_to_user],
  trackFlushesIf = flushTests.mmuWritableCleared,
  afterRecycle = [],
  ...fault
}: Parts) {
  const flushedFor = either(zapPage(rmap), recycle(rmap, ...afterRecycle), trackAdd(trackFlushesIf));
  return {
    vcpu: either(...faults(rmap, fault), holding('mmu_lock', flushedFor, ...flush_remote_tlbs), trackRemove),
    ioctl: [...protectReaped, ...report],
    mm: invalidation(rmap),
  };
}

// What no kernel does.

const emptyHeadKept: PteListPolicy = {
  ...tailCount,
  remove: tailCount.remove.filter((step) => step !== unlink_head && step !== mmu_free_pte_list_desc),
};

function return_without_flush(): Next {
  return exit;
}

/** What the claims name. */
export const mmuSteps = {
  change_host_ptes,
  copy_to_user,
  kvm_faultin_pfn,
  kvm_get_dirty_log_protect,
  mark_page_dirty,
};

/** Enough for what is wrong. */
const oneVcpu = { vcpu: 1 };

export const mmu = model({
  name: 'mmu',
  about: 'faults, rmaps, the dirty log, write tracking and the MMU notifier, all at once',
  source: kernelSource,
  state,
  // Locals that are of no more use become the first member (forgetOp).
  ordered: [Spte, Desc],
  bounds: { gfn: 1, spte: 3, vcpu: 2, ioctl: 1, invalidation: 1, desc: 2, ext: 2, tail: 3 },
  actions: hardware,
  initial: [oneRmap, rmapsInTurn],
  variants: {
    'all-together': everything({}),

    //  Of the rmaps.
    'fill-from-same': { ...everything({ rmap: { ...tailCount, remove: perArrayCounter.remove } }), bounds: oneVcpu },
    'empty-head-kept': { ...everything({ rmap: emptyHeadKept }), bounds: oneVcpu },
    'rmap-add-again': { ...everything({ isRmapped: () => false }), bounds: { ...oneVcpu, spte: 2 } },

    //  Of the dirty log.
    'fast-dirty-then-spte': {
      ...everything({
        fast: [atomically(forAny(Gfn, fast_page_fault), mark_page_dirty), forAny(Spte, fast_pf_fix_direct_spte)],
      }),
      bounds: oneVcpu,
    },
    'report-then-flush': { ...everything({ report: [copy_to_user, ...flush_remote_tlbs] }), bounds: oneVcpu },

    //  Of write tracking and of the notifier.
    'track-flushes-if-writable': { ...everything({ trackFlushesIf: flushTests.writable }), bounds: oneVcpu },
    'no-retry': { ...everything({ isStale: () => false }), bounds: oneVcpu },
    //  Of all.
    'recycle-no-flush': { ...everything({ afterRecycle: [return_without_flush] }), bounds: oneVcpu },
  },
});
