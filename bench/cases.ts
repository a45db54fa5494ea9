/** The reference cases: their models in the public notation, the hand-written searches of the same, and the counts where published. */
import type { Suite } from '#notation';
import {
  type BaselineResult,
  searchDirtyLog,
  searchPteList,
  searchPteListByAction,
  searchTwoPhaseCommit,
} from './baseline/index.ts';
import { dirtyLogReferenceSuite } from './models/dirty-log.ts';
import { pteListReferenceSuite } from './models/pte-list.ts';
import { twoPhaseCommitSuite } from './models/two-phase-commit.ts';
import type { PeerCase } from './peers.ts';

/** What a search of a case must find: distinct states, fired transitions, states on the longest shortest path. */
export type Counts = readonly [states: number, transitions: number, depth: number];

/** One case. */
export interface Case {
  readonly suite: Suite;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  /** The file of the model, in `bench/models/`. */
  readonly file: string;
  /** The same, for others. */
  readonly peer: PeerCase;
  readonly baseline: () => BaselineResult;
  /** Where the baseline takes each action by itself, as ours does: one that computes only once what several have in common. */
  readonly shared?: () => BaselineResult;
  /** Undefined where none is published. */
  readonly counts: Counts | undefined;
}

function twoPhaseCommit(rm: number, counts?: Counts): Case {
  const baseline = () => searchTwoPhaseCommit(rm);
  const own = { suite: twoPhaseCommitSuite, variant: 'as-published', bounds: { rm }, file: 'two-phase-commit.ts' };
  return { ...own, peer: { text: 'two-phase-commit', constants: { RM: rm } }, baseline, counts };
}

function pteList(head: number, spte: number, ext: number, desc: number, counts?: Counts): Case {
  const baseline = () => searchPteListByAction(head, spte, ext, desc);
  const shared = () => searchPteList(head, spte, ext, desc);
  const bounds = { head, spte, ext, desc };
  const own = { suite: pteListReferenceSuite, variant: 'tail-count', bounds, file: 'pte-list.ts' };
  const peer = { text: 'pte-list', constants: { HEAD: head, SPTE: spte, EXT: ext, DESC: desc } };
  return { ...own, peer, baseline, shared, counts };
}

function dirtyLog(vcpu: number, page: number, counts?: Counts): Case {
  const bounds = { vcpu, page, ioctl: 1, cursor: Math.max(vcpu, page) };
  const baseline = () => searchDirtyLog(vcpu, page);
  const own = { suite: dirtyLogReferenceSuite, variant: 'mark-last', bounds, file: 'dirty-log.ts' };
  return { ...own, peer: { text: 'dirty-log', constants: { VCPU: vcpu, PAGE: page } }, baseline, counts };
}

/** By the names of the reference. */
export const cases: Readonly<Record<string, Case>> = {
  T3: twoPhaseCommit(3, [288, 1_145, 11]),
  T5: twoPhaseCommit(5, [8_832, 58_145, 17]),
  T6: twoPhaseCommit(6, [50_816, 402_305, 20]),
  T7: twoPhaseCommit(7, [296_448, 2_744_705, 23]),
  T8: twoPhaseCommit(8, [1_745_408, 18_507_777, 26]),
  T9: twoPhaseCommit(9),
  P4: pteList(2, 5, 2, 3, [13_021, 75_050, 14]),
  P6: pteList(2, 7, 3, 3, [731_655, 5_750_878, 18]),
  P7: pteList(2, 8, 3, 4),
  Q4: pteList(1, 7, 3, 3, [13_707, 95_949, 8]),
  Q6: pteList(1, 9, 3, 4, [986_419, 8_877_771, 10]),
  Q7: pteList(1, 10, 3, 4),
  L4: dirtyLog(3, 1, [24_402, 77_258, 47]),
  L5: dirtyLog(2, 2, [315_331, 948_243, 65]),
  L6: dirtyLog(5, 1, [1_953_058, 8_587_448, 65]),
  L7: dirtyLog(3, 2),
};
