/**
 * A fault looks up the host's page without mmu_lock, while the host may be taking that page away: the MMU notifier's sequence and range,
 * by which the fault learns that it has to start again.
 *
 * Models "KVM: Synchronize guest physical memory map to host virtual memory map", "KVM: x86/mmu: Consider the hva in mmu_notifier retry"
 * and "KVM: Use gfn instead of hva for mmu_notifier_retry" (virt/kvm/kvm_main.c: kvm_mmu_notifier_invalidate_range_start,
 * kvm_mmu_invalidate_begin, kvm_mmu_invalidate_range_add, kvm_mmu_invalidate_end, kvm_mmu_notifier_invalidate_range_end;
 * include/linux/kvm_host.h: mmu_invalidate_retry, mmu_invalidate_retry_gfn; arch/x86/kvm/mmu/mmu.c: kvm_mmu_faultin_pfn,
 * is_page_fault_stale).
 *
 * Assumes that a zap also flushes the TLBs, and that each invalidation is of one range of gfns of one memslot, whose memory the host then
 * gives new pages, all at once. The sequence is as wide as it must be. Nobody checks it without mmu_lock.
 */
import {
  array,
  blocked,
  bool,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  member,
  model,
  type Next,
  once,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';
import {
  Gfn,
  Invalidation,
  type InvalidationId,
  kvm_mmu_invalidate_begin,
  kvm_mmu_invalidate_end,
  kvm_mmu_invalidate_range_add,
  kvm_mmu_invalidate_range_reset,
  mmu_invalidate_retry,
  mmu_invalidate_retry_gfn,
  rangedNotifier,
} from '../kernel/notifier.ts';
import { kernelSource } from './source.ts';

const Vcpu = symmetric('vcpu');

const state = {
  mmu_lock: spinlock,
  kvm: rangedNotifier,
  /** The host's page tables: of each gfn, how often it has got another page. */
  host: array(Gfn, { pfn: upTo(Invalidation) }),
  spte: array(Gfn, { present: bool, pfn: upTo(Invalidation) }),
  vcpu: thread(Vcpu, { gfn: member(Gfn), mmu_seq: upTo(Invalidation), pfn: upTo(Invalidation) }),
  /** What it takes away: from `start` to `last`. */
  mm: thread(Invalidation, { start: member(Gfn), last: member(Gfn) }),
};
export interface Notifier extends StateOf<typeof state> {}
type Vcpu = Notifier['vcpu'][Id<typeof Vcpu>];
type Mm = Notifier['mm'][InvalidationId];
type List<Thread> = readonly Item<Notifier, Thread, 'mmu_lock'>[];

// A fault.

function page_fault({ spte }: Notifier, vcpu: Vcpu, gfn: Gfn): Next {
  if (spte[gfn].present) return blocked;
  vcpu.gfn = gfn;
}

function read_mmu_invalidate_seq({ kvm }: Notifier, vcpu: Vcpu): void {
  vcpu.mmu_seq = kvm.mmu_invalidate_seq;
}

function kvm_faultin_pfn({ host }: Notifier, vcpu: Vcpu): void {
  vcpu.pfn = host[vcpu.gfn].pfn;
}

/** Goes back to the guest, which faults again, when what has been found may be stale. */
function staleIf(retry: (kvm: Notifier['kvm'], mmu_seq: number, gfn: Gfn) => boolean) {
  return function is_page_fault_stale({ kvm }: Notifier, { mmu_seq, gfn }: Vcpu): Next {
    if (retry(kvm, mmu_seq, gfn)) return exit;
  };
}

function set_spte({ spte }: Notifier, { gfn, pfn }: Vcpu): void {
  spte[gfn].present = true;
  spte[gfn].pfn = pfn;
}

// The host takes pages away: munmap(), compaction, swapping, copy-on-write.

function mmu_notifier_invalidate_range_start(_: Notifier, mm: Mm, start: Gfn, last: Gfn): Next {
  if (last < start) return blocked;
  mm.start = start;
  mm.last = last;
}

function invalidate_begin({ kvm }: Notifier): void {
  kvm_mmu_invalidate_begin(kvm);
}

/** Adds the range of the invalidation in one way or another. */
function rangeThat(add: (kvm: Notifier['kvm'], start: number, end: number) => void) {
  return function invalidate_range_add({ kvm }: Notifier, { start, last }: Mm): void {
    add(kvm, start, last + 1);
  };
}

function kvm_unmap_gfn_range({ spte }: Notifier, { start, last }: Mm): void {
  for (let gfn = start; gfn <= last; gfn++) {
    spte[gfn].present = false;
    spte[gfn].pfn = 0;
  }
}

function change_host_ptes({ host }: Notifier, { start, last }: Mm): void {
  for (let gfn = start; gfn <= last; gfn++) host[gfn].pfn++;
}

function invalidate_end({ kvm }: Notifier): void {
  kvm_mmu_invalidate_end(kvm);
  kvm_mmu_invalidate_range_reset(kvm);
}

// Ways to ask whether a fault is stale, and to keep the range, of which some are wrong.

const wholeVm = staleIf(mmu_invalidate_retry);
const byRange = staleIf(mmu_invalidate_retry_gfn);
const byCount = staleIf(({ mmu_invalidate_in_progress }) => mmu_invalidate_in_progress > 0);
const bySequence = staleIf(({ mmu_invalidate_seq }, mmu_seq) => mmu_invalidate_seq !== mmu_seq);

const rangeGrows = rangeThat(kvm_mmu_invalidate_range_add);
const rangeReplaced = rangeThat((kvm, start, end) => {
  kvm.mmu_invalidate_range_start = start;
  kvm.mmu_invalidate_range_end = end;
});

const fault = [forAny(Gfn, page_fault), read_mmu_invalidate_seq, kvm_faultin_pfn];
const installUnless = (stale: typeof wholeVm): List<Vcpu> => [...fault, ...holding('mmu_lock', stale, set_spte)];

const start = forAny(Gfn, Gfn, mmu_notifier_invalidate_range_start);
const begin = holding('mmu_lock', invalidate_begin, rangeGrows, kvm_unmap_gfn_range);
const end = holding('mmu_lock', invalidate_end);
const mm = once<Notifier, Mm, 'mmu_lock'>(start, ...begin, change_host_ptes, ...end);

/** What the claims name. */
export const notifierSteps = { kvm_faultin_pfn, set_spte };

export const notifier = model({
  name: 'notifier',
  about: 'how a fault learns that the host has taken away the page that it has looked up',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 2, invalidation: 2 },
  variants: {
    retry: { vcpu: installUnless(wholeVm), mm },
    'retry-by-range': { vcpu: installUnless(byRange), mm },

    'no-retry': { vcpu: [...fault, ...holding('mmu_lock', set_spte)], mm },
    'count-only': { vcpu: installUnless(byCount), mm },
    'sequence-only': { vcpu: installUnless(bySequence), mm },
    'retry-before-lock': { vcpu: [...fault, byRange, ...holding('mmu_lock', set_spte)], mm },
    'sequence-after-pfn': {
      vcpu: [
        forAny(Gfn, page_fault),
        kvm_faultin_pfn,
        read_mmu_invalidate_seq,
        ...holding('mmu_lock', byRange, set_spte),
      ],
      mm,
    },
    'zap-before-begin': {
      vcpu: installUnless(byRange),
      mm: once(
        start,
        ...holding('mmu_lock', kvm_unmap_gfn_range),
        ...holding('mmu_lock', invalidate_begin, rangeGrows),
        change_host_ptes,
        ...end,
      ),
    },
    'end-before-change': { vcpu: installUnless(byRange), mm: once(start, ...begin, ...end, change_host_ptes) },
    'range-replaced': {
      vcpu: installUnless(byRange),
      mm: once(
        start,
        ...holding('mmu_lock', invalidate_begin, rangeReplaced, kvm_unmap_gfn_range),
        change_host_ptes,
        ...end,
      ),
    },
  },
});
