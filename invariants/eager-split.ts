/** What splitting huge pages may rely on, and what it leaves behind. */
import { type EagerSplit, eagerSplit, eagerSplitSteps } from '#model';
import { at, claim, implies, suite } from '#notation';

const {
  __link_shadow_page,
  hasParent,
  KVM_MIN_FREE_MMU_PAGES,
  mapsWhole,
  retry,
  shadow_mmu_get_sp_for_split,
  shadow_mmu_split_huge_page,
} = eagerSplitSteps;
type Ioctl = EagerSplit['ioctl'][0];

export const takeNeverFails = claim('whenever a split may have to take an object, its cache has one', (s: EagerSplit) =>
  s.ioctl.every((ioctl) => implies(takesDesc(s, ioctl), s.split_desc_cache.nobjs > 0) && hasPages(s, ioctl)),
);
/** It may: the list may have room. */
function takesDesc(s: EagerSplit, ioctl: Ioctl): boolean {
  return at(ioctl, shadow_mmu_split_huge_page) || (at(ioctl, __link_shadow_page) && hasParent(s, ioctl));
}
function hasPages(s: EagerSplit, ioctl: Ioctl): boolean {
  return implies(
    at(ioctl, shadow_mmu_get_sp_for_split) && !s.child[s.huge[ioctl.sptep].frame].exists,
    s.split_page_header_cache.nobjs > 0 && s.split_shadow_page_cache.nobjs > 0,
  );
}

export const noLeak = claim(
  'no object is left in a cache when the VM is freed',
  ({ kvm, split_desc_cache, split_page_header_cache, split_shadow_page_cache }: EagerSplit) =>
    !kvm.freed || split_desc_cache.nobjs + split_page_header_cache.nobjs + split_shadow_page_cache.nobjs === 0,
);

export const splitPreserves = claim(
  'what a huge SPTE maps is mapped by the table that is linked in its place, or TLBs were flushed for what has a hole',
  ({ ioctl, huge, child }: EagerSplit) =>
    ioctl.every((each) =>
      implies(at(each, __link_shadow_page), () => {
        const { spt } = child[huge[each.sptep].frame];
        const flushed = !each.flushed.includes(0);
        return spt.every(({ entry }) => entry === 'leaf' || (entry === 'table' && flushed));
      }),
    ),
);

export const staleHugeTlb = claim(
  'with mmu_lock free, no TLB holds a huge translation of which a part is not mapped',
  (s: EagerSplit) =>
    s.mmu_lock.held ||
    s.huge.every((_, gfn) =>
      implies(
        s.tlb.some((cached) => cached[gfn] === 1),
        () => mapsWhole(s, gfn),
      ),
    ),
);

export const restartSafe = claim(
  'the SPTE that the walk is about to split is huge, and so in the rmap, at that time',
  ({ ioctl, huge }: EagerSplit) =>
    ioctl.every((each) => implies(at(each, shadow_mmu_get_sp_for_split), () => huge[each.sptep].entry === 'huge')),
);

export const budgetKept = claim(
  'a split leaves the pages available that are kept back',
  ({ ioctl, available }: EagerSplit) =>
    ioctl.every((each) => implies(at(each, shadow_mmu_split_huge_page), available >= KVM_MIN_FREE_MMU_PAGES)),
);

export const progress = claim(
  'what a walk has split does not become huge again, so that it comes to an end',
  ({ ioctl, huge }: EagerSplit) =>
    ioctl.every((each) => each.split.every(({ done }, gfn) => implies(done, huge[gfn].entry !== 'huge'))),
);

export const theHugeSpteGoesWhileTheLockIsDropped = claim(
  'the huge SPTE that the walk had come to is gone when it comes back',
  ({ ioctl, huge }: EagerSplit) =>
    ioctl.some((each) => at(each, retry) && each.again && huge[each.sptep].entry !== 'huge'),
);

export const aTlbOutlivesTheHugeSpte = claim(
  'a TLB still has the huge translation when the huge SPTE is gone',
  ({ tlb, huge }: EagerSplit) => huge.some(({ entry }, gfn) => entry !== 'huge' && tlb.some((each) => each[gfn] === 1)),
);

const fails = ['takeNeverFails', 'WARN_ON_ONCE'] as const;

export const eagerSplitSuite = suite(eagerSplit, {
  invariants: { takeNeverFails, noLeak, splitPreserves, staleHugeTlb, restartSafe, budgetKept, progress },
  reachable: { theHugeSpteGoesWhileTheLockIsDropped, aTlbOutlivesTheHugeSpte },
  violated: {
    'min-is-capacity-freed-with-log': ['noLeak'],
    'min-is-capacity-freed-with-vm': [],
    'min-is-capacity-freed-by-shrinker': [],
    'min-is-capacity-freed-by-switch': [],
    'twice-min-freed-with-log': ['noLeak'],
    'twice-min-freed-with-vm': [],
    'twice-min-freed-by-shrinker': [],
    'twice-min-freed-by-switch': [],
    'min-and-few-freed-with-log': ['noLeak'],
    'min-and-few-freed-with-vm': [],
    'min-and-few-freed-by-shrinker': [],
    'min-and-few-freed-by-switch': [],
    'min-without-parent': fails,
    'topup-when-empty': fails,
    'page-caches-unchecked': fails,
    'assert-lock-at-uninit': ['BUG_ON'],
    'shrinker-no-lock': fails,
    'switch-no-lock': fails,
    continue: ['restartSafe'],
    'no-budget': ['budgetKept'],
    'no-srcu': ['progress'],
    'link-then-fill': ['splitPreserves'],
    'flush-only-then': [],
    'flush-never': ['splitPreserves', 'staleHugeTlb'],
  },
});
