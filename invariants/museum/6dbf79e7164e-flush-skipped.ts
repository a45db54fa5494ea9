/** What must hold of a write-tracked page whose SPTE the dirty log has write-protected. */
import { flushSkipped } from '#model';
import { suite } from '#notation';
import { aTlbOutlivesItsSpte, aWriteIsReported, dirtyCovered, noLostWrite, writeTracked } from '../write-protect.ts';

export const flushSkippedSuite = suite(flushSkipped, {
  invariants: { writeTracked, dirtyCovered, noLostWrite },
  reachable: { aTlbOutlivesItsSpte, aWriteIsReported },
  violated: {
    'flush-after-unlock': ['writeTracked'],
    'flush-under-lock': [],
    'flush-after-unlock-if-mmu-writable': [],
  },
});
