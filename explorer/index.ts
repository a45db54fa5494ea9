/** How every interleaving is tried, and what comes of it. */
export {
  type CheckOptions,
  type ClaimResult,
  type Coverage,
  checkVariant,
  judge,
  type Outcome,
  searchVariant,
  type VariantResult,
  type VariantSearch,
} from './check.ts';
export { type Graph, graphOf } from './graph.ts';
export { layoutOf } from './layout.ts';
export { machineOf } from './machine.ts';
export { type Measured, measureNamed, measureVariant } from './measure.ts';
export {
  defaultMemory,
  type Found,
  type Limits,
  type Progress,
  type Searched,
  type Stopped,
  search,
} from './search.ts';
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
export { witness } from './witness.ts';
