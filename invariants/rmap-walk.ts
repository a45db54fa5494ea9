/** What must hold of a walk without mmu_lock, and which lists and walks break it. */
import { type RmapWalk, rmapWalk, rmapWalkSets, rmapWalkSteps } from '#model';
import { at, claim, forEvery, idle, implies, NULL, suite } from '#notation';

const { rcu_read_unlock, store_inline_spte } = rmapWalkSteps;

export const visitsAll = claim(
  'a walk visits every entry that was in the list when it began and has not been removed meanwhile',
  ({ walker }: RmapWalk) =>
    walker.every((each) => implies(at(each, rcu_read_unlock), () => !each.ghost.owed.includes(1))),
);

export const noUseAfterFree = claim(
  'a walker stands in a descriptor only while its memory is one: in use, or freed since the walker entered its RCU section',
  ({ walker, desc }: RmapWalk) =>
    walker.every((each) => {
      if (idle(each) || each.desc === NULL) return true;
      return desc[each.desc].allocated || each.ghost.kept[each.desc] === 1;
    }),
);

export const tablesStayWritable = claim(
  'an SPTE that points to a shadow page is never write-protected: no fault would make it writable again',
  ({ spte, parent_ptes }: RmapWalk) =>
    spte.every(({ list, write_protected }) => list === NULL || parent_ptes[list] === 0 || !write_protected),
);

/** Violated everywhere: a list that is changed again and again, at the right times, makes a walk start again for ever. */
export const walkEnds = claim(
  'a walk comes to its end',
  forEvery(rmapWalkSets.Walker, [
    ({ walker }: RmapWalk, id) => !idle(walker[id]),
    ({ walker }: RmapWalk, id) => idle(walker[id]),
  ]),
);

export const walkEndsAtRest = claim(
  'a walk comes to its end when the holder of mmu_lock leaves the lists alone',
  forEvery(rmapWalkSets.Walker, [
    ({ walker, holder }: RmapWalk, id) => !idle(walker[id]) && holder.every(idle),
    ({ walker, holder }: RmapWalk, id) => idle(walker[id]) || !holder.every(idle),
  ]),
);

export const aWalkerStandsInAFreeDescriptor = claim(
  'a walker stands in a descriptor that has been freed',
  ({ walker, desc }: RmapWalk) =>
    walker.some((each) => !idle(each) && each.desc !== NULL && !desc[each.desc].allocated),
);

export const aWalkerStandsInANewDescriptor = claim(
  'a walker stands in a descriptor that pte_list_add is filling for its next life',
  ({ walker, holder }: RmapWalk) =>
    holder.some(
      (adding) => at(adding, store_inline_spte) && walker.some((each) => !idle(each) && each.desc === adding.op.desc),
    ),
);

export const rmapWalkSuite = suite(rmapWalk, {
  invariants: { visitsAll, noUseAfterFree, tablesStayWritable },
  reachable: { aWalkerStandsInAFreeDescriptor, aWalkerStandsInANewDescriptor },
  leadsTo: { walkEnds, walkEndsAtRest },
  violated: {
    'bottom-up': ['walkEnds'],
    'fill-from-same': ['walkEnds'],
    'stores-in-order': ['walkEnds'],
    'store-barriers': ['walkEnds'],
    'no-barrier-before-clear': ['visitsAll'],
    'no-barrier-before-publish': ['visitsAll', 'BUG_ON'],
    'top-down': ['visitsAll', 'walkEnds'],
    'clear-then-copy': ['visitsAll', 'walkEnds'],
    'no-nulls-check': ['visitsAll', 'walkEnds'],
    'added-at-tail': ['visitsAll', 'walkEnds'],
    'fill-from-last': ['visitsAll', 'walkEnds'],
    'published-before-linked': ['visitsAll', 'walkEnds', 'BUG_ON'],
    'leaf-not-checked': ['tablesStayWritable', 'walkEnds'],
    'leaf-checked-before': ['tablesStayWritable', 'walkEnds'],
    'freed-before-unlinked': ['noUseAfterFree', 'walkEnds'],
    'demote-to-inline': ['visitsAll', 'walkEnds'],
    'outside-rcu': ['noUseAfterFree', 'walkEnds'],
    'not-type-stable': ['noUseAfterFree', 'walkEnds'],
  },
});
