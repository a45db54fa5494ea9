/** What must be gone before a table is freed, and what when its range has been unmapped. */
import { type TableFreedBeforeFlush, tableFreedBeforeFlush } from '#model';
import { claim, idle, implies, NULL, suite } from '#notation';

export const tableLife = claim('a walk cache leads to a table, not to freed memory', (s: TableFreedBeforeFlush) =>
  s.tlb.every(({ walk_cache }) => walk_cache === NULL || s.table[walk_cache].allocated),
);

export const unmappedIsFlushed = claim(
  'when the notifier has returned, what a CPU has cached is mapped',
  ({ entry, table, tlb, notifier }: TableFreedBeforeFlush) =>
    implies(notifier.every(idle), () =>
      tlb.every(({ stage2, combined }) =>
        [stage2, combined].every(({ pages }) =>
          pages.every((cached, leaf) => !cached || (entry.child !== NULL && table[entry.child].ptes[leaf] === 1)),
        ),
      ),
    ),
);

export const aWalkOutlivesTheEntry = claim(
  'a walk cache leads to a table that no entry points to',
  ({ entry, tlb }: TableFreedBeforeFlush) =>
    tlb.some(({ walk_cache }) => walk_cache !== entry.child && walk_cache !== NULL),
);

export const tableFreedBeforeFlushSuite = suite(tableFreedBeforeFlush, {
  invariants: { tableLife, unmappedIsFlushed },
  reachable: { aWalkOutlivesTheEntry },
  violated: { 'flush-deferred': ['tableLife'], 'flush-with-level': ['tableLife'], 'flush-all-levels': [] },
});
