/** What a pte list must be whenever mmu_lock is free, and which policies and mistakes break it. */
import {
  type Desc,
  entriesIn,
  listHolds,
  type PteList,
  type PteLists,
  pteList,
  pteListPolicies,
  type RmapHead,
  type Spte,
} from '#model';
import { claim, implies, NULL, suite } from '#notation';

/** Judged by the slots: each descriptor that another one's `more` points to. */
export const tailsAlwaysFull = claim('"always keep all tail descriptors full"', (s: Pick<PteLists, 'desc'>) =>
  s.desc.every(({ allocated, more }) =>
    implies(allocated && more !== NULL, () => entriesIn(s.desc[more as Desc]) === s.desc[more as Desc].sptes.length),
  ),
);

/** Lists by the members of any set. */
interface ListHeads extends Pick<PteLists, 'desc'> {
  readonly rmap_head: { every(test: (head: RmapHead) => boolean): boolean };
}

export const headNeverEmpty = claim('"The head descriptor should never be empty"', (s: ListHeads) =>
  s.rmap_head.every(({ desc }) => implies(desc !== NULL, () => entriesIn(s.desc[desc as Desc]) > 0)),
);

/** Against its `more` only: by induction along the list that is the sum over all of them. */
export const tailCountExact = claim(
  'tail_count is "the number of PTEs stored in all tails of this descriptor"; where a policy does not keep it, nobody stores it',
  (s: PteList) => {
    const kept = pteListPolicies[s.ghost.policy].keeps === 'tail_count';
    return s.desc.every(({ allocated, more, tail_count }) =>
      implies(allocated, () => {
        if (!kept || more === NULL) return tail_count === 0;
        return tail_count === s.desc[more].tail_count + s.desc[more].spte_count;
      }),
    );
  },
);

export const countExact = claim(
  'pte_list_add returns, and pte_list_count counts, all entries of a list',
  (s: PteList) =>
    s.ghost.miscounted.returned === s.ghost.miscounted.had &&
    s.rmap_head.every((head, id) => pteListPolicies[s.ghost.policy].count(s, head) === present(s, id)),
);

/** SPTEs that belong in a list. */
function present({ ghost }: PteList, list: PteList['ghost']['home'][Spte]): number {
  return ghost.home.reduce((count, home) => (home === list ? count + 1 : count), 0);
}

export const slotPrefix = claim(
  "a descriptor's entries fill its first slots, where iterators stop at the first empty one; a spte_count says how many",
  (s: PteList) => {
    const counted = pteListPolicies[s.ghost.policy].keeps !== 'nothing';
    return s.desc.every((desc) =>
      implies(desc.allocated, () => {
        const used = entriesIn(desc);
        const { sptes } = desc;
        for (let i = used; i < sptes.length; i++) if (sptes[i] !== NULL) return false;
        return desc.spte_count === (counted ? used : 0);
      }),
    );
  },
);

export const noDup = claim('no SPTE is twice in the lists', (s: PteList) =>
  s.ghost.home.every((_, spte) => {
    const inline = s.rmap_head.reduce((times, head) => (head.spte === spte ? times + 1 : times), 0);
    return s.desc.reduce((times, desc) => times + timesIn(desc, spte), inline) <= 1;
  }),
);

function timesIn({ allocated, sptes }: PteList['desc'][Desc], spte: Spte): number {
  return allocated ? sptes.reduce((times, each) => (each === spte ? times + 1 : times), 0) : 0;
}

export const noLeak = claim(
  'each allocated descriptor is in one place of one list, and no list goes on into a free one',
  (s: PteList) =>
    s.desc.every(({ allocated }, id) => {
      const heads = s.rmap_head.reduce((times, head) => (head.desc === id ? times + 1 : times), 0);
      const references = s.desc.reduce(
        (times, desc) => (desc.allocated && desc.more === id ? times + 1 : times),
        heads,
      );
      return references === (allocated ? 1 : 0);
    }),
);

export const rmapExact = claim(
  'a list holds the SPTEs that map its gfn, and no others; a zap leaves none',
  (s: PteList) =>
    !s.ghost.survivor &&
    s.rmap_head.every((_, list) => s.ghost.home.every((home, spte) => listHolds(s, list, spte) === (home === list))),
);

/** A list of more than one descriptor: below that all policies do the same. */
export const hasTail = claim('some list outgrows one descriptor', (s: Pick<PteLists, 'desc'>) =>
  s.desc.some(({ allocated, more }) => allocated && more !== NULL),
);

export const pteListSuite = suite(pteList, {
  invariants: {
    tailsAlwaysFull,
    headNeverEmpty,
    tailCountExact,
    countExact,
    slotPrefix,
    noDup,
    noLeak,
    rmapExact,
  },
  reachable: { hasTail },
  measures: {
    visitsPerAdd: {
      what: 'descriptors that pte_list_add reads to find room, whatever was added and removed before',
      of: 'holder',
      from: 'rmap_add',
      steps: ['first_fit', 'first_not_full', 'head_not_full', 'head_with_gap'],
      reads: 'desc',
      sweep: {
        set: 'spte',
        from: 3,
        to: 6,
        bounds: { head: 1 },
        variants: ['tail-count', 'forward-move'],
      },
      published:
        '"adding a new entry and counting the number of entries is done in constant time instead of linear time"',
      unsaid: 'what a visit costs',
    },
  },
  violated: {
    'first-fit': ['tailsAlwaysFull', 'countExact'],
    'fill-from-last': ['tailsAlwaysFull', 'countExact'],
    'per-array-counter': ['tailsAlwaysFull', 'countExact'],
    'tail-count': [],
    'forward-move': [],
    'demote-to-inline': [],
    'unzeroed-initialised': [],
    'fill-from-same': ['tailsAlwaysFull', 'tailCountExact', 'countExact', 'range'],
    'slot-not-cleared': ['slotPrefix', 'noDup', 'rmapExact'],
    'tail-count-not-zeroed': ['tailCountExact', 'countExact', 'range'],
    'memory-not-zeroed': [
      'tailsAlwaysFull',
      'headNeverEmpty',
      'tailCountExact',
      'countExact',
      'slotPrefix',
      'noLeak',
      'rmapExact',
      'BUG_ON',
      'range',
    ],
    'zap-without-restart': ['rmapExact'],
    'narrow-tail-count': ['range'],
  },
});
