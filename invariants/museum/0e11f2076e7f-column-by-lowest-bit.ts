/** What the columns of mmu_rmaps_stat say. */
import { type ColumnByLowestBit, columnByLowestBit, columnByLowestBitSteps, columnLabel } from '#model';
import { at, claim, implies, suite } from '#notation';

const { pteListCount, seq_printf } = columnByLowestBitSteps;

export const bucketLabel = claim(
  'a column counts the rmaps whose length is in the range it is labelled with',
  (s: ColumnByLowestBit) =>
    s.reader.every((reader) =>
      implies(at(reader, seq_printf), () =>
        reader.log.every(
          (counted, column) => counted === s.rmap.reduce((count, _, gfn) => count + Number(within(s, gfn, column)), 0),
        ),
      ),
    ),
);

function within(s: ColumnByLowestBit, gfn: number, column: number): boolean {
  const { low, high } = columnLabel(column);
  const count = pteListCount(s, gfn);
  return low <= count && count <= high;
}

export const anAddedEntryIsCounted = claim(
  'a reader counts what another thread has added',
  ({ reader, rmap }: ColumnByLowestBit) =>
    reader.some((each) => at(each, seq_printf)) && rmap.some((list) => list.includes(1)),
);

export const columnByLowestBitSuite = suite(columnByLowestBit, {
  invariants: { bucketLabel },
  reachable: { anAddedEntryIsCounted },
  violated: { 'lowest-bit': ['bucketLabel'], 'highest-bit': [] },
});
