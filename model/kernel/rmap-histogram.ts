/** The columns of `mmu_rmaps_stat`: 0, 1, 2-3, 4-7, … entries; the last but one of `RMAP_LOG_SIZE` is 512-1023. */

/** The smallest and the largest count that the header says a column is for. */
export function columnLabel(column: number): { low: number; high: number } {
  return column === 0 ? { low: 0, high: 0 } : { low: 2 ** (column - 1), high: 2 ** column - 1 };
}

/** The place of the lowest set bit, from 1; 0 when there is none. */
export function ffs(count: number): number {
  return fls(count & -count);
}

/** The place of the highest set bit, from 1; 0 when there is none. */
export function fls(count: number): number {
  return count === 0 ? 0 : Math.floor(Math.log2(count)) + 1;
}
