/**
 * The words a step is written in that need to know who runs it: choices, assertions, allocation. One step runs at a time in a
 * process or worker, so that what it runs under is one record. It hangs on `globalThis` because a model file that is loaded by
 * another loader has its own copy of this module.
 */
import { NULL, type Null } from './sets.ts';
import type { Lock, Row } from './shape.ts';
import type { StoreBuffers } from './store-buffer.ts';

/** What the step that runs now runs under. */
export interface Running {
  /** Its thread's number over all threads, or -1 for an action or a claim. */
  thread: number;
  /** Names of the locks its thread holds there that keep it from sleeping. */
  held: readonly string[];
  /** Elements of the steps that the fold which runs has run. */
  folded: number[];
  /** Outcomes of its choices so far; the first `given` of them were prescribed. */
  choices: number[];
  /** How many outcomes each of these choices had. */
  outcomes: number[];
  given: number;
  /** The store buffers of the state it runs on; undefined under `sc`. */
  buffers: StoreBuffers | undefined;
  /** Whether its words of order mean nothing: see `weakened`. */
  inert: boolean;
  /** How many steps have a number, and the numbers of those that cannot carry one. */
  steps: number;
  readonly frozen: WeakMap<object, number>;
  /** The first WARN_ON_ONCE that fired in it. */
  warning: string | undefined;
  /** Whether an `implies` was met, and whether its first argument was true, since the last time this was cleared. */
  implied: boolean;
  antecedent: boolean;
}

const key = Symbol.for('mmucheck.running');
const shared = globalThis as unknown as Record<symbol, Running | undefined>;

shared[key] ??= {
  thread: -1,
  held: [],
  folded: [],
  choices: [],
  outcomes: [],
  given: 0,
  buffers: undefined,
  inert: false,
  steps: 0,
  frozen: new WeakMap(),
  warning: undefined,
  implied: false,
  antecedent: false,
};

/** The one record. */
export const running: Running = shared[key];

/** What went wrong in a step, by the word a suite uses for it. */
export type FailureKind = 'BUG_ON' | 'range' | 'throws';

const failureKey = Symbol.for('mmucheck.failure');

/** Thrown by a step that fails as a kernel would or as a model must not. One of another copy of this module is an instance too. */
export class StepFailure extends Error {
  readonly failure: FailureKind;
  readonly [failureKey] = true;

  constructor(failure: FailureKind, message: string) {
    // Thousands are thrown in a search, for their kind alone: where it was is said by the trace.
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = frames;
    this.name = 'StepFailure';
    this.failure = failure;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && failureKey in value;
  }
}

/** Thrown when a prescribed outcome of a choice does not exist: a mistake in a trace, not in the model. */
export class ImpossibleChoice extends Error {}

/** Ends the step as a kernel bug when the condition is true. */
export function BUG_ON(condition: boolean, what = 'BUG_ON'): void {
  if (condition) throw new StepFailure('BUG_ON', what);
}

/** Reports the condition when it is true, goes on, and returns it. */
export function WARN_ON_ONCE(condition: boolean, what = 'WARN_ON_ONCE'): boolean {
  if (condition) running.warning ??= what;
  return condition;
}

/** A kernel bug unless the thread that runs holds the lock (for writing, if it is a read/write lock that nobody reads). */
export function lockdep_assert_held(lock: Lock): void {
  const { name, heldBy } = lock as Lock & { name: string; heldBy(thread: number): boolean };
  if (running.thread < 0 || !heldBy.call(lock, running.thread)) {
    throw new StepFailure('BUG_ON', `lockdep_assert_held(${name}): the thread does not hold it`);
  }
}

/** A kernel bug when the thread that runs holds a spinning lock. */
export function might_sleep(): void {
  if (running.held.length > 0) {
    throw new StepFailure('BUG_ON', `might_sleep() with ${running.held.join(', ')} held`);
  }
}

/** How many outcomes one step may have in one state: more is a choice in a loop without end. */
export const mostOutcomes = 100_000;

/** How many choices it may make one after the other. */
const mostChoices = 100;

/**
 * Chooses one of `n` outcomes, numbered from 0. The explorer runs the step once for each; a trace shows which was taken as an
 * argument of the step.
 */
export function choose(n: number): number {
  if (n < 1) throw new StepFailure('throws', 'choose() among no outcomes');
  if (!(n <= mostOutcomes && Number.isInteger(n)))
    throw new StepFailure('throws', `choose(${String(n)}) needs a whole number from 1 to ${mostOutcomes}`);
  const at = running.outcomes.length;
  if (at === mostChoices)
    throw new StepFailure('throws', `makes more than ${mostChoices} choices in one state; bound how often it chooses`);
  running.outcomes.push(n);
  if (at >= running.given) running.choices.push(0);
  const chosen = running.choices[at] as number;
  if (!(Number.isInteger(chosen) && chosen >= 0 && chosen < n))
    throw new ImpossibleChoice(`outcome ${chosen} was prescribed, and there are ${n}, from 0`);
  return chosen;
}

/** What a pool of the state offers to `alloc` and `free`; each execution has its own. */
export interface Pool {
  /** Free members among which a choice makes a difference: one stands for all that are zero and referenced by nobody. */
  candidates(): readonly number[];
  take(id: number): void;
  /** Returns whether the member was allocated. */
  release(id: number): boolean;
  readonly name: string;
}

/** The key under which a pool of the state carries its `Pool`. */
export const poolOf: unique symbol = Symbol.for('mmucheck.pool') as never;

/**
 * Takes a free member of a pool, or returns `NULL` when there is none. Its fields are as `free` left them. Every free member is
 * tried, except that one stands for all those that are zero and referenced from nowhere: no permutation can tell them apart.
 */
export function alloc<Member>(pool: Row<Member, { allocated: boolean }>): Member | Null {
  const { candidates, take } = (pool as never as { [poolOf]: Pool })[poolOf];
  const free = candidates();
  if (free.length === 0) return NULL;
  const id = free[free.length === 1 ? 0 : choose(free.length)] as number;
  take(id);
  return id as Member;
}

/** Gives a member back. Its fields keep their values (a type-stable slab). Freeing it twice is a kernel bug. */
export function free<Member>(pool: Row<Member, { allocated: boolean }>, id: Member): void {
  const of = (pool as never as { [poolOf]: Pool })[poolOf];
  if (!of.release(id as number)) throw new StepFailure('BUG_ON', `double free of ${of.name}[${id as number}]`);
}

/** `p` implies `q`. The checker counts how often `p` was true: a claim whose antecedent never was is vacuous. */
export function implies(p: boolean, q: boolean | (() => boolean)): boolean {
  running.implied = true;
  if (!p) return true;
  running.antecedent = true;
  return typeof q === 'function' ? q() : q;
}
