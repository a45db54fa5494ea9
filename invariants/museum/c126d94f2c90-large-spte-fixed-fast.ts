/** What must hold of the pages of a large SPTE that a fast page fault meets. */
import { largeSpteFixedFast } from '#model';
import { suite } from '#notation';
import { aDirtyPageIsSwappedOut, aFixIsUndone, dirtyCovered, noLostWrite } from '../fast-page-fault.ts';

export const largeSpteFixedFastSuite = suite(largeSpteFixedFast, {
  invariants: { dirtyCovered, noLostWrite },
  reachable: { aFixIsUndone, aDirtyPageIsSwappedOut },
  violated: { 'any-level': ['dirtyCovered', 'noLostWrite'], 'level-one': [] },
});
