/** What is claimed of the fast page fault, and which SPTEs and which zaps it must not meet. */
import { type FastPageFault, fastPageFault, fastPageFaultSteps, lastLevelSpte } from '#model';
import { ahead, at, claim, holds, idle, implies, passed, suite } from '#notation';
import { willReportUnsent } from './dirty-log.ts';

const { copy_to_user, kvm_get_dirty_log_protect, mark_page_dirty, mmu_spte_clear_track_bits, swapOut } =
  fastPageFaultSteps;

export const legalBits = claim('"If MMU-writable is clear, PT_WRITABLE_MASK must be clear."', (s: FastPageFault) =>
  [s.large, ...s.spte].every(({ writable, mmu_writable }) => mmu_writable || !writable),
);

export const zappedStaysZapped = claim(
  'an SPTE that is zapped under mmu_lock is not present until mmu_lock is free',
  (s: FastPageFault) =>
    s.task.every((task) =>
      implies(
        passed(task, mmu_spte_clear_track_bits) && ahead(task, swapOut),
        () => !(task.large ? s.large : s.spte[task.addr]).present,
      ),
    ),
);

export const dirtyCovered = claim(
  'every page of a logged slot that is writable or unsent has its dirty bit set, or a fault is yet to set it, or the ioctl is yet to report it',
  (s: FastPageFault) =>
    s.dirty_bitmap.every((dirty, gfn) => {
      const writable = (addr: typeof gfn) => lastLevelSpte(s, addr).writable || s.tlb.some((tlb) => tlb[addr] === 1);
      return implies(
        s.slot.logged && (s.ghost.unsent[gfn] === 1 || s.gpte.some((each, addr) => each === gfn && writable(addr))),
        () =>
          dirty === 1 ||
          s.vcpu.some((vcpu) => ahead(vcpu, mark_page_dirty) && vcpu.fault.gfn === gfn) ||
          s.task.some(
            (task) => passed(task, kvm_get_dirty_log_protect) && ahead(task, copy_to_user) && task.mask[gfn] === 1,
          ),
      );
    }),
);

export const noLostWrite = claim(
  'when nobody is in the middle of anything, every page of a logged slot that was written since its last report has its dirty bit set',
  (s: FastPageFault) => implies(s.slot.logged && s.vcpu.every(idle) && s.task.every(idle), () => willReportUnsent(s)),
);

export const noLostDirtyBit = claim(
  'a page that was written has its D bit set in an SPTE, or whoever zapped the SPTE has seen it there',
  (s: FastPageFault) =>
    s.ghost.unsaved.every((unsaved, gfn) =>
      implies(
        unsaved === 1,
        () =>
          s.gpte.some((each, addr) => each === gfn && lastLevelSpte(s, addr).dirty) ||
          s.task.some(
            (task) =>
              passed(task, mmu_spte_clear_track_bits) &&
              ahead(task, swapOut) &&
              task.dirty &&
              (task.large || s.gpte[task.addr] === gfn),
          ),
      ),
    ),
);

export const aFixIsUndone = claim(
  'an SPTE is protected or zapped again before the fast path has set the dirty bit',
  (s: FastPageFault) =>
    s.vcpu.some(
      (vcpu) => at(vcpu, mark_page_dirty) && !holds(s.mmu_lock, vcpu) && !lastLevelSpte(s, vcpu.fault.addr).writable,
    ),
);

export const aDirtyPageIsSwappedOut = claim('a page whose D bit hardware has set is swapped out', (s: FastPageFault) =>
  s.task.some((task) => at(task, swapOut) && task.dirty),
);

const lost = ['dirtyCovered', 'noLostWrite'] as const;

export const fastPageFaultSuite = suite(fastPageFault, {
  invariants: { legalBits, zappedStaysZapped, dirtyCovered, noLostWrite, noLostDirtyBit },
  reachable: { aFixIsUndone, aDirtyPageIsSwappedOut },
  violated: {
    'level-one': [],
    'large-unless-logged': [],
    'any-level': lost,
    'write-tracked-too': ['legalBits', 'noLostDirtyBit'],
    'not-compared': ['zappedStaysZapped'],
    'exchanged-if-hardware-may-set': ['noLostDirtyBit'],
    'never-exchanged': ['noLostDirtyBit'],
    indirect: lost,
    'indirect-gpte-checked': lost,
  },
});
