/** What a comparison comes to, as plain data. */
import type { ListState } from './list-state.ts';
import type { Operation } from './operations.ts';
import type { Misfiled, SnapshotComparison } from './snapshot-comparison.ts';
import type { Resynchronisation } from './tracked-lists.ts';

/** How a recording and a model's lists compare. */
export interface ConformResult {
  readonly outcome: 'matches' | 'differs' | 'nothing to compare';
  /** Recorded adds, removes and zaps, and how many of them were replayed without a difference. */
  readonly operations: number;
  readonly matched: number;
  /** Adds, removes and zaps of lists that were unknown and of which only a truncated state was recorded. */
  readonly notReplayed: number;
  /** Lists met by the walks of the snapshots and compared (not loaded), and how many of them were equal. */
  readonly seen: number;
  readonly seenMatched: number;
  /** The first difference in kernel order; how many there are in all. */
  readonly difference: Difference | undefined;
  readonly differences: number;
  readonly resynchronisations: readonly Resynchronisation[];
  /** One for each snapshot of the log beside the recording. */
  readonly snapshots: readonly SnapshotComparison[];
  /** Whether some list outgrew one descriptor; below that all policies do the same. */
  readonly distinguishes: boolean;
  /** The longest list that `mmu_rmaps_stat` files under a label that does not contain its length. */
  readonly misfiled: Misfiled | undefined;
  /** Whether the recording ends with the VM's end and all lists empty; one that was cut at the end of a line may not. */
  readonly endsWhole: boolean;
  readonly hasLog: boolean;
}

/** One field that is not the same. `kernelState` and `modelState` are the whole list around it. */
export interface Difference {
  readonly seq: number;
  readonly op: Operation['op'];
  readonly list?: string;
  /** As in `ret`, `pre.d[1].n`, `mmu_rmaps_stat 4K "2-3"`. */
  readonly field: string;
  readonly kernel: string;
  readonly model: string;
  readonly kernelState?: ListState;
  readonly modelState?: ListState;
}
