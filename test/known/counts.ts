/** Counts that are known: of models written afresh that other tools are recorded to search, and of the reference models. */
import type { Suite } from '#notation';
import { dirtyLogReferenceSuite } from '../../bench/models/dirty-log.ts';
import { pteListReferenceSuite } from '../../bench/models/pte-list.ts';
import { twoPhaseCommitSuite } from '../../bench/models/two-phase-commit.ts';
import { andersonSuite, bakerySuite, petersonSuite, philosophersSuite } from './mutual-exclusion.ts';
import { equationSuite, incrementSuite, processesSuite } from './stateright.ts';
import {
  allocatorSuite,
  commitSuite,
  hygienicSuite,
  lockSuite,
  petersonOfTwoSuite,
  prisonersSuite,
  terminationSuite,
} from './tla-examples.ts';

/** Distinct states, transitions that fire, states on the longest shortest path. */
export type Counts = readonly [states: number, transitions: number, depth: number];

/** One search of which it is known what it finds. */
export interface Known {
  readonly name: string;
  readonly suite: Suite;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly counts: Counts;
  /** States up to the numbering of symmetric members, where there are any and that number is published or easily told. */
  readonly orbits?: number;
}

function beem(name: string, suite: Suite, bounds: Record<string, number>, counts: Counts): Known {
  return { name, suite, variant: 'beem', bounds, counts };
}

/** Of BEEM. */
export const ofBeem: readonly Known[] = [
  beem('phils.1', philosophersSuite, { p: 4 }, [80, 212, 10]),
  beem('peterson.1', petersonSuite, { p: 3 }, [12_498, 33_369, 54]),
  beem('bakery.1', bakerySuite, { p: 2, ticket: 9 }, [1_506, 2_697, 101]),
  beem('bakery.3', bakerySuite, { p: 3, ticket: 4 }, [32_919, 85_061, 117]),
  beem('anderson.2', andersonSuite, { p: 3 }, [1_459, 3_705, 46]),
  beem('anderson.4', andersonSuite, { p: 4 }, [29_641, 97_516, 81]),
];

/** TLC counts initial states as generated. */
function tla(name: string, suite: Suite, variant: string, [states, generated, depth]: Counts, orbits?: number): Known {
  const initial = Math.max(1, suite.model.initial?.length ?? 0);
  return { name, suite, variant, bounds: {}, counts: [states, generated - initial, depth], ...(orbits && { orbits }) };
}

/** Of tlaplus/Examples. */
export const ofTlaExamples: readonly Known[] = [
  tla('Lock', lockSuite, 'lock', [12, 21, 5]),
  tla('LockHS', lockSuite, 'with-history', [28, 41, 10]),
  tla('Peterson', petersonOfTwoSuite, 'peterson', [42, 77, 11]),
  // Ten ways to spread three over working, prepared and aborted; and from one to three committed among prepared ones.
  tla('TCommit', commitSuite, 'commit', [34, 94, 7], 13),
  tla('DiningPhilosophers', hygienicSuite, 'hygienic', [67, 336, 29]),
  tla('Prisoners', prisonersSuite, 'prisoners', [214, 860, 14]),
  tla('SimpleAllocator', allocatorSuite, 'simple', [400, 1_633, 6]),
  tla('SchedulingAllocator', allocatorSuite, 'scheduling', [1_690, 5_854, 7]),
  // Recorded with depth 10, in a run of several workers, whose levels TLC tells apart only about.
  tla('EWD840', terminationSuite(3), 'ring', [302, 2_001, 9]),
  tla('EWD840_json', terminationSuite(4), 'ring', [1_566, 15_986, 12]),
];

/** Of stateright's tests, which count states; what else stands here is easily told. */
export const ofStateright: readonly Known[] = [
  { name: 'increment', suite: incrementSuite, variant: 'increment', bounds: {}, counts: [13, 14, 5], orbits: 8 },
  { name: 'linear equation', suite: equationSuite, variant: 'all', bounds: {}, counts: [65_536, 131_072, 511] },
  { name: 'two processes', suite: processesSuite, variant: 'all', bounds: {}, counts: [9, 18, 5], orbits: 6 },
];

function commit(name: string, rm: number, counts: Counts, orbits: number): Known {
  return { name, suite: twoPhaseCommitSuite, variant: 'as-published', bounds: { rm }, counts, orbits };
}

/** Of two-phase commit: published figures count the initial state as generated. */
export const ofTwoPhaseCommit: readonly Known[] = [
  commit('T3', 3, [288, 1_145, 11], 80),
  commit('four managers', 4, [1_568, 8_257, 14], 166),
  commit('T5', 5, [8_832, 58_145, 17], 314),
  commit('T6', 6, [50_816, 402_305, 20], 553),
];

function list(name: string, bounds: Record<string, number>, counts: Counts): Known {
  return { name, suite: pteListReferenceSuite, variant: 'tail-count', bounds, counts };
}

/** Of the pte_list with tail counts: five checkers agree. */
export const ofLists: readonly Known[] = [
  list('P4', { head: 2, spte: 5, ext: 2, desc: 3 }, [13_021, 75_050, 14]),
  list('Q4', { head: 1, spte: 7, ext: 3, desc: 3 }, [13_707, 95_949, 8]),
];

function log(name: string, vcpu: number, page: number, counts: Counts): Known {
  const bounds = { vcpu, page, ioctl: 1, cursor: Math.max(vcpu, page) };
  return { name, suite: dirtyLogReferenceSuite, variant: 'mark-last', bounds, counts };
}

/** Of the dirty log: five checkers agree. */
export const ofLogs: readonly Known[] = [
  log('one vCPU, one page', 1, 1, [145, 263, 28]),
  log('two vCPUs, one page', 2, 1, [2_218, 5_594, 38]),
  log('one vCPU, two pages', 1, 2, [2_434, 5_055, 46]),
  log('L4: three vCPUs, one page', 3, 1, [24_402, 77_258, 47]),
];

/** All of them. */
export const known: readonly Known[] = [
  ...ofBeem,
  ...ofTlaExamples,
  ...ofStateright,
  ...ofTwoPhaseCommit,
  ...ofLists,
  ...ofLogs,
];
