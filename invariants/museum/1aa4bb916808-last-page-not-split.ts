/** What must have become of huge pages over cleared gfns. */
import { type LastPageNotSplit, lastPageNotSplit, lastPageNotSplitSteps } from '#model';
import { at, claim, idle, implies, suite } from '#notation';

const { firstOf, kvm_mmu_write_protect_pt_masked, lastLevelSpte } = lastPageNotSplitSteps;

export const clearedIsSplit = claim(
  'when the huge pages have been split, none is left over a gfn that is cleared',
  ({ ioctl, huge }: LastPageNotSplit) =>
    ioctl.every((each) =>
      implies(at(each, kvm_mmu_write_protect_pt_masked), () =>
        each.mask.every((cleared, gfn) => cleared === 0 || !huge[firstOf(gfn)].present),
      ),
    ),
);

export const writableIsDirty = claim(
  'while mmu_lock is free, what is writable has its dirty bit set',
  (s: LastPageNotSplit) =>
    s.mmu_lock.held || s.dirty_bitmap.every((dirty, gfn) => implies(lastLevelSpte(s, gfn).writable, dirty === 1)),
);

export const aClearedGfnFaults = claim(
  'a vCPU faults on a gfn that has been cleared',
  ({ vcpu, dirty_bitmap }: LastPageNotSplit) => vcpu.some((each) => !idle(each) && dirty_bitmap[each.gfn] === 0),
);

export const lastPageNotSplitSuite = suite(lastPageNotSplit, {
  invariants: { clearedIsSplit, writableIsDirty },
  reachable: { aClearedGfnFaults },
  violated: { 'end-exclusive': ['clearedIsSplit'], 'end-inclusive': [] },
});
