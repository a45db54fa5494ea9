/** What a huge page may cover. */
import { type HugePageOverMixed, hugePageOverMixed, hugePageOverMixedSteps } from '#model';
import { claim, idle, implies, suite } from '#notation';

const { isMixed } = hugePageOverMixedSteps;

export const hugeIsUniform = claim(
  'all gfns of a huge page that is installed have the same attributes',
  (s: HugePageOverMixed) => s.huge.every((installed, first) => implies(installed === 1, () => !isMixed(s, first))),
);

export const aNeighbourFaults = claim(
  'a neighbour of a gfn is mapped while the attributes of that gfn are set',
  ({ ioctl, spte, huge, kvm }: HugePageOverMixed) =>
    ioctl.some((each) => !idle(each)) && kvm.mmu_invalidate_in_progress > 0 && (spte.includes(1) || huge.includes(1)),
);

export const hugePageOverMixedSuite = suite(hugePageOverMixed, {
  invariants: { hugeIsUniform },
  reachable: { aNeighbourFaults },
  violated: { 'changed-gfns-only': ['hugeIsUniform'], 'head-and-tail-added': [] },
});
