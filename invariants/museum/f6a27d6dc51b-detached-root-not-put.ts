/** What becomes of a table that has been detached. */
import { type DetachedRootNotPut, detachedRootNotPut } from '#model';
import { claim, idle, implies, NULL, suite } from '#notation';

export const noLeak = claim(
  'each table is linked, or a callback that frees it is still to come',
  ({ table, entry, removed, rcu }: DetachedRootNotPut) =>
    table.every(({ allocated }, id) =>
      implies(
        allocated,
        () => entry.child === id || removed === id || rcu.some((each) => !idle(each) && each.pgtable === id),
      ),
    ),
);

export const refExact = claim(
  'the page of a linked table is held by its allocation and by each entry, once',
  ({ table, entry }: DetachedRootNotPut) =>
    table.every(({ page_count, ptes }, id) =>
      implies(entry.child === id, () => page_count === ptes.reduce((count, valid) => count + valid, 1)),
    ),
);

export const aTableIsMadeWhileAnotherWaits = claim(
  'a new table is linked while one that has been detached waits',
  ({ entry, removed }: DetachedRootNotPut) => entry.kind === 'table' && removed !== NULL,
);

export const detachedRootNotPutSuite = suite(detachedRootNotPut, {
  invariants: { noLeak, refExact },
  reachable: { aTableIsMadeWhileAnotherWaits },
  violated: { 'root-not-put': ['noLeak'], 'root-put': [] },
});
