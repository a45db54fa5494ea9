/** What may be stored in SPTEs while a memslot is deleted and prefaulted; that nobody waits for ever is claimed of every model. */
import { type PrefaultWaitsForDelete, prefaultWaitsForDelete, prefaultWaitsForDeleteSteps } from '#model';
import { ahead, claim, passed, suite } from '#notation';
import { mmioOnlyWithoutSlot, rmapExact } from '../memslot.ts';

const { gfn_to_memslot, rmap_add } = prefaultWaitsForDeleteSteps;

export const aPrefaultFindsTheSlotInvalid = claim(
  'a prefault has found its memslot invalid',
  ({ vcpu }: PrefaultWaitsForDelete) =>
    vcpu.some((each) => passed(each, gfn_to_memslot) && ahead(each, rmap_add) && each.slot === 'invalid'),
);

export const prefaultWaitsForDeleteSuite = suite(prefaultWaitsForDelete, {
  invariants: { mmioOnlyWithoutSlot, rmapExact },
  reachable: { aPrefaultFindsTheSlotInvalid },
  violated: { 'retried-in-kernel': ['deadlock'], 'returned-to-userspace': [] },
});
