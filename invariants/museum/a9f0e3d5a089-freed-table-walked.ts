/** What a walker may look into, and what it leaves behind. */
import { type FreedTableWalked, freedTableWalked, freedTableWalkedSteps } from '#model';
import { at, claim, implies, NULL, suite } from '#notation';

const { freeFollow, stage2_map_walk_table_pre, unmapLeaf, walkOn } = freedTableWalkedSteps;

export const tableLife = claim('a walker is in a table that has not been freed', (s: FreedTableWalked) =>
  s.vcpu.every((vcpu) =>
    implies(
      at(vcpu, unmapLeaf) || at(vcpu, freeFollow) || at(vcpu, walkOn),
      () => vcpu.childp === NULL || s.table[vcpu.childp].allocated,
    ),
  ),
);

export const refExact = claim(
  'when mmu_lock is free, a table is linked, and its page is held by its allocation and by each entry, once',
  ({ mmu_lock, entry, table }: FreedTableWalked) =>
    mmu_lock.held ||
    table.every(
      ({ allocated, page_count, ptes }, id) =>
        !allocated || (entry.child === id && page_count === ptes.reduce((count, mapped) => count + mapped, 1)),
    ),
);

export const aFaultFindsTheBlock = claim(
  'a fault that is to be served by a block finds it there',
  (s: FreedTableWalked) => s.entry.kind === 'block' && s.vcpu.some((vcpu) => at(vcpu, stage2_map_walk_table_pre)),
);

export const freedTableWalkedSuite = suite(freedTableWalked, {
  invariants: { tableLife, refExact },
  reachable: { aFaultFindsTheBlock },
  violated: { 'copy-walked': ['tableLife', 'refExact', 'BUG_ON'], 'entry-reloaded': [] },
});
