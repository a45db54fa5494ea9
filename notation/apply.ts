/** The meaning of a transition on an immutable state, by immer: the reference for every other execution. */
import { enablePatches, type Patch, produceWithPatches } from 'immer';
import { BLOCKED, eachOutcome, fire, stalled, tooManyOutcomes, withChoices } from './execute.ts';
import type { Instance } from './instance.ts';
import { type LeafPart, leavesOf, rowLeavesOf, type ThreadPart, zeroOf } from './parts.ts';
import type { Edge } from './program.ts';
import { type FailureKind, ImpossibleChoice, running, StepFailure } from './running.ts';
import { decode, encode, outOfRange, type Plain, plain, valueIn, viewOf, zeroState } from './state.ts';

enablePatches();

/** One transition: a thread's number (or -1 for an action), what it does, and the outcomes of its choices in order. */
export interface Transition {
  readonly thread: number;
  readonly edge: Edge;
  readonly choices: readonly number[];
}

/** What became of a transition. */
export type Applied =
  | {
      readonly kind: 'next';
      readonly state: Plain;
      readonly patches: readonly Patch[];
      readonly warning: string | undefined;
    }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'failed'; readonly failure: FailureKind; readonly message: string };

/** The states a run may start from, by the name of the function that makes them. */
export function initialStates(instance: Instance): { name: string; state: Plain }[] {
  const zero = zeroState(instance);
  if (instance.initial.length === 0) return [{ name: 'initially', state: zero }];
  return instance.initial.map((make) => ({
    name: make.name,
    state: produceWithPatches(zero, (draft) => {
      begin(instance, make.name, () => make(viewOf(instance, draft as Plain) as never));
    })[0],
  }));
}

/** Makes an initial state of the zero state. @throws Error that names both, when it cannot be. */
export function begin(instance: Instance, name: string, make: () => void): void {
  running.thread = -1;
  try {
    make();
  } catch (error) {
    const what = error instanceof StepFailure ? error.message : `threw ${describe(error)}`;
    throw new Error(`${instance.name}: initial state ${name} ${what}`, { cause: error });
  }
}

/**
 * Applies a transition.
 * @param state is not changed.
 * @throws Error when the transition's choices are not those that the step makes.
 */
export function apply(instance: Instance, state: Plain, { thread, edge, choices }: Transition): Applied {
  let applied: Applied = { kind: 'blocked' };
  const made = withChoices(choices, () => {
    applied = run(instance, state, thread, edge);
  });
  if (made > choices.length && choices.length === 0 && !eachOutcome(() => run(instance, state, thread, edge)))
    return tooMany();
  if (made !== choices.length) throw new Error(`${edge.label} makes ${made} choices, and ${choices.length} were given`);
  return applied;
}

/** Every transition enabled (or failing) in a state, threads before actions, with what becomes of it. */
export function transitionsOf(instance: Instance, state: Plain): { transition: Transition; applied: Applied }[] {
  const found: { transition: Transition; applied: Applied }[] = [];
  const tryEdge = (thread: number, edge: Edge): void => {
    const complete = eachOutcome(() => {
      const applied = run(instance, state, thread, edge);
      if (applied.kind === 'blocked') return;
      found.push({ transition: { thread, edge, choices: running.choices.slice(0, running.outcomes.length) }, applied });
    });
    if (!complete) found.push({ transition: { thread, edge, choices: [] }, applied: tooMany() });
  };
  for (const thread of instance.threads) {
    for (const edge of thread.program.points[pointOf(thread, state)] ?? []) tryEdge(thread.number, edge);
  }
  for (const edge of instance.actions) tryEdge(-1, edge);
  return found;
}

/** The point a thread is at. */
export function pointOf(thread: ThreadPart, state: Plain): number {
  return (threadIn(thread, state) as { point: number }).point;
}

function threadIn(thread: ThreadPart, state: unknown): Record<string, unknown> {
  return (state as Record<string, Record<string, unknown>[]>)[thread.row]?.[thread.id] as Record<string, unknown>;
}

function run(instance: Instance, state: Plain, number: number, edge: Edge): Applied {
  const thread = instance.threads[number];
  running.thread = number;
  running.held = thread ? (thread.program.held[pointOf(thread, state)] as readonly string[]) : [];
  running.warning = undefined;
  let point = BLOCKED;
  try {
    const [next, patches] = produceWithPatches(state, (draft) => {
      const view = viewOf(instance, draft as Plain);
      const own = thread && (view as Record<string, unknown[]>)[thread.row]?.[thread.id];
      point = fire(view, own, edge, instance.bounds);
      if (thread && point !== BLOCKED) move(thread, threadIn(thread, draft), point);
      checkRows(instance, draft as Plain);
    });
    if (point !== BLOCKED) return { kind: 'next', state: next, patches, warning: running.warning };
    // A fold is enabled only as a whole: what its first steps wrote is taken back.
    if (patches.length === 0 || edge.operation.kind === 'fold' || stalled()) return { kind: 'blocked' };
    return failed(
      'throws',
      `wrote ${patches.map((patch) => patch.path.join('.')).join(', ')} and then returned blocked; look before writing`,
    );
  } catch (error) {
    if (error instanceof ImpossibleChoice) throw error;
    if (stalled()) return { kind: 'blocked' };
    if (error instanceof StepFailure) return failed(error.failure, error.message);
    return failed('throws', `threw ${describe(error)}`);
  }
}

/** Elements of rows may be anything within a step, as in the explorer; after it they are in range. */
function checkRows(instance: Instance, state: Plain): void {
  for (const leaf of rowLeavesOf(instance.root)) {
    const value = valueIn(instance, state, leaf);
    if (encode(leaf, value) === undefined) throw outOfRange(leaf, value);
  }
}

/** Moves a thread to a point; where its function has returned, its locals die. */
function move(thread: ThreadPart, target: Record<string, unknown>, point: number): void {
  target.point = point;
  if (point !== thread.program.end) return;
  for (const [field, part] of Object.entries(thread.fields))
    target[field] = plain(part, (leaf) => decode(leaf, zeroOf(leaf)));
}

function failed(failure: FailureKind, message: string): Applied {
  return { kind: 'failed', failure, message };
}

/** What becomes of a step that has more outcomes than can be tried. */
function tooMany(): Applied {
  const { failure, message } = tooManyOutcomes();
  return failed(failure, message);
}

/** What a thrown value says of itself, whatever it is. */
export function describe(error: unknown): string {
  try {
    return harmless(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  } catch {
    return 'something that cannot be printed';
  }
}

/** Most characters of what a thrown value says of itself. */
const longestSaying = 400;

/** A text without what a terminal would obey, in one line and not too long. */
function harmless(text: string): string {
  const [start, rest] = [text.slice(0, longestSaying), text.length - longestSaying];
  const shown = start.replaceAll(/\p{Cc}/gu, (each) =>
    each === '\n' ? ' ' : `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return rest > 0 ? `${shown}… (and ${rest} characters more)` : shown;
}

/** The leaves of a thread's locals. */
export function localsOf(thread: ThreadPart): LeafPart[] {
  return Object.values(thread.fields).flatMap((field) => [...leavesOf(field)]);
}
