/** What is claimed of the dirty log, and what must come out for each order. */
import {
  clear_dirty_bit,
  copy_to_user,
  type DirtyLog,
  dirtyLog,
  dirtyLogSets,
  fast_pf_fix_direct_spte,
  mark_page_dirty,
  rmap_add,
  set_spte,
  store_clear_bit,
} from '#model';
import { ahead, at, claim, drained, forEvery, holds, idle, implies, passed, type Row, suite } from '#notation';

export const dirtyNeverVisibleBeforeRmap = claim(
  '"we should ensure the writable spte can be found in rmap before the dirty bitmap is visible"',
  // Whenever someone could look, no fault that has set its bit still owes its SPTE or its rmap entry. Of what waits in a store buffer
  // it says nothing: the claims after this one do.
  (s: DirtyLog) =>
    s.mmu_lock.held ||
    s.vcpu.every((vcpu) => !passed(vcpu, mark_page_dirty) || !ahead(vcpu, set_spte, fast_pf_fix_direct_spte, rmap_add)),
);

/** Whether the next report will have every page that was written since the last one. */
export function willReportUnsent<Gfn extends PropertyKey>({
  ghost,
  dirty_bitmap,
}: {
  readonly ghost: { readonly unsent: Row<Gfn, 0 | 1> };
  readonly dirty_bitmap: Row<Gfn, 0 | 1>;
}): boolean {
  return ghost.unsent.every((unsent, gfn) => !unsent || dirty_bitmap[gfn] === 1);
}

export const noLostWrite = claim(
  'when nobody is in the middle of anything, every page written since its last report has its dirty bit set',
  (s: DirtyLog) => implies(s.vcpu.every(idle) && s.ioctl.every(idle) && drained(s), () => willReportUnsent(s)),
);

export const dirtyCovered = claim(
  'every page that is writable or unsent has its dirty bit set, or a fault is yet to set it, or the ioctl is yet to report it',
  (s: DirtyLog) =>
    !drained(s) ||
    s.spte.every(({ writable }, gfn) =>
      implies(
        writable || s.tlb.some((tlb) => tlb[gfn] === 1) || s.ghost.unsent[gfn] === 1,
        s.dirty_bitmap[gfn] === 1 ||
          s.vcpu.some((vcpu) => ahead(vcpu, mark_page_dirty) && vcpu.gfn === gfn) ||
          s.ioctl.some(
            (ioctl) =>
              (passed(ioctl, clear_dirty_bit) || passed(ioctl, store_clear_bit)) &&
              ahead(ioctl, copy_to_user) &&
              ioctl.gfn === gfn,
          ),
      ),
    ),
);

export const aWriteIsReported = claim('the ioctl reports a page that was written', (s: DirtyLog) =>
  s.ioctl.some((ioctl) => at(ioctl, copy_to_user) && s.ghost.unsent[ioctl.gfn] === 1),
);

export const aTlbOutlivesItsSpte = claim(
  'a TLB still has as writable what the ioctl has write-protected',
  (s: DirtyLog) => s.tlb.some((tlb) => tlb.some((writable, gfn) => writable === 1 && !s.spte[gfn].writable)),
);

export const aReapedPageIsDirtiedAgain = claim(
  'a fault dirties a page that the ioctl is about to report',
  (s: DirtyLog) => s.ioctl.some((ioctl) => at(ioctl, copy_to_user) && s.dirty_bitmap[ioctl.gfn] === 1),
);

export const faultCompletes = claim(
  'a page that a vCPU has faulted on comes to be writable',
  forEvery(dirtyLogSets.Gfn, [
    (s: DirtyLog, gfn) => s.vcpu.some((vcpu) => ahead(vcpu, set_spte, fast_pf_fix_direct_spte) && vcpu.gfn === gfn),
    (s: DirtyLog, gfn) => s.spte[gfn].writable,
  ]),
);

/** Whether the ioctl has mmu_lock. */
function heldByIoctl(s: DirtyLog): boolean {
  return s.ioctl.some((ioctl) => holds(s.mmu_lock, ioctl));
}
/** Whether a fault has begun and waits for it. */
function aFaultWaits(s: DirtyLog): boolean {
  return heldByIoctl(s) && !s.vcpu.every(idle);
}
const lockedAndLockless = {
  set: 'gfn',
  from: 1,
  to: 3,
  bounds: { vcpu: 1 },
  variants: ['mmu-lock', 'rmap-then-dirty'],
} as const;
const getDirtyLog = 'migrate-perf, the time of KVM_GET_DIRTY_LOG: 9009483 ns before, 4807343 ns after';

const lost = ['noLostWrite', 'dirtyCovered'] as const;
const lostByOrder = ['dirtyNeverVisibleBeforeRmap', ...lost] as const;

export const dirtyLogSuite = suite(dirtyLog, {
  invariants: { dirtyNeverVisibleBeforeRmap, noLostWrite, dirtyCovered },
  reachable: { aWriteIsReported, aTlbOutlivesItsSpte, aReapedPageIsDirtiedAgain },
  leadsTo: { faultCompletes },
  measures: {
    mmuLockHeld: {
      what: 'steps that the ioctl takes while it holds mmu_lock, for one page',
      of: 'ioctl',
      while: heldByIoctl,
      sweep: lockedAndLockless,
      published: getDirtyLog,
      unsaid:
        'how long a step takes, and that a compare-and-exchange costs more than a store; that the flush takes place outside of mmu_lock in both',
    },
    mmuLockWait: {
      what: 'steps that the ioctl takes, for one page, while a fault waits for the mmu_lock that it holds',
      of: 'ioctl',
      while: aFaultWaits,
      sweep: lockedAndLockless,
      published: getDirtyLog,
      unsaid: 'what faults lose by it: the published kernbench has no regression, and no gain',
    },
  },
  violated: {
    'rmap-then-dirty': [],
    'rmap-then-spte-then-dirty': [],
    'dirty-then-rmap': lostByOrder,
    'rmap-then-dirty-then-spte': lostByOrder,
    'dirty-then-spte-then-rmap': lostByOrder,
    'dirty-then-rmap-then-spte': lostByOrder,
    'fast-spte-then-dirty': [],
    'fast-dirty-then-spte': lostByOrder,
    'mmu-lock-rmap-then-dirty': [],
    'mmu-lock-rmap-then-spte-then-dirty': [],
    'mmu-lock': [],
    'mmu-lock-rmap-then-dirty-then-spte': [],
    'mmu-lock-dirty-then-spte-then-rmap': [],
    'mmu-lock-dirty-then-rmap-then-spte': [],
    'stores-in-order': [],
    'store-barrier': [],
    'no-store-barrier': lost,
    'fast-without-barrier': [],
    'cleared-by-store': lost,
    'no-flush': lost,
    'rmap-then-spte-then-dirty-no-flush': lost,
    'fast-spte-then-dirty-no-flush': lost,
    'mmu-lock-rmap-then-dirty-no-flush': lost,
    'mmu-lock-rmap-then-spte-then-dirty-no-flush': lost,
    'mmu-lock-no-flush': lost,
    'mmu-lock-rmap-then-dirty-then-spte-no-flush': lost,
    'mmu-lock-dirty-then-spte-then-rmap-no-flush': lost,
    'mmu-lock-dirty-then-rmap-then-spte-no-flush': lost,
  },
});
