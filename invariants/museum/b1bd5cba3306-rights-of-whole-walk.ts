/** What the guest's tables allow, and what the shadow pages may. */
import { type RightsOfWholeWalk, rightsOfWholeWalk, writableThrough } from '#model';
import { claim, implies, suite } from '#notation';

export const rightsWithinGuest = claim(
  'what can be written through an upper entry, that entry and the lower one allow to be written',
  (s: RightsOfWholeWalk) =>
    s.pud.every((pud, parent) =>
      s.pmd.every((pmd, index) => implies(writableThrough(s, parent, index), pud.writable && pmd.writable)),
    ),
);

export const aWritableChildIsShared = claim(
  'two upper entries link one child, through which there is a page to write',
  (s: RightsOfWholeWalk) => s.pmd.some((_, index) => s.pud.every((__, parent) => writableThrough(s, parent, index))),
);

export const rightsOfWholeWalkSuite = suite(rightsOfWholeWalk, {
  invariants: { rightsWithinGuest },
  reachable: { aWritableChildIsShared },
  violated: { 'rights-of-whole-walk': ['rightsWithinGuest'], 'rights-per-level': [] },
});
