/** The columns of `mmu_rmaps_stat`, computed from lists. */
import { bucketLabels, type Level } from './log.ts';
import { rmapsOf, type Slot } from './slots.ts';

/**
 * The bucket that `mmu_rmaps_stat` counts a list of `count` entries in: the position of the lowest set bit, 1 for an odd count, 0 for an
 * empty list, at most the last bucket. (Both 6.1 and 6.12 do so; see the recordings' README, known fact 1.)
 */
export function bucketOf(count: number): number {
  if (count === 0) return 0;
  const lowest = 31 - Math.clz32(count & -count);
  return Math.min(lowest + 1, bucketLabels.length - 1);
}

/** Whether the label of the bucket, which describes the highest set bit, contains the count that is filed there. */
export function labelContains(count: number): boolean {
  const [from, to = from] = (bucketLabels[bucketOf(count)] ?? '').split('-').map(Number);
  return from !== undefined && to !== undefined && from <= count && count <= to;
}

/** One row of `mmu_rmaps_stat`, from the lengths of the lists that are not empty and the slots, which say how many rmaps there are. */
export function histogramRow(level: Level, lengths: Iterable<number>, slots: Iterable<Slot>): number[] {
  const row = bucketLabels.map(() => 0);
  for (const slot of slots) row[0] += rmapsOf(slot, level);
  for (const length of lengths) {
    if (length === 0) continue;
    row[0] -= 1;
    row[bucketOf(length)] += 1;
  }
  return row;
}
