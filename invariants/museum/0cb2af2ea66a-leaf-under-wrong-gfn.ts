/** What must hold of an rmap whose SPTEs' gfns are computed by their shadow page. */
import { type LeafUnderWrongGfn, leafUnderWrongGfn, leafUnderWrongGfnSteps } from '#model';
import { at, claim, implies, NULL, suite } from '#notation';

const { kvm_mmu_page_get_gfn, kvm_zap_rmap } = leafUnderWrongGfnSteps;

export const installKeyIsRemoveKey = claim(
  'an SPTE is listed under the gfn under which it will be looked for',
  (s: LeafUnderWrongGfn) =>
    s.rmap.every((ofBlock, gfn) =>
      ofBlock.every((list, index) =>
        list.every((listed, sp) =>
          implies(listed === 1 && s.sp[sp].allocated, () => kvm_mmu_page_get_gfn(s.sp[sp], index) === gfn),
        ),
      ),
    ),
);

export const rmapExact = claim(
  'while mmu_lock is free, the rmap of a gfn lists the SPTEs that map it, and no others',
  (s: LeafUnderWrongGfn) =>
    s.mmu_lock.held ||
    s.rmap.every((ofBlock, gfn) =>
      ofBlock.every((list, index) =>
        list.every((listed, sp) => (listed === 1) === (s.sp[sp].allocated && s.sp[sp].spt[index] === gfn)),
      ),
    ),
);

export const noUseAfterFree = claim(
  'whoever walks an rmap finds SPTEs of shadow pages that are still there',
  (s: LeafUnderWrongGfn) =>
    s.ioctl.every((ioctl) =>
      implies(at(ioctl, kvm_zap_rmap), () =>
        s.rmap[ioctl.gfn][ioctl.index].every((listed, sp) => !listed || s.sp[sp].allocated),
      ),
    ),
);

export const aGuestTableChangesUnseen = claim(
  'an SPTE maps what the guest does not map there any more',
  ({ sptep, sp, pde, pte }: LeafUnderWrongGfn) =>
    sp.some(
      (page, id) =>
        id === sptep && page.spt.some((gfn, index) => gfn !== NULL && gfn !== (pde.large ? pde.gfn : pte[index])),
    ),
);

const unremovable = ['installKeyIsRemoveKey', 'rmapExact', 'noUseAfterFree', 'WARN_ON_ONCE'] as const;

export const leafUnderWrongGfnSuite = suite(leafUnderWrongGfn, {
  invariants: { installKeyIsRemoveKey, rmapExact, noUseAfterFree },
  reachable: { aGuestTableChangesUnseen },
  violated: { unfixed: unremovable, 'gfn-compared': unremovable, 'gfn-and-role-compared': [] },
});
