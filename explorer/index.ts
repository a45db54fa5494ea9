/** How every interleaving is tried, and what comes of it. */
export {
  type CheckOptions,
  type ClaimResult,
  type Coverage,
  checkVariant,
  type Outcome,
  type VariantResult,
} from './check.ts';
export { layoutOf } from './layout.ts';
export { machineOf } from './machine.ts';
export { defaultMemory, type Found, type Limits, type Progress, type Searched, type Stopped, search } from './search.ts';
export {
  type Change,
  executed,
  hardware,
  type NamedStep,
  ReplayError,
  type Trace,
  type TraceStep,
  traceTo,
} from './trace.ts';
