/** What is claimed of turning a table back into a block, and what each order of doing it gives and takes. */
import { type Coalesce, coalesce, coalesceSteps, conflicts, isBlock, type Table, tableOf } from '#model';
import { ahead, at, claim, NULL, passed, suite } from '#notation';

const {
  call_rcu,
  clean_dcache_guest_page,
  freeChild,
  freeFollow,
  kvm_pgtable_visit,
  kvm_set_invalid_pte,
  mapPage,
  stage2_map_walk_table_pre,
  stage2_map_walker_try_leaf,
  unmapLeaf,
  updateAnyway,
  walkOn,
} = coalesceSteps;

export const noConflict = claim('at most one cached translation of a CPU covers an address', (s: Coalesce) =>
  s.tlb.every(({ stage2, combined }) => !conflicts(stage2) && !conflicts(combined)),
);

/** What is cached of a valid entry with nT is not of it: such an entry is not cached. */
export const breakBeforeMake = claim(
  'when an entry is made valid, no CPU has anything cached of what it was before',
  (s: Coalesce) =>
    !s.entry.valid ||
    s.entry.nT ||
    s.tlb.every(({ stage2, combined, walk_cache }) => {
      if (isBlock(s)) return walk_cache === NULL && !stage2.pages.includes(1) && !combined.pages.includes(1);
      return (walk_cache === NULL || walk_cache === s.entry.child) && stage2.block === 0 && combined.block === 0;
    }),
);

export const tableLife = claim(
  'a table is freed when no walk cache, no walker of software and no entry refers to it',
  (s: Coalesce) => {
    const alive = (table: Table | typeof NULL) => table === NULL || s.table[table].allocated;
    return (
      alive(tableOf(s)) &&
      s.tlb.every(({ walk_cache }) => alive(walk_cache)) &&
      s.vcpu.every(
        (vcpu) =>
          !passed(vcpu, kvm_pgtable_visit) ||
          !ahead(vcpu, unmapLeaf, freeFollow, call_rcu, walkOn, mapPage) ||
          alive(vcpu.childp),
      )
    );
  },
);

export const refExact = claim(
  'when mmu_lock is free, each page is held by its owner and by the valid entries in it, and what nothing points to is freed',
  (s: Coalesce) =>
    s.mmu_lock.held ||
    (s.root.page_count === (s.entry.kind === 'none' ? 1 : 2) &&
      s.memory.page_count === 1 &&
      s.table.every(
        ({ allocated, page_count, ptes }, table) =>
          !allocated ||
          s.rcu[table].called ||
          (s.entry.child === table && page_count === ptes.reduce((count, mapped) => count + mapped, 1)),
      )),
);

export const cleanBeforeMap = claim(
  'without FWB a page is clean to the point of coherency before the guest can reach it',
  (s: Coalesce) =>
    s.fwb ||
    s.memory.cleaned.every((cleaned, leaf) => {
      const table = tableOf(s);
      return cleaned === 1 || !(isBlock(s) || (table !== NULL && s.table[table].ptes[leaf] === 1));
    }),
);

/** To turn a block into a table breaks it as well: that is not asked. */
export const noInvalidWindow = claim(
  'an entry that is turned from a table into a block is never invalid',
  (s: Coalesce) => !window(s),
);

export const neverUnmappedWhileInvalid = claim(
  '"quickly install the block entry at first [...] and then unmap the page mappings": no leaf is unmapped and no table freed while the entry is invalid',
  (s: Coalesce) =>
    !window(s) || !s.vcpu.some((vcpu) => at(vcpu, unmapLeaf) || at(vcpu, freeChild) || at(vcpu, freeFollow)),
);

export const neverCleanedWhileInvalid = claim('no page is cleaned while the entry is invalid', (s: Coalesce) =>
  s.fwb ||
  !window(s) ||
  !s.vcpu.some((vcpu) => passed(vcpu, stage2_map_walk_table_pre) && at(vcpu, clean_dcache_guest_page)),
);

function window({ entry }: Coalesce): boolean {
  return entry.kind === 'table' && !entry.valid;
}

/** A storm is a fault that does this, makes another vCPU fault that does it again, and so on: that part is a claim of liveness. */
export const noRefaultStorm = claim(
  '"Skip updating the PTE if we are trying to recreate the exact same mapping": a fault that finds what it would install does not break it',
  (s: Coalesce) => !isBlock(s) || !s.vcpu.some((vcpu) => at(vcpu, kvm_set_invalid_pte) && !vcpu.force_pte),
);

export const aTlbOutlivesTheTable = claim('a CPU has pages cached when the entry is a table no more', (s: Coalesce) =>
  tableOf(s) === NULL && s.tlb.some(({ stage2 }) => stage2.pages.includes(1)),
);

export const aWaiterFindsTheBlock = claim('a fault that is to map a block finds it mapped', (s: Coalesce) =>
  s.vcpu.some(
    (vcpu) => (at(vcpu, stage2_map_walker_try_leaf) || at(vcpu, updateAnyway)) && !vcpu.force_pte && vcpu.old === 'block',
  ),
);

const window2 = ['noInvalidWindow'] as const;
export const coalesceSuite = suite(coalesce, {
  invariants: {
    noConflict,
    breakBeforeMake,
    tableLife,
    refExact,
    cleanBeforeMap,
    noInvalidWindow,
    neverUnmappedWhileInvalid,
    neverCleanedWhileInvalid,
    noRefaultStorm,
  },
  reachable: { aTlbOutlivesTheTable, aWaiterFindsTheBlock },
  violated: {
    'install-after-unmap': ['noInvalidWindow', 'neverUnmappedWhileInvalid'],
    'install-before-unmap': window2,
    'flush-range': window2,
    'free-in-callback': window2,
    'clean-in-map': ['noInvalidWindow', 'neverCleanedWhileInvalid'],
    'nt-bit': [],
    parallel: ['noInvalidWindow', 'neverCleanedWhileInvalid'],
    'parallel-walk-on': ['noInvalidWindow', 'neverCleanedWhileInvalid'],
    'no-break': ['noConflict', 'breakBeforeMake'],
    'install-before-flush': [],
    'flush-one-address': [],
    'flush-stage-2-only': [],
    'flush-with-level-hint': [],
    'free-before-flush': [],
    'no-follow': [],
    'walk-on': [],
    'reload-before-unmap': [],
    'no-put': [],
    'no-last-put': [],
    'update-anyway': [],
    'no-clean-when-coalescing': [],
    'no-clean-on-permission-fault': [],
    'parallel-plain-store': [],
    'parallel-break-to-zero': [],
    'parallel-free-at-once': [],
  },
});
