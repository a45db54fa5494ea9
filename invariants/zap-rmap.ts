/** What a zap of a whole rmap must leave, and what breaks it. */
import { type ZapRmap, listHolds, zapRmap, zapRmapSteps } from '#model';
import { at, claim, holds, implies, NULL, suite } from '#notation';

const { kvm_mmu_invalidate_end, mmu_set_spte, pte_list_count } = zapRmapSteps;

export const zapLeavesNone = claim(
  'when the zap has returned, the list is empty, and no SPTE of it is left',
  ({ notifier, rmap_head, spte }: ZapRmap) =>
    notifier.every((each) =>
      implies(at(each, kvm_mmu_invalidate_end), () => {
        const { rmap_head: list } = each.op;
        const head = rmap_head[list];
        return head.spte === NULL && head.desc === NULL && spte.every(({ rmap }) => rmap !== list);
      }),
    ),
);

export const rmapExact = claim(
  'while mmu_lock is free, a list holds the SPTEs that map its gfn, and no others',
  (s: ZapRmap) =>
    s.mmu_lock.held ||
    s.rmap_head.every((_, list) => s.spte.every(({ rmap }, spte) => listHolds(s, list, spte) === (rmap === list))),
);

export const noLeak = claim(
  'while mmu_lock is free, each descriptor is in one place of one list, or free',
  ({ mmu_lock, rmap_head, desc }: ZapRmap) =>
    mmu_lock.held ||
    desc.every(({ allocated }, id) => {
      const heads = rmap_head.reduce((times, head) => (head.desc === id ? times + 1 : times), 0);
      const references = desc.reduce((times, each) => (each.allocated && each.more === id ? times + 1 : times), heads);
      return references === (allocated ? 1 : 0);
    }),
);

export const noUseAfterFree = claim('whoever counts entries stands in a descriptor that is in use', (s: ZapRmap) =>
  s.reader.every((each) => !at(each, pte_list_count) || each.desc === NULL || s.desc[each.desc].allocated),
);

export const countsPresent = claim('whoever counts entries counts SPTEs that are present', (s: ZapRmap) =>
  s.reader.every((each) => {
    if (!at(each, pte_list_count) || each.desc === NULL) return true;
    return s.desc[each.desc].sptes.every((spte) => spte === NULL || s.spte[spte].rmap !== NULL);
  }),
);

export const zapEnds = claim('a zap that has begun comes to its end', [
  ({ mmu_invalidate_in_progress }: ZapRmap) => mmu_invalidate_in_progress > 0,
  ({ notifier }: ZapRmap) => notifier.some((each) => at(each, kvm_mmu_invalidate_end)),
]);

export const aFaultWaitsForTheZap = claim(
  'a fault waits for mmu_lock while the list holds an SPTE that the zap has cleared already',
  (s: ZapRmap) =>
    s.vcpu.some((each) => at(each, mmu_set_spte)) &&
    s.notifier.some((each) => holds(s.mmu_lock, each)) &&
    s.spte.some(({ rmap }, spte) => rmap === NULL && s.rmap_head.some((_, list) => listHolds(s, list, spte))),
);

export const zapRmapSuite = suite(zapRmap, {
  invariants: { zapLeavesNone, rmapExact, noLeak, noUseAfterFree, countsPresent },
  reachable: { aFaultWaitsForTheZap },
  leadsTo: { zapEnds },
  measures: {
    movesPerZap: {
      what: 'entries that are moved into the hole of another while a list is zapped',
      of: 'notifier',
      steps: ['fill_hole'],
      sweep: {
        set: 'spte',
        from: 2,
        to: 5,
        bounds: { desc: 4 },
        variants: ['repeated-remove', 'one-pass', 'tail-count-repeated-remove', 'tail-count-one-pass'],
      },
      published: 'nothing: "Didn\'t run perf test on patch 9"',
      unsaid: 'what a move costs beside the rest of a fork',
    },
  },
  violated: {
    'repeated-remove': [],
    'one-pass': [],
    'first-fit-repeated-remove': [],
    'fill-from-last-repeated-remove': [],
    'forward-move-repeated-remove': [],
    'tail-count-repeated-remove': [],
    'tail-count-one-pass': [],
    'repeated-remove-yields': [],
    'one-pass-yields': ['rmapExact', 'noLeak', 'noUseAfterFree', 'BUG_ON'],
    'not-restarted': ['zapLeavesNone'],
    'tail-count-not-restarted': ['zapLeavesNone'],
    'freed-before-more': ['zapLeavesNone', 'rmapExact', 'noLeak', 'BUG_ON'],
    'descriptors-kept': ['noLeak'],
    'repeated-remove-read-without-lock': ['noUseAfterFree', 'countsPresent'],
    'one-pass-read-without-lock': ['noUseAfterFree', 'countsPresent'],
  },
});
