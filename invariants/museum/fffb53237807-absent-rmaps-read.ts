/** What a reader of rmaps relies on. */
import { type AbsentRmapsRead, absentRmapsRead, absentRmapsReadSteps } from '#model';
import { at, claim, implies, suite } from '#notation';

const { pte_list_count } = absentRmapsReadSteps;

export const readsAllocated = claim('rmaps that are read have been allocated', ({ reader, slot }: AbsentRmapsRead) =>
  reader.every((each) => implies(at(each, pte_list_count), () => slot[each.slot]?.rmap === true)),
);

export const allocatedRmapsAreRead = claim(
  'a reader counts the entries of rmaps that a vCPU has allocated',
  ({ reader, shadow_root_allocated }: AbsentRmapsRead) =>
    shadow_root_allocated && reader.some((each) => at(each, pte_list_count)),
);

export const absentRmapsReadSuite = suite(absentRmapsRead, {
  invariants: { readsAllocated },
  reachable: { allocatedRmapsAreRead },
  violated: { 'not-checked': ['readsAllocated'], checked: [], 'flag-before-rmaps': ['readsAllocated'] },
});
