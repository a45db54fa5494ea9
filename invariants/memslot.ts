/** What must hold while a memslot is deleted, and which orders and omissions break it. */
import { type Memslot, memslot, memslotSteps } from '#model';
import { ahead, claim, implies, passed, suite } from '#notation';

const { gfn_to_memslot, rmap_add } = memslotSteps;

export const noLeafWithoutSlot = claim(
  'once a gfn has no memslot, no leaf and no TLB maps it: userspace may give the memory away',
  ({ slot, spte, tlb }: Memslot) =>
    implies(
      slot.state === 'no slot',
      () => spte.every(({ kind }) => kind !== 'leaf') && tlb.every((of) => of.every((cached) => cached === 0)),
    ),
);

export const mmioOnlyWithoutSlot = claim(
  'an MMIO SPTE is where no memslot is, not even an invalid one',
  ({ slot, spte }: Memslot) => spte.every(({ kind }) => implies(kind === 'mmio', slot.state === 'no slot')),
);

export const rmapExact = claim(
  'while mmu_lock is free, the rmap of a gfn has an entry exactly when a leaf maps it',
  ({ mmu_lock, rmap, spte }: Memslot) =>
    mmu_lock.held || rmap.every((listed, gfn) => (listed === 1) === (spte[gfn].kind === 'leaf')),
);

export const noUseAfterFree = claim(
  'a fault that has found a memslot, and goes on with it, finds it where it was',
  ({ vcpu, slot }: Memslot) =>
    vcpu.every((each) =>
      implies(passed(each, gfn_to_memslot) && ahead(each, rmap_add) && each.slot !== 'no slot', !slot.freed),
    ),
);

export const aLeafOutlivesItsSlot = claim(
  'a leaf still maps a gfn whose slot is not valid any more',
  ({ slot, spte }: Memslot) => slot.state !== 'valid' && spte.some(({ kind }) => kind === 'leaf'),
);

export const memslotSuite = suite(memslot, {
  invariants: { noLeafWithoutSlot, mmioOnlyWithoutSlot, rmapExact, noUseAfterFree },
  reachable: { aLeafOutlivesItsSlot },
  violated: {
    'invalid-then-zap': [],
    'zap-then-invalid': ['noLeafWithoutSlot', 'rmapExact'],
    'not-invalid': ['noLeafWithoutSlot', 'rmapExact'],
    'no-wait-before-zap': ['noLeafWithoutSlot', 'rmapExact'],
    'no-wait-before-free': ['noUseAfterFree'],
    'no-flush': ['noLeafWithoutSlot'],
    'fault-outside-srcu': ['noLeafWithoutSlot', 'rmapExact', 'noUseAfterFree'],
    'invalid-slot-is-mmio': ['mmioOnlyWithoutSlot', 'rmapExact'],
  },
});
