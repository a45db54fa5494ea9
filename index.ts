/**
 * mmucheck as a library: the words a model and its claims are written in, the check of a suite, the execution of traces, and the
 * drawing of races. Everything here is also what a suite file gets when it imports from 'mmucheck'.
 */
import { type CheckOptions, checkVariant, executed, type Trace, type VariantResult } from '#explorer';
import { instantiate, type MemoryOrder, memoryOrders, orderIn, type Suite } from '#notation';
import { parseReplayLine, replayLine, threadsNamed, unmet } from '#report';

export {
  type CheckOptions,
  type ClaimResult,
  checkVariant,
  type Limits,
  type LockFairness,
  type Measured,
  measureVariant,
  type Outcome,
  type Progress,
  ReplayError,
  type Trace,
  type TraceStep,
  type VariantResult,
  witness,
} from '#explorer';
export {
  type Action,
  type Applied,
  ahead,
  alloc,
  apply,
  array,
  at,
  atomically,
  BUG_ON,
  bit,
  blocked,
  bool,
  type Claim,
  choose,
  claim,
  cmpxchg,
  cond_resched,
  drained,
  type Eventually,
  either,
  ended,
  exit,
  fair,
  type ForEvery,
  forAny,
  forEvery,
  free,
  holding,
  type Id,
  type IdSet,
  type Initial,
  type Instance,
  type Item,
  idle,
  implies,
  initialStates,
  instantiate,
  type LeadsTo,
  type Listed,
  type Lock,
  lockdep_assert_held,
  type Measure,
  type MemoryOrder,
  type Model,
  member,
  memory,
  might_sleep,
  model,
  mutex,
  type Next,
  NULL,
  type Null,
  once,
  oneOf,
  type Plain,
  passed,
  pointer,
  pool,
  type Row,
  range,
  read,
  rwlock,
  smp_load_acquire,
  smp_mb,
  smp_rmb,
  smp_store_release,
  smp_wmb,
  type StateOf,
  StepFailure,
  type Suite,
  type Sweep,
  spinlock,
  suite,
  symmetric,
  type Thread,
  type Transition,
  thread,
  transitionsOf,
  upTo,
  type ValueOf,
  viewOf,
  WARN_ON_ONCE,
  xchg,
} from '#notation';
export {
  type DrawOptions,
  drawMatrix,
  drawRace,
  drawSteps,
  drawSweep,
  exitCodeOf,
  exitCodes,
  jsonDocument,
  type MatrixOptions,
  plotSvg,
  ReplayLineError,
  replayLine,
  type SweepTable,
  summary,
} from '#report';

/**
 * Checks every variant of a suite's model, one after the other, in this thread.
 * @param options bounds in place of the defaults, limits on states, depth, seconds and bytes, and who is told of the progress.
 * @returns a result for each variant, in the order of the model; `exitCodeOf` and `summary` say what they come to.
 * @throws Error with a sentence: an unknown bound, one out of range, a list of steps that does not compile.
 */
export function check(suite: Suite, options: CheckOptions = {}): VariantResult[] {
  return Object.keys(suite.model.variants).map((variant) => checkVariant(suite, variant, options));
}

/** What `assertHolds` takes beside the suite. */
export interface AssertOptions extends CheckOptions {
  /** The variants that are checked, `mmu-lock@tso` being one under another memory order; all when nothing is said. */
  readonly variants?: readonly string[];
  /** The memory order that variants are checked under, in place of their own. */
  readonly memory?: MemoryOrder;
  /** The file that exports the suite: the message then ends in a command that replays the race, else in a call of `replay`. */
  readonly file?: string;
  /** Columns a line of the message may have; 80 when nothing is said. */
  readonly width?: number;
}

/**
 * Checks variants of a suite's model in this thread, and throws unless exactly what the suite expects came out of each: nothing else
 * violated, nothing vacuous, nothing left undecided by a limit.
 * @returns a result for each variant.
 * @throws Error whose message is the shortest race of each variant that is not as expected, drawn, with the reason why the claim is
 * false and the line that replays it; and a sentence for whatever else is wrong. Error as `check` does, and for a variant that a memory
 * order would leave without a point.
 */
export function assertHolds(suite: Suite, options: AssertOptions = {}): VariantResult[] {
  const { variants = Object.keys(suite.model.variants), memory, file, width, ...rest } = options;
  if (variants.length === 0) throw new Error(`${suite.model.name}: no variant is named, so nothing would be checked`);
  const results = variants.map((variant) => checkVariant(suite, under(suite, variant, memory), rest));
  const replayed = (trace: Trace): string => `replay(suite, ${JSON.stringify(replayLine(trace))})`;
  const message = unmet(results, file === undefined ? { width, replayed } : { width, suiteFile: file });
  if (message === undefined) return results;
  const error = new Error(message);
  // What a test runner shows is the test, and not this line.
  Error.captureStackTrace(error, assertHolds);
  throw error;
}

/** A variant's name under a memory order. @throws Error when the variant is about a weaker one. */
function under({ model }: Suite, variant: string, memory: MemoryOrder | undefined): string {
  if (memory === undefined) return variant;
  const { base } = orderIn(variant);
  const own = model.variants[base]?.memoryOrder ?? 'sc';
  if (memoryOrders.indexOf(memory) >= memoryOrders.indexOf(own)) return `${base}@${memory}`;
  throw new Error(
    `${model.name}/${base} is about ${own}, and would hold under ${memory} for nothing; leave it out of variants`,
  );
}

/**
 * Executes a replay line (`model/variant [gfn=2] from NAME: vcpu0.page_fault(0); …`) on immutable states. `drawRace` and `drawSteps`
 * draw the trace.
 * @throws ReplayLineError when the line does not parse, ReplayError naming the first step that does not apply, Error for another
 * model, an unknown variant or bound.
 */
export function replay(suite: Suite, line: string): Trace {
  const { target, bounds, initial, steps, loopFrom } = parseReplayLine(line);
  const { name } = suite.model;
  if (!target.startsWith(`${name}/`)) throw new Error(`the line is for ${target}, and the suite is for ${name}`);
  const instance = instantiate(suite.model, target.slice(name.length + 1), bounds);
  return executed(instance, initial, threadsNamed(instance, steps), undefined, loopFrom);
}
