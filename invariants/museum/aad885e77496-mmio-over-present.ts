/** What must hold of an SPTE that stops mapping a gfn. */
import { type MmioOverPresent, mmioOverPresent } from '#model';
import { claim, suite } from '#notation';

export const rmapExact = claim(
  'while mmu_lock is free, the rmap of a gfn lists the SPTE exactly when it maps the gfn',
  ({ mmu_lock, rmap, spte }: MmioOverPresent) =>
    mmu_lock.held || rmap.every((listed, gfn) => (listed === 1) === (spte.gfn === gfn)),
);

export const tlbFollowsSpte = claim(
  'while mmu_lock is free, no TLB translates to what the SPTE does not map',
  ({ mmu_lock, tlb, spte }: MmioOverPresent) =>
    mmu_lock.held || tlb.every((of) => of.every((cached, gfn) => cached === 0 || spte.gfn === gfn)),
);

export const aTlbOutlivesTheGuestPte = claim(
  'the guest still reads through a TLB what its PTE does not map any more',
  ({ tlb, gpte }: MmioOverPresent) => tlb.some((of) => of.some((cached, gfn) => cached === 1 && gpte !== gfn)),
);

export const mmioOverPresentSuite = suite(mmioOverPresent, {
  invariants: { rmapExact, tlbFollowsSpte },
  reachable: { aTlbOutlivesTheGuestPte },
  violated: {
    'mmio-before-drop': ['rmapExact', 'tlbFollowsSpte'],
    'drop-before-mmio': [],
  },
});
