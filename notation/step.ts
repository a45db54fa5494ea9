/** The words lists of steps are written in. A list is data: the tool can reorder it, drop from it and fold it. */
import type { IdSet } from './sets.ts';

/** Returned by a step that is not enabled; it must not have written anything. */
export const blocked: unique symbol = Symbol.for('mmucheck.blocked') as never;
/** Returned by a step after which the function returns: locals die, locks taken in it are released first. */
export const exit: unique symbol = Symbol.for('mmucheck.exit') as never;

/** A step that another step may name as the one to go on with. */
export type AnyStep = ((...args: never[]) => Next) | Listed<never, never, string>;
/** What a step returns: nothing (on to the next of its list), `blocked`, `exit`, or the step to go on with. */
// biome-ignore lint/suspicious/noConfusingVoidType: a step that returns nothing is the normal case
export type Next = void | typeof blocked | typeof exit | AnyStep;

/** One atomic transition of a thread. */
export type Step<State, Thread> = (state: State, thread: Thread) => Next;

/** The key under which a composite element says what it is. */
export const element: unique symbol = Symbol.for('mmucheck.element') as never;
declare const types: unique symbol;

/** A composite element of a list, made by one of the words below. */
export interface Listed<State, Thread, Lock extends string> {
  readonly [element]: Composite;
  readonly [types]?: { use: (state: State, thread: Thread) => void; lock: Lock };
}

/** How a lock is taken: for writing (a spinlock knows no other way) or for reading. */
export type LockMode = 'write' | 'read';

/** The composite elements, as data. */
export type Composite =
  | { kind: 'quantified'; sets: readonly IdSet[]; step: AnyStep }
  | { kind: 'fair'; step: AnyStep }
  | { kind: 'weakened'; item: AnyItem }
  | { kind: 'holding'; lock: string; mode: LockMode; items: readonly AnyItem[] }
  | { kind: 'atomically'; items: readonly AnyItem[] }
  | { kind: 'either'; branches: readonly (readonly AnyItem[])[] }
  | { kind: 'once'; items: readonly AnyItem[] }
  | { kind: 'cond_resched'; lock: string; mode: LockMode };

/** An element of a list whose state and thread types are not known any more. */
export type AnyItem = AnyStep | readonly AnyItem[];

/** An element of a thread's list. A list within a list is a called function: `exit` in it returns to the caller. */
export type Item<State, Thread, Lock extends string> =
  | Step<State, Thread>
  | Listed<State, Thread, Lock>
  | readonly Item<State, Thread, Lock>[];

/** In place of a thread, where there is none. */
export interface NoThread {
  readonly thread: never;
}

/** A transition of nobody's: the hardware, userspace, an allocator. */
export type Action<State> = ((state: State) => Next) | Listed<State, NoThread, never>;

function listed<State, Thread, Lock extends string>(composite: Composite): Listed<State, Thread, Lock> {
  return { [element]: composite };
}

/** Whether an element of a list is a composite one. */
export function isListed(item: unknown): item is Listed<never, never, string> {
  return typeof item === 'object' && item !== null && element in item;
}

/** A step or action that may run with any member of the given sets (one to three); the members are its last arguments. */
export function forAny<State, A>(
  a: IdSet<string, A>,
  step: (state: State, a: A) => Next,
): Listed<State, NoThread, never>;
export function forAny<State, A, B>(
  a: IdSet<string, A>,
  b: IdSet<string, B>,
  step: (state: State, a: A, b: B) => Next,
): Listed<State, NoThread, never>;
export function forAny<State, A, B, C>(
  a: IdSet<string, A>,
  b: IdSet<string, B>,
  c: IdSet<string, C>,
  step: (state: State, a: A, b: B, c: C) => Next,
): Listed<State, NoThread, never>;
export function forAny<State, Thread, A>(
  a: IdSet<string, A>,
  step: (state: State, thread: Thread, a: A) => Next,
): Listed<State, Thread, never>;
export function forAny<State, Thread, A, B>(
  a: IdSet<string, A>,
  b: IdSet<string, B>,
  step: (state: State, thread: Thread, a: A, b: B) => Next,
): Listed<State, Thread, never>;
export function forAny<State, Thread, A, B, C>(
  a: IdSet<string, A>,
  b: IdSet<string, B>,
  c: IdSet<string, C>,
  step: (state: State, thread: Thread, a: A, b: B, c: C) => Next,
): Listed<State, Thread, never>;
export function forAny(...args: unknown[]): Listed<never, never, never> {
  const step = args.at(-1) as AnyStep;
  return listed({ kind: 'quantified', sets: args.slice(0, -1) as IdSet[], step });
}

/**
 * An action that the hardware must take when nothing keeps it from it, each member of its sets by itself; or a thread's first step, with
 * which it must then begin. Other actions may stay away for ever, and a thread that is in no function may stay so; one that is in its
 * function goes on by itself. It matters to `leadsTo` and `eventually` only.
 */
export function fair<State>(step: (state: State) => Next): Listed<State, unknown, never>;
export function fair<State, Thread>(
  step: Step<State, Thread> | Listed<State, Thread, never>,
): Listed<State, Thread, never>;
export function fair(step: AnyStep): Listed<never, never, never> {
  return listed({ kind: 'fair', step });
}

/** Says that `holding` or `cond_resched` means the lock taken for reading. */
export interface ForReading<Lock extends string> {
  readonly read: Lock;
}

/** A read/write lock taken for reading: `holding(read('mmu_lock'), …)`. */
export function read<const Lock extends string>(lock: Lock): ForReading<Lock> {
  return { read: lock };
}

function lockAndMode(lock: string | ForReading<string>): { lock: string; mode: LockMode } {
  return typeof lock === 'string' ? { lock, mode: 'write' } : { lock: lock.read, mode: 'read' };
}

/** The steps with a lock held: one transition to take it, theirs, and one to release it. `exit` among them releases it first. */
export function holding<State, Thread, const Lock extends string, Inner extends string = never>(
  lock: Lock | ForReading<Lock>,
  ...items: readonly Item<State, Thread, Inner>[]
): [Listed<State, Thread, Lock | Inner>] {
  return [listed({ kind: 'holding', ...lockAndMode(lock), items: items as readonly AnyItem[] })];
}

/** Steps folded into one transition: nobody sees a state in between, and it is enabled only when all of them are. */
export function atomically<State, Thread, Lock extends string = never>(
  ...items: readonly Item<State, Thread, Lock>[]
): Listed<State, Thread, Lock> {
  return listed({ kind: 'atomically', items: items as readonly AnyItem[] });
}

/** One of several ways to go on, each a step or a list. */
export function either<State, Thread, Lock extends string = never>(
  ...branches: readonly Item<State, Thread, Lock>[]
): Listed<State, Thread, Lock> {
  return listed({
    kind: 'either',
    branches: branches.map((branch) => (Array.isArray(branch) ? branch : [branch])) as readonly AnyItem[][],
  });
}

/** A whole thread's list that runs once; the thread has then ended, which is no deadlock. */
export function once<State, Thread, Lock extends string = never>(
  ...items: readonly Item<State, Thread, Lock>[]
): Listed<State, Thread, Lock> {
  return listed({ kind: 'once', items: items as readonly AnyItem[] });
}

/** Inside `holding`: the thread may here release the lock and take it again, or go on. */
export function cond_resched<const Lock extends string>(lock: Lock | ForReading<Lock>): Listed<unknown, unknown, Lock> {
  return listed({ kind: 'cond_resched', ...lockAndMode(lock) });
}
