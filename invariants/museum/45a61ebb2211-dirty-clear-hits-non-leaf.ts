/** What must hold of an SPTE whose dirty bit is cleared while others may replace it. */
import { type DirtyClearHitsNonLeaf, dirtyClearHitsNonLeaf, dirtyClearHitsNonLeafSteps } from '#model';
import { at, claim, suite } from '#notation';

const { is_dirty_spte } = dirtyClearHitsNonLeafSteps;

export const tablesStayWritable = claim(
  'only leaves are write-protected: what is under a table without W, no fault can make writable again',
  (s: DirtyClearHitsNonLeaf) => s.spte.every(({ kind, writable }) => kind !== 'table' || writable),
);

export const aTableTakesTheLeafsPlace = claim(
  'a table takes the place of the leaf whose dirty bit is to be cleared',
  (s: DirtyClearHitsNonLeaf) =>
    s.ioctl.some(
      (ioctl) => at(ioctl, is_dirty_spte) && ioctl.old_spte.kind === 'leaf' && s.spte[ioctl.gfn].kind === 'table',
    ),
);

export const dirtyClearHitsNonLeafSuite = suite(dirtyClearHitsNonLeaf, {
  invariants: { tablesStayWritable },
  reachable: { aTableTakesTheLeafsPlace },
  violated: { 'leaf-checked-once': ['tablesStayWritable'], 'leaf-checked-again': [] },
});
