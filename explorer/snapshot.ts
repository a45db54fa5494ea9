/** A search at the boundary of a level, as plain data: everything that it takes to go on from there as if nothing had happened. */
import type { ClaimState } from './open-claims.ts';
import type { Found } from './search.ts';
import type { Visited } from './visited.ts';

/** What a search knows beside the states it found. */
export interface Snapshot {
  /** States found. */
  readonly states: number;
  /** The first of those that are not expanded. */
  readonly at: number;
  readonly depth: number;
  readonly transitions: number;
  readonly fired: readonly number[];
  readonly violations: readonly (readonly [string, Found])[];
  readonly reached: readonly string[];
  readonly claims: readonly ClaimState[];
  /** How many states may be deadlocks. */
  readonly candidates: number;
  /** Whether some orbit may have several representatives. */
  readonly heuristic: boolean;
  /** Slots of the seen-set, which grows alike whether a search was interrupted or not. */
  readonly slots: number;
}

/** The states of a snapshot, in the order in which they were found. */
export interface StoredStates {
  readonly words: Int32Array;
  readonly parents: Int32Array;
  readonly candidates: Int32Array;
}

/** Where a search begins, and who is told how far it is. */
export interface Checkpoints {
  /** What to go on from; the beginning when there is nothing. */
  readonly from?: { readonly snapshot: Snapshot; readonly states: StoredStates } | undefined;
  /** Called at the boundary of each level. What is passed may be kept: states that were found stay as they are. */
  level(snapshot: Snapshot, visited: Visited, candidates: readonly number[]): void;
}
