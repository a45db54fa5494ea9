/** The words a model is written in, and what they mean. */
export {
  type Applied,
  apply,
  begin,
  describe,
  initialStates,
  localsOf,
  pointOf,
  type Transition,
  transitionsOf,
} from './apply.ts';
export { cmpxchg, smp_load_acquire, smp_mb, smp_rmb, smp_store_release, smp_wmb, xchg } from './barriers.ts';
export { derived, inOrder, isDerived, outlines, type ThreadOutline } from './derived.ts';
export { type Edit, type EditKind, outline, reordered, type ListRow, stepsIn } from './edit.ts';
export {
  BLOCKED,
  type Bounds,
  eachOutcome,
  fire,
  forgetChoices,
  stalled,
  tooManyOutcomes,
  type Lockable,
  outcome,
  withChoices,
} from './execute.ts';
export { type Instance, instantiate, largestSet, orderIn } from './instance.ts';
export {
  type Eventually,
  type ExecutionClaim,
  type ExecutionClaims,
  executionClaims,
  type ForEvery,
  forEvery,
  type LeadsTo,
} from './liveness.ts';
export type { Measure, Sweep } from './measure.ts';
export { type AnyVariant, type Initial, type Model, type ModelSource, model, type Variant } from './model.ts';
export {
  type ArrayPart,
  type LeafPart,
  type LockPart,
  leavesByMember,
  leavesOf,
  type Part,
  rowLeavesOf,
  type StructPart,
  type ThreadPart,
  type ThreadsPart,
  zeroOf,
} from './parts.ts';
export { ahead, at, ended, holds, idle, type Placed, passed, placeOf } from './position.ts';
export { compile, type Edge, type Operation, type Program, stepName } from './program.ts';
export { looksFirst } from './returns.ts';
export {
  alloc,
  BUG_ON,
  choose,
  type FailureKind,
  free,
  implies,
  lockdep_assert_held,
  might_sleep,
  type Pool,
  poolOf,
  type Running,
  running,
  StepFailure,
  WARN_ON_ONCE,
} from './running.ts';
export { type Id, type IdSet, NULL, type Null, type RangeId, range, type SymmetricId, symmetric } from './sets.ts';
export {
  type ArrayShape,
  array,
  bit,
  bool,
  type Leaf,
  type Lock,
  type LocksOf,
  member,
  memory,
  mutex,
  oneOf,
  pointer,
  pool,
  type Row,
  rwlock,
  type SetsOf,
  type Shape,
  type StateOf,
  type Struct,
  spinlock,
  type Thread,
  type ThreadsOf,
  thread,
  upTo,
  type ValueOf,
} from './shape.ts';
export {
  type KernelFunctions,
  type KernelPlace,
  type KernelSource,
  placesIn,
  placesOf,
  stepsOf,
} from './source.ts';
export {
  decode,
  distinct,
  encode,
  isElement,
  outOfRange,
  type Plain,
  plain,
  rangeOf,
  readNone,
  valueIn,
  viewOf,
  zeroState,
} from './state.ts';
export {
  type Action,
  type AnyItem,
  type AnyStep,
  atomically,
  blocked,
  cond_resched,
  either,
  exit,
  fair,
  forAny,
  holding,
  type Item,
  type Listed,
  type LockMode,
  type Next,
  once,
  read,
  type Step,
} from './step.ts';
export {
  type BufferPlan,
  buffersOf,
  type Cells,
  drained,
  fieldOf,
  type MemoryOrder,
  memoryOrders,
  StoreBuffers,
  storeBuffer,
} from './store-buffer.ts';
export {
  type Claim,
  claim,
  type Reserved,
  reserved,
  type Suite,
  type SuiteSource,
  sentenceOf,
  suite,
} from './suite.ts';
