/** What may be stored in SPTEs while a memslot is deleted. */
import { type MmioDuringSlotDelete, mmioDuringSlotDelete } from '#model';
import { claim, suite } from '#notation';

export const mmioOnlyWithoutSlot = claim(
  'an MMIO SPTE is where no memslot is, not even an invalid one',
  ({ slot, spte }: MmioDuringSlotDelete) => slot.state === 'no slot' || spte.every(({ kind }) => kind !== 'mmio'),
);

export const rmapExact = claim(
  'while mmu_lock is free, the rmap of a gfn has an entry exactly when a leaf maps it',
  ({ mmu_lock, rmap, spte }: MmioDuringSlotDelete) =>
    mmu_lock.held || rmap.every((listed, gfn) => (listed === 1) === (spte[gfn].kind === 'leaf')),
);

export const aLeafOutlivesItsSlot = claim(
  'a leaf still maps a gfn whose slot has become invalid',
  ({ slot, spte }: MmioDuringSlotDelete) => slot.state === 'invalid' && spte.some(({ kind }) => kind === 'leaf'),
);

export const mmioDuringSlotDeleteSuite = suite(mmioDuringSlotDelete, {
  invariants: { mmioOnlyWithoutSlot, rmapExact },
  reachable: { aLeafOutlivesItsSlot },
  violated: { 'invalid-slot-is-mmio': ['mmioOnlyWithoutSlot', 'rmapExact'], 'invalid-slot-retried': [] },
});
