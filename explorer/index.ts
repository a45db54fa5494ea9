/** How every interleaving is tried, and what comes of it. */
export {
  type CheckLimits,
  type CheckOptions,
  type ClaimResult,
  type Coverage,
  checkVariant,
  judge,
  judgeViolation,
  neverFiredOf,
  type Outcome,
  type SymmetryUse,
  searchVariant,
  type VariantResult,
  type VariantSearch,
} from './check.ts';
export { goesRound, neverDoes, unfairTo } from './endless.ts';
export { fairLasso, type Lasso } from './fair-lasso.ts';
export { duty, type FairGraph } from './fair-regions.ts';
export type { LockFairness } from './fairness.ts';
export type { Checkpoints, Snapshot, StoredStates } from './snapshot.ts';
export { fewestSwitches } from './fewest-switches.ts';
export { type Graph, graphOf, type Label } from './graph.ts';
export { layoutOf } from './layout.ts';
export { machineOf } from './machine.ts';
export { mostSwitches, searchWithinSwitches } from './switches.ts';
export { assist, type Assisted } from './assist.ts';
export { asymmetry } from './spot-check.ts';
export { type Symmetry, symmetryOf } from './symmetry.ts';
export { whyFalse, whyStuck } from './explain.ts';
export { type Broken, type Finding, findingOf } from './finding.ts';
export { type ChangedVerdict, type Growth, growthOf } from './growth.ts';
export { type CarriedOver, sameSchedule } from './same-schedule.ts';
export { type Measured, measureNamed, measureVariant } from './measure.ts';
export {
  defaultMemory,
  type Found,
  type Limits,
  type Progress,
  type Searched,
  type SearchedAnyhow,
  type Stopped,
  search,
  searchFrontier,
} from './search.ts';
export { type Crew, type Seat, whySilent } from './team.ts';
export {
  type Change,
  executed,
  hardware,
  type NamedPath,
  type NamedStep,
  pathTo,
  ReplayError,
  type Trace,
  type TraceStep,
} from './trace.ts';
export { type FoundByWalk, type Walked, type Walks, walkVariant } from './walk.ts';
export { noParent } from './visited.ts';
export { type StoreKind, stores } from './frontier.ts';
export { witness } from './witness.ts';
