/** What must hold of an SPTE that faults and hardware may change while mmu_lock is held. */
import { volatileSpteStored } from '#model';
import { suite } from '#notation';
import { aDirtyPageIsSwappedOut, aFixIsUndone, legalBits, noLostDirtyBit, noLostWrite } from '../fast-page-fault.ts';

export const volatileSpteStoredSuite = suite(volatileSpteStored, {
  invariants: { legalBits, noLostWrite, noLostDirtyBit },
  reachable: { aFixIsUndone, aDirtyPageIsSwappedOut },
  violated: {
    'always-stored': ['noLostDirtyBit'],
    'stored-if-read-only': ['noLostDirtyBit'],
    'exchanged-if-volatile': [],
  },
});
