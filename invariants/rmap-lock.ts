/** What the lock bit of an rmap is for, and what a review found that breaks it. */
import { type RmapLock, rmapLock, rmapLockSteps } from '#model';
import { at, claim, idle, implies, NULL, suite } from '#notation';

const { holdsSpte, kvm_rmap_unlock_readonly } = rmapLockSteps;

function lockers({ holder, reader }: RmapLock) {
  return [...holder, ...reader].filter((each) => !idle(each));
}

export const mutualExclusion = claim('at most one has an rmap locked', (s: RmapLock) => {
  const owners = lockers(s).filter(({ ghost }) => ghost.has_lock);
  return owners.every((one) => owners.every((other) => one === other || one.rmap !== other.rmap));
});

export const lockBitReleased = claim('a lock bit that is set has somebody who will clear it', (s: RmapLock) =>
  s.rmap.every(({ locked }, head) =>
    implies(locked, () => lockers(s).some(({ ghost, rmap }) => ghost.has_lock && rmap === head)),
  ),
);

export const pausesOnce = claim(
  'a spinner pauses no more than once after the lock bit has been cleared',
  (s: RmapLock) => lockers(s).every(({ ghost }) => !ghost.paused_again),
);

export const holderRuns = claim(
  'nobody who holds mmu_lock spins for a lock bit whose owner has been preempted',
  ({ holder, reader, rmap_head }: RmapLock) =>
    holder.every((spinner) =>
      implies(!idle(spinner) && rmap_head[spinner.id].locked, () =>
        reader.every((each) => idle(each) || !each.ghost.has_lock || each.rmap !== spinner.rmap || !each.preempted),
      ),
    ),
);

export const visitsAll = claim(
  'a walk has visited every entry of its list when it clears the lock bit',
  ({ reader }: RmapLock) =>
    reader.every((each) =>
      implies(at(each, kvm_rmap_unlock_readonly) && each.ghost.has_lock, () => !each.ghost.unvisited.includes(1)),
    ),
);

export const noUseAfterFree = claim(
  'the descriptor that a reader stands in has not been freed',
  ({ reader, desc }: RmapLock) =>
    reader.every((each) => idle(each) || each.iter.desc === NULL || desc[each.iter.desc].allocated),
);

export const rmapExact = claim(
  'when nobody changes a list, it has the SPTEs that were added to it and not removed',
  (s: RmapLock) =>
    implies(s.holder.every(idle), () =>
      s.spte.every(({ list }, spte) => s.rmap.every((_, head) => holdsSpte(s, head, spte) === (list === head))),
    ),
);

export const zappedStaysZapped = claim('an SPTE that has been zapped is not present again', ({ spte }: RmapLock) =>
  spte.every(({ present, list }) => !present || list !== NULL),
);

export const mmuLockWaitsForReader = claim(
  'whoever holds mmu_lock spins for the lock bit of a reader',
  ({ holder, reader, rmap_head }: RmapLock) =>
    holder.some((each) => !idle(each) && rmap_head[each.id].locked) &&
    reader.some((each) => !idle(each) && each.ghost.has_lock),
);

export const aReaderMeetsAZappedSpte = claim(
  'a reader is at an entry whose SPTE has been zapped since it took the lock',
  ({ reader, spte }: RmapLock) =>
    reader.some((each) => !idle(each) && each.ghost.has_lock && each.spte !== NULL && !spte[each.spte].present),
);

export const rmapLockClaims = {
  invariants: {
    mutualExclusion,
    lockBitReleased,
    pausesOnce,
    holderRuns,
    visitsAll,
    noUseAfterFree,
    rmapExact,
    zappedStaysZapped,
  },
  reachable: { mmuLockWaitsForReader, aReaderMeetsAZappedSpte },
};

/** Of the lock as merged, and of what was found wrong before. */
export const reviewedVerdicts = {
  'lock-bit': [],
  'reread-before-pause': ['pausesOnce'],
  'preemption-enabled': ['holderRuns'],
  'unlock-before-reads': ['visitsAll', 'noUseAfterFree'],
  'word-in-32-bits': ['lockBitReleased'],
} as const;

export const rmapLockSuite = suite(rmapLock, {
  ...rmapLockClaims,
  violated: {
    ...reviewedVerdicts,
    'changed-without-lock': ['visitsAll', 'noUseAfterFree', 'rmapExact', 'BUG_ON'],
    'locked-by-store': ['mutualExclusion', 'visitsAll', 'noUseAfterFree', 'rmapExact', 'BUG_ON'],
    'emptiness-not-rechecked': ['mutualExclusion', 'lockBitReleased'],
    'unlocked-though-elided': ['noUseAfterFree', 'rmapExact', 'BUG_ON'],
    'aged-by-store': ['zappedStaysZapped'],
  },
});
