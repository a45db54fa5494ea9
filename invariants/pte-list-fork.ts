/** What the list of a shared page holds, and what it costs to add to it, count it, remove from it and zap it. */
import { listHolds, type PteListFork, pteListFork, pteListPolicies } from '#model';
import { claim, NULL, suite } from '#notation';

export const countExact = claim('pte_list_count counts all entries', (s: PteListFork) => {
  const counted = s.rmap_head.reduce((sum, head) => sum + pteListPolicies[s.ghost.policy].count(s, head), 0);
  return counted === s.present.reduce((sum, each) => sum + each, 0);
});

export const rmapExact = claim('the list holds the SPTEs that are present, and no others', (s: PteListFork) =>
  s.present.every((present, spte) => s.rmap_head.some((_, list) => listHolds(s, list, spte)) === (present === 1)),
);

export const hasTail = claim('the list outgrows one descriptor', (s: PteListFork) =>
  s.desc.some(({ allocated, more }) => allocated && more !== NULL),
);

const policies = ['first-fit', 'per-array-counter', 'tail-count', 'forward-move'] as const;
const many = { set: 'spte', from: 4, to: 10, by: 2, bounds: { ext: 2, desc: 5, tail: 10 } };
/** What looks for room in a list of descriptors. */
const finders = ['first_fit', 'first_not_full', 'head_not_full', 'head_with_gap'];

export const pteListForkSuite = suite(pteListFork, {
  invariants: { countExact, rmapExact },
  reachable: { hasTail },
  measures: {
    visitsPerAdd: {
      what: 'descriptors that pte_list_add reads to find room',
      of: 'holder',
      from: 'kvm_mmu_page_fault',
      steps: finders,
      reads: 'desc',
      sweep: { ...many, variants: policies },
      published:
        '"adding a new entry and counting the number of entries is done in constant time instead of linear time"',
      unsaid: 'what a visit costs; "pte_list_add() is no longer shown in the perf result" of a guest that forks',
    },
    visitsPerCount: {
      what: 'descriptors that pte_list_count reads',
      of: 'holder',
      from: 'pte_list_count',
      reads: 'desc',
      sweep: { ...many, variants: policies },
      published:
        '"adding a new entry and counting the number of entries is done in constant time instead of linear time"',
      unsaid: 'how long mmu_lock is held for it: mmu_rmaps_stat counts every list of the VM',
    },
    visitsByExt: {
      what: 'descriptors that pte_list_add reads to find room, by the entries that one holds',
      of: 'holder',
      from: 'kvm_mmu_page_fault',
      steps: finders,
      reads: 'desc',
      sweep: {
        set: 'ext',
        from: 3,
        to: 15,
        by: 4,
        bounds: { spte: 29, desc: 10, tail: 29 },
        variants: ['per-array-counter', 'tail-count'],
      },
      published:
        'a test of 500 children: PTE_LIST_EXT from 3 to 15 took it from 367.20 to 302.00, and the counter to 265.20; measured again, 473.90, 366.10 and 351.00',
      unsaid: 'time: of the children 29 are here, and a cache line costs as much as another',
    },
    slotsPerAdd: {
      what: 'slots that pte_list_add reads',
      of: 'holder',
      from: 'kvm_mmu_page_fault',
      reads: 'desc.sptes',
      sweep: { ...many, variants: policies },
      published:
        'with a counter in each array the test of 500 children went from 302.00 to 265.20; measured again, from 366.10 to 351.00',
      unsaid: 'that slots beside each other share a cache line, so that probes are cheap',
    },
    slotsPerRemove: {
      what: 'slots that pte_list_remove reads',
      of: 'holder',
      from: 'drop_spte',
      reads: 'desc.sptes',
      sweep: { ...many, variants: policies },
      published:
        'nothing of its own; "I don\'t have good idea on optimizing rmap_remove without changing the array structure"',
      unsaid: 'how often the entry is near the head: the number is the largest',
    },
    movesPerZap: {
      what: 'entries that are moved to fill a hole while a list is zapped',
      of: 'holder',
      from: 'kvm_unmap_gfn_range',
      steps: ['fill_hole'],
      sweep: {
        ...many,
        variants: ['first-fit', 'per-array-counter-zapped-one-by-one', 'per-array-counter', 'tail-count'],
      },
      published: 'nothing: "Didn\'t run perf test on patch 9"',
      unsaid: 'that an entry which fills its own hole, the last of its descriptor, costs less than one that is copied',
    },
  },
  violated: {
    'first-fit': [],
    'fill-from-last': [],
    'per-array-counter': [],
    'per-array-counter-zapped-one-by-one': [],
    'tail-count': [],
    'forward-move': [],
  },
});
