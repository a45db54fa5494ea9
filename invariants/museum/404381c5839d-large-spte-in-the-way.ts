/** What must hold of a fault that finds a large SPTE where it wants a small one. */
import { largeSpteInTheWay } from '#model';
import { suite } from '#notation';
import {
  aTlbOutlivesItsSpte,
  aWriteIsReported,
  faultCompletes,
  faultMapsItsPage,
  noLostWrite,
} from '../write-protect.ts';

export const largeSpteInTheWaySuite = suite(largeSpteInTheWay, {
  invariants: { faultMapsItsPage, noLostWrite },
  leadsTo: { faultCompletes },
  reachable: { aTlbOutlivesItsSpte, aWriteIsReported },
  violated: { 'large-spte-kept': ['faultMapsItsPage', 'faultCompletes'], 'large-spte-dropped': [] },
});
