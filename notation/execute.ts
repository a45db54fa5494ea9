/** Taking one edge, on whatever stands for the state: the explorer's views, a checked view of an immutable state, plain objects. */
import type { LeafPart } from './parts.ts';
import type { Edge, Program } from './program.ts';
import { choose, mostOutcomes, running, StepFailure } from './running.ts';
import type { IdSet } from './sets.ts';
import { blocked, exit, type LockMode } from './step.ts';
import { buffersOf, type StoreBuffers } from './store-buffer.ts';

/** The point `fire` returns when the edge is not enabled. */
export const BLOCKED = -1;

/** Longest run of steps inside one `atomically`: a fold that goes round for ever is an error, not a hang. */
const longestFold = 100_000;

/** A lock of the state, as locking edges use it. */
export interface Lockable {
  take(mode: LockMode, thread: number): boolean;
  release(mode: LockMode, thread: number): void;
  /** Which part of the state says who holds it for writing. */
  readonly owner: LeafPart;
}

/** What can be fired: the size of every set that a step is quantified over. */
export type Bounds = Readonly<Record<string, number>>;

/**
 * Takes an edge for a thread (or for nobody, an action) and returns the point the thread is then at, or `BLOCKED`. Members of
 * quantified sets, and branches inside a fold, are choices. It changes nothing but the state: the caller moves the thread, or takes
 * back what a step wrote that turned out not to be enabled.
 * @throws StepFailure when the step fails; whatever else the step throws.
 */
export function fire(state: unknown, thread: unknown, edge: Edge, bounds: Bounds): number {
  const buffers = (state as { [buffersOf]?: StoreBuffers })[buffersOf];
  running.buffers = buffers;
  if (buffers === undefined) return take(state, thread, edge, bounds);
  buffers.begin();
  const point = take(state, thread, edge, bounds);
  return buffers.stalled ? BLOCKED : point;
}

/** Whether the step that ran has to wait for its store buffer: whatever it did, or threw, then counts for nothing. */
export function stalled(): boolean {
  return running.buffers?.stalled ?? false;
}

function take(state: unknown, thread: unknown, edge: Edge, bounds: Bounds): number {
  const { operation } = edge;
  switch (operation.kind) {
    case 'step': {
      const args: unknown[] = thread === undefined ? [state] : [state, thread];
      for (const set of operation.sets) args.push(choose(sizeOf(set, bounds)));
      return outcome(edge, operation.run(...(args as never[])));
    }
    case 'lock':
      running.buffers?.await();
      return lockOf(state, operation.lock).take(operation.mode, running.thread) ? edge.next : BLOCKED;
    case 'unlock':
      release(lockOf(state, operation.lock), operation.mode);
      return edge.next;
    case 'fold':
      return fold(state, thread, edge, operation.program, bounds);
  }
}

/** Where a step's return value leads. @throws StepFailure when it is none of those a step may return. */
export function outcome(edge: Edge, returned: unknown): number {
  if (returned === undefined) return edge.next;
  if (returned === blocked) return BLOCKED;
  if (returned === exit && edge.exit >= 0) return edge.exit;
  const target = edge.goto.get(returned);
  if (target !== undefined) return target;
  const what = typeof returned === 'function' ? `the function ${returned.name}` : String(returned);
  throw new StepFailure(
    'throws',
    `returned ${what}; a step returns nothing, blocked, exit, or a step of its list by name`,
  );
}

function fold(state: unknown, thread: unknown, edge: Edge, program: Program, bounds: Bounds): number {
  let point = 0;
  running.folded.length = 0;
  for (let steps = 0; steps < longestFold; steps++) {
    if (point === program.end) return edge.next;
    if (point === program.exited) return edge.exit;
    const edges = program.points[point] as readonly Edge[];
    running.held = program.held[point] as readonly string[];
    const inner = edges[edges.length === 1 ? 0 : choose(edges.length)] as Edge;
    point = take(state, thread, inner, bounds);
    if (point === BLOCKED) return BLOCKED;
    if (inner.element >= 0) running.folded.push(inner.element);
  }
  throw new StepFailure('throws', `atomically(${edge.label} …) took ${longestFold} steps without coming to its end`);
}

/** A lock is released by a store, which may wait in a buffer like any other; as a reader by an atomic instruction. */
function release(lock: Lockable, mode: LockMode): void {
  const { buffers, thread } = running;
  if (buffers && mode === 'write') buffers.release(thread, lock.owner);
  else {
    buffers?.await();
    lock.release(mode, thread);
  }
}

function sizeOf(set: IdSet, bounds: Bounds): number {
  const size = bounds[set.name];
  if (size === undefined) throw new StepFailure('throws', `is quantified over ${set.name}, which has no bound`);
  return size;
}

function lockOf(state: unknown, lock: string): Lockable {
  return (state as Record<string, Lockable>)[lock] as Lockable;
}

/** The failure of a step that has more outcomes in one state than can be tried. */
export function tooManyOutcomes(): StepFailure {
  return new StepFailure(
    'throws',
    `has more than ${mostOutcomes} outcomes in one state; bound what it chooses, or how often`,
  );
}

/** Runs something once for every combination of outcomes of the choices it makes. Returns false when there are too many. */
export function eachOutcome(run: () => void): boolean {
  const { choices, outcomes } = running;
  forgetChoices();
  let complete = false;
  for (let tried = 0; tried < mostOutcomes; tried++) {
    if (outcomes.length > 0) outcomes.length = 0;
    run();
    let last = outcomes.length - 1;
    while (last >= 0 && (choices[last] as number) + 1 >= (outcomes[last] as number)) last--;
    complete = last < 0;
    if (complete) break;
    choices[last] = (choices[last] as number) + 1;
    choices.length = last + 1;
    running.given = last + 1;
  }
  forgetChoices();
  return complete;
}

/** Runs something with the outcomes of its choices prescribed; returns how many choices it made. */
export function withChoices(prescribed: readonly number[], run: () => void): number {
  const { choices, outcomes } = running;
  forgetChoices();
  choices.push(...prescribed);
  running.given = prescribed.length;
  run();
  const made = outcomes.length;
  forgetChoices();
  return made;
}

/** Makes the next step start without any choice made or prescribed. */
export function forgetChoices(): void {
  running.given = 0;
  if (running.choices.length > 0) running.choices.length = 0;
  if (running.outcomes.length > 0) running.outcomes.length = 0;
}
