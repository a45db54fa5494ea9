/** What an add to an rmap must return, and what that is for. */
import { RMAP_RECYCLE_THRESHOLD, type RmapMiscounted, rmapMiscounted, rmapMiscountedSteps } from '#model';
import { at, claim, idle, implies, suite } from '#notation';

const { __rmap_add } = rmapMiscountedSteps;

export const countExact = claim('pte_list_add returns how many entries there were before', (s: RmapMiscounted) =>
  s.vcpu.every((vcpu) => implies(at(vcpu, __rmap_add), () => vcpu.op.count === entries(s, vcpu.op.rmap_head) - 1)),
);

export const boundedRmap = claim(
  'while mmu_lock is free, no rmap has more than RMAP_RECYCLE_THRESHOLD + 1 entries',
  (s: RmapMiscounted) =>
    s.mmu_lock.held || s.rmap_head.every((_, head) => entries(s, head) <= RMAP_RECYCLE_THRESHOLD + 1),
);

function entries({ ghost }: RmapMiscounted, head: RmapMiscounted['vcpu'][never]['op']['rmap_head']): number {
  return ghost.home.reduce((count, home) => (home === head ? count + 1 : count), 0);
}

export const aFullRmapIsToShrink = claim(
  'an rmap has as many entries as it may, and one is about to go',
  (s: RmapMiscounted) =>
    s.shrinker.some((each) => !idle(each)) &&
    s.rmap_head.some((_, head) => entries(s, head) === RMAP_RECYCLE_THRESHOLD + 1),
);

export const rmapMiscountedSuite = suite(rmapMiscounted, {
  invariants: { countExact, boundedRmap },
  reachable: { aFullRmapIsToShrink },
  violated: { 'first-fit': ['countExact', 'boundedRmap'], 'per-array-counter': ['countExact'], 'tail-count': [] },
});
