/** What the unlock of an rmap has to show to whoever locks it next. */
import { type RmapLockOrders, rmapLockOrders, rmapLockOrdersSteps } from '#model';
import { at, claim, idle, implies, NULL, suite } from '#notation';

const { age_spte, kvm_rmap_lock, kvm_rmap_unlock_readonly } = rmapLockOrdersSteps;

export const mutualExclusion = claim('at most one has the rmap locked', ({ holder, reader }: RmapLockOrders) => {
  const owners = [...holder, ...reader].filter((each) => !idle(each) && each.ghost.has_lock);
  return owners.length <= 1;
});

export const visitsAll = claim(
  'a walk has visited every entry of the list when it clears the lock bit',
  ({ reader }: RmapLockOrders) =>
    reader.every((each) => implies(at(each, kvm_rmap_unlock_readonly), () => !each.ghost.unvisited.includes(1))),
);

export const visitsNoOther = claim(
  'a walk visits nothing but entries of the list',
  ({ reader, listed }: RmapLockOrders) =>
    reader.every((each) => implies(at(each, age_spte), () => each.spte !== NULL && listed[each.spte] === 1)),
);

export const aReaderWalksTwo = claim('a reader is at one entry of two', ({ reader }: RmapLockOrders) =>
  reader.some((each) => at(each, age_spte) && each.left === 1),
);

export const mmuLockWaitsForReader = claim(
  'whoever holds mmu_lock waits for the lock bit of a reader',
  ({ holder, reader }: RmapLockOrders) =>
    holder.some((each) => at(each, kvm_rmap_lock)) && reader.some((each) => !idle(each) && each.ghost.has_lock),
);

export const rmapLockOrdersSuite = suite(rmapLockOrders, {
  invariants: { mutualExclusion, visitsAll, visitsNoOther },
  reachable: { aReaderWalksTwo, mmuLockWaitsForReader },
  violated: {
    'stores-in-order': [],
    release: [],
    'no-release': ['visitsAll', 'visitsNoOther', 'BUG_ON'],
  },
});
