/** What the statistics of rmaps must say, and where they have said something else. */
import { columnLabel, type RmapStat, rmapStat, rmapStatSteps } from '#model';
import { ahead, at, claim, implies, passed, suite } from '#notation';

const { entries, indexOf, kvm_mmu_rmaps_stat_show, seq_printf } = rmapStatSteps;

export const maxStat = claim(
  'while mmu_lock is free, max_mmu_rmap_size is the most entries that an rmap has had',
  ({ mmu_lock, max_mmu_rmap_size, ghost }: RmapStat) => mmu_lock.held || max_mmu_rmap_size === ghost.longest,
);

export const bucketLabel = claim(
  'a column counts the rmaps whose length is in the range it is labelled with',
  (s: RmapStat) =>
    s.reader.every((reader) =>
      implies(at(reader, seq_printf), () =>
        s.lpages.every((lpages, level) =>
          reader.log[level].every((counted, column) => {
            const { low, high } = columnLabel(column);
            let rmaps = 0;
            for (let index = 0; index < lpages; index++) {
              const count = entries(s, level, index);
              if (low <= count && count <= high) rmaps++;
            }
            return counted === rmaps;
          }),
        ),
      ),
    ),
);

export const readsAllocated = claim('rmaps that are read have been allocated', (s: RmapStat) =>
  s.reader.every((reader) =>
    implies(passed(reader, kvm_mmu_rmaps_stat_show) && ahead(reader, seq_printf), s.shadow_root_allocated),
  ),
);

export const lpagesFit = claim(
  'at each level a slot has an rmap for each page that a gfn of it is in, and no more',
  (s: RmapStat) =>
    s.lpages.every((lpages, level) => {
      const { base_gfn, npages } = s.slot;
      const pages = new Set(Array.from({ length: npages }, (_, i) => indexOf(base_gfn + i, level)));
      return lpages === pages.size;
    }),
);

export const aLongRmapIsCounted = claim(
  'a reader counts an rmap of several entries that faults have made',
  (s: RmapStat) =>
    s.reader.some((reader) => at(reader, seq_printf)) && s.ghost.longest > 1 && s.spte.some(({ present }) => present),
);

export const rmapStatSuite = suite(rmapStat, {
  invariants: { maxStat, bucketLabel, readsAllocated, lpagesFit },
  reachable: { aLongRmapIsCounted },
  violated: {
    corrected: [],
    'as-shipped': ['maxStat', 'bucketLabel'],
    'max-without-new-entry': ['maxStat'],
    'column-by-lowest-bit': ['bucketLabel'],
    'rmaps-not-checked': ['readsAllocated'],
    'lpages-by-shift': ['lpagesFit'],
  },
});
