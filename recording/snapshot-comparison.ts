/** The statistics of one snapshot, beside the model's. */
import { bucketOf, histogramRow, labelContains } from './histogram.ts';
import type { StateDifference } from './list-difference.ts';
import { bucketLabels, type Level, type LogSnapshot, levels } from './log.ts';
import type { Slot } from './slots.ts';

/** What debugfs said at one snapshot, beside what the model's lists give. */
export interface SnapshotComparison {
  readonly seq: number;
  readonly phase: string;
  /** Rows of `mmu_rmaps_stat`; buckets before `from` are not compared. */
  readonly rows: readonly HistogramComparison[];
  readonly max_mmu_rmap_size?: { readonly kernel: number; readonly model: number };
  /** What was left out, and why. */
  readonly notCompared: readonly string[];
}

/** One row of `mmu_rmaps_stat`, eleven buckets on either side. */
export interface HistogramComparison {
  readonly level: Level;
  readonly kernel: readonly number[];
  readonly model: readonly number[];
  readonly from: 0 | 1;
}

/** A list whose length stands under a label of `mmu_rmaps_stat` that does not contain it. */
export interface Misfiled {
  readonly phase: string;
  readonly list: string;
  readonly count: number;
  readonly label: string;
}

/** What the model has at a snapshot. */
export interface ModelSnapshot {
  readonly seq: number;
  /** Lengths of the rmaps that are not empty, by name. */
  readonly lengths: ReadonlyMap<string, number>;
  /** Rmaps of which nothing is known. */
  readonly lost: readonly string[];
  readonly slots: readonly Slot[];
  /** The running maximum of what `pte_list_add` returned for an rmap. */
  readonly largest: number;
}

/** Sets the histogram and the maximum that the log has beside the model's. */
export function compareSnapshot(logged: LogSnapshot, model: ModelSnapshot): SnapshotComparison {
  const { phase, mmu_rmaps_stat, max_mmu_rmap_size } = logged;
  const notCompared: string[] = [];
  const rows: HistogramComparison[] = [];
  const from = model.slots.length > 0 ? 0 : 1;
  if (mmu_rmaps_stat === undefined) notCompared.push('mmu_rmaps_stat: the file was empty, the kernel has no rmaps');
  else {
    for (const level of levels) {
      const ofLevel = (list: string) => list.startsWith(`${level}:`);
      if (model.lost.some(ofLevel))
        notCompared.push(`mmu_rmaps_stat, row ${level}: a list is unknown since an untraced phase`);
      else {
        const lengths = [...model.lengths].filter(([list]) => ofLevel(list)).map(([, length]) => length);
        rows.push({ level, kernel: mmu_rmaps_stat[level], model: histogramRow(level, lengths, model.slots), from });
      }
    }
    if (from === 1) notCompared.push('mmu_rmaps_stat, bucket 0: no SETSLOT mark says how many rmaps there are');
  }
  if (max_mmu_rmap_size === undefined) notCompared.push('max_mmu_rmap_size: the kernel has no such statistic');
  const largest =
    max_mmu_rmap_size === undefined ? {} : { max_mmu_rmap_size: { kernel: max_mmu_rmap_size, model: model.largest } };
  return { seq: model.seq, phase, rows, ...largest, notCompared };
}

/** The numbers of a snapshot in which kernel and model part. */
export function snapshotDifferences({ rows, max_mmu_rmap_size: largest }: SnapshotComparison): StateDifference[] {
  const found: StateDifference[] = [];
  for (const { level, kernel, model, from } of rows) {
    for (const [bucket, label] of bucketLabels.entries()) {
      if (bucket < from || kernel[bucket] === model[bucket]) continue;
      const path = `mmu_rmaps_stat ${level} "${label}"`;
      found.push({ path, kernel: `${kernel[bucket]}`, model: `${model[bucket]}` });
    }
  }
  if (largest !== undefined && largest.kernel !== largest.model) {
    found.push({ path: 'max_mmu_rmap_size', kernel: `${largest.kernel}`, model: `${largest.model}` });
  }
  return found;
}

/** The longest list that the histogram files under a label that does not contain its length. */
export function longestMisfiled(phase: string, lengths: ReadonlyMap<string, number>): Misfiled | undefined {
  let found: Misfiled | undefined;
  for (const [list, count] of lengths) {
    if (labelContains(count) || count <= (found?.count ?? 0)) continue;
    found = { phase, list, count, label: bucketLabels[bucketOf(count)] ?? '' };
  }
  return found;
}
