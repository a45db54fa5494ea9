/** Traces: executed on immutable states, told in names, and found again from the parents of the states of a search. */
import {
  type Applied,
  apply,
  type Claim,
  decode,
  type Edge,
  fieldOf,
  type Instance,
  initialStates,
  type LeafPart,
  leavesOf,
  type Plain,
  pointOf,
  StepFailure,
  storeBuffer,
  valueIn,
  viewOf,
} from '#notation';
import type { Successor } from './machine.ts';
import type { Found, Searched, SearchedAnyhow } from './search.ts';
import { sealed, soleDependence } from './sealed.ts';
import { noParent } from './visited.ts';

/** A leaf that a step changed. `value` is `NULL`, a thread's name (of a lock, or null when it is free) or the value itself. */
export interface Change {
  readonly path: string;
  readonly value: boolean | number | string | null;
  /** Whether it is a local of the thread. */
  readonly local: boolean;
  /** Whether it is a store that waits in the thread's store buffer: nobody else sees it yet. */
  readonly buffered?: boolean;
}

/** One step of a trace. */
export interface TraceStep {
  /** `vcpu0`, `ioctl0`, …; `hardware` for an action. */
  readonly thread: string;
  readonly step: string;
  /** Members of the sets it is quantified over, then the outcomes of its other choices. */
  readonly args: readonly number[];
  readonly changed: readonly Change[];
}

/** An execution that shows a violation, or any other that was asked for. */
export interface Trace {
  readonly model: string;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  /** The name of the initial state, where there are several. */
  readonly initial: string | undefined;
  readonly steps: readonly TraceStep[];
  /** Number of steps. */
  readonly length: number;
  /** How often the next step is somebody else's. */
  readonly switches: number;
  /** Whether no execution as short has fewer; false where that was not found out, undefined where nobody asked. */
  readonly fewest?: boolean | undefined;
  /** The states it passes through, the initial one first. A failing last step adds none. */
  readonly states: readonly Plain[];
  /** What its last step said when it failed; undefined when it succeeded. */
  readonly failure: string | undefined;
  /** Whether its last state violates the claim it was executed for; undefined when there was none. */
  readonly violates: boolean | undefined;
  /** Of an execution without end, how many steps come before those that it repeats for ever; all, where it comes to rest. */
  readonly loopFrom: number | undefined;
}

/** A step by name, as a replay line has it. */
export type NamedStep = Pick<TraceStep, 'thread' | 'step' | 'args'>;

/** Thrown when a trace cannot be executed: which step does not apply, and why. */
export class ReplayError extends Error {
  /** Place of the step in the trace, from 1; 0 when it is the beginning. */
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.name = 'ReplayError';
    this.at = at;
  }
}

/** The name under which hardware, userspace and whatever else is no thread appears. */
export const hardware = 'hardware';

/**
 * Executes steps by name from an initial state, on immutable states.
 * @param initial name of the initial state; undefined for the only one.
 * @param claim evaluated in the last state.
 * @param loopFrom how many of the steps come before those that are repeated for ever.
 * @throws ReplayError naming the first step that does not apply.
 */
export function executed(
  instance: Instance,
  initial: string | undefined,
  steps: readonly NamedStep[],
  claim?: Claim<never>,
  loopFrom?: number,
): Trace {
  return sealed(() => execute(instance, initial, steps, claim, loopFrom));
}

function execute(
  instance: Instance,
  initial: string | undefined,
  steps: readonly NamedStep[],
  claim: Claim<never> | undefined,
  loopFrom: number | undefined,
): Trace {
  const starts = initialStates(instance);
  const start = initial === undefined && starts.length === 1 ? starts[0] : starts.find(({ name }) => name === initial);
  if (start === undefined) {
    const names = starts.map(({ name }) => name).join(', ');
    throw new ReplayError(0, `${instance.name} has no initial state ${initial ?? '(none is named)'}; it has ${names}`);
  }
  const states: Plain[] = [start.state];
  const told: TraceStep[] = [];
  let failure: string | undefined;
  steps.forEach((step, i) => {
    const before = states.at(-1) as Plain;
    if (failure !== undefined) throw new ReplayError(i + 1, `step ${i} failed (${failure}); nothing can follow it`);
    const applied = take(instance, before, step, i + 1);
    const after = applied.kind === 'next' ? applied.state : before;
    if (applied.kind === 'failed') failure = applied.message;
    else states.push(after);
    told.push({ ...step, changed: changes(instance, before, after, step.thread) });
  });
  return {
    model: instance.model.name,
    variant: instance.variant,
    bounds: instance.bounds,
    initial: starts.length > 1 ? start.name : undefined,
    steps: told,
    length: told.length,
    switches: told.filter(({ thread }, i) => i > 0 && thread !== told[i - 1]?.thread).length,
    states,
    failure,
    violates: claim && !claim(viewOf(instance, states.at(-1) as Plain) as never),
    loopFrom,
  };
}

/** What a named step does in a state. @throws ReplayError when it does not apply there. */
function take(
  instance: Instance,
  state: Plain,
  { thread: name, step, args }: NamedStep,
  at: number,
): Exclude<Applied, { kind: 'blocked' }> {
  const thread = instance.threads.find(({ path }) => path === name);
  const call = `${name === hardware ? '' : `${name}.`}${step}${step.endsWith(')') ? '' : `(${args.join(', ')})`}`;
  if (name !== hardware && thread === undefined) {
    const names = [...instance.threads.map(({ path }) => path), hardware].join(', ');
    throw new ReplayError(at, `step ${at}, ${call}: ${instance.name} has no thread ${name}; it has ${names}`);
  }
  const edges: readonly Edge[] = thread ? (thread.program.points[pointOf(thread, state)] ?? []) : instance.actions;
  const edge = edges.find(({ label }) => label === step);
  if (edge === undefined) {
    const can = edges.map(({ label }) => label).join(', ') || 'nothing: it has ended';
    throw new ReplayError(at, `step ${at}, ${call}: ${thread ? `${name} would do ${can}` : `the actions are ${can}`}`);
  }
  let applied: Applied;
  try {
    applied = apply(instance, state, { thread: thread?.number ?? -1, edge, choices: args });
  } catch (error) {
    throw new ReplayError(at, `step ${at}, ${call}: ${(error as Error).message}`);
  }
  if (applied.kind === 'blocked') throw new ReplayError(at, `step ${at}, ${call}: it is not enabled there`);
  return applied;
}

/** What differs between two states, in the order of declaration; points, and locals that died, are left out. */
function changes(instance: Instance, before: Plain, after: Plain, threadName: string): Change[] {
  const lockOf = new Map(
    Object.values(instance.root.fields).flatMap((part) => (part.kind === 'lock' ? [[part.owner, part]] : [])),
  );
  const thread = instance.threads.find(({ path }) => path === threadName);
  const returned = thread !== undefined && pointOf(thread, after) === thread.program.end;
  const changed: Change[] = [];
  const { committed, buffered } = bufferChanges(instance, before, after);
  const cells = new Set(instance.buffers?.cells);
  for (const leaf of leavesOf(instance.root)) {
    if (leaf.type === 'point' || cells.has(leaf)) continue;
    const value = valueIn(instance, after, leaf) as Change['value'];
    if (valueIn(instance, before, leaf) === value && !committed.includes(leaf)) continue;
    const local = leaf.path.startsWith(`${threadName}.`);
    if (local && returned) continue;
    const lock = lockOf.get(leaf);
    if (lock) {
      const holder = instance.threads[(value as number) - 1];
      changed.push({ path: lock.path, value: holder ? holder.path : null, local: false });
    } else {
      if (value === null) continue;
      changed.push({ path: leaf.path, value: told(leaf, value), local });
    }
  }
  for (const { leaf, value } of buffered) {
    const lock = lockOf.get(leaf);
    changed.push({
      path: lock?.path ?? leaf.path,
      value: lock ? null : told(leaf, value),
      local: false,
      buffered: true,
    });
  }
  return changed;
}

function told(leaf: LeafPart, value: Change['value']): Change['value'] {
  return leaf.type === 'pointer' && value === -1 ? 'NULL' : value;
}

/** The store that a step has put into a store buffer, or where the one is to that it has made visible; of each field, if that is a word. */
function bufferChanges(
  { buffers }: Instance,
  before: Plain,
  after: Plain,
): { committed: LeafPart[]; buffered: { leaf: LeafPart; value: Change['value'] }[] } {
  const none = { committed: [], buffered: [] };
  if (buffers === undefined) return none;
  const leavesAt = (location: number) =>
    (buffers.words[location - 1] as readonly number[]).map((at) => [at, buffers.locations[at] as LeafPart] as const);
  for (const thread of buffers.threads) {
    const [old, now] = [before, after].map((state) => pending(state, thread)) as [Pending[], Pending[]];
    if (now.length > old.length) {
      const { location, value } = now.at(-1) as Pending;
      const buffered = leavesAt(location).map(([at, leaf]) => ({
        leaf,
        value: decode(leaf, fieldOf(buffers, at, value)),
      }));
      return { ...none, buffered };
    }
    if (now.length < old.length) {
      const gone = old.find((each, i) => each.location !== now[i]?.location || each.value !== now[i]?.value) as Pending;
      return { ...none, committed: leavesAt(gone.location).map(([, leaf]) => leaf) };
    }
  }
  return none;
}

interface Pending {
  readonly location: number;
  readonly value: number;
}

/** The stores in a thread's buffer, the oldest first. */
function pending(state: Plain, thread: string): Pending[] {
  const buffers = (state as { readonly [storeBuffer]: Readonly<Record<string, object>> })[storeBuffer];
  const slots = Object.values(buffers[thread] as object).filter((part): part is Pending => typeof part === 'object');
  return slots.filter(({ location }) => location > 0);
}

/** Steps by name, and the name of the initial state they start from where there are several. */
export interface NamedPath {
  readonly initial: string | undefined;
  readonly steps: readonly NamedStep[];
}

/**
 * The shortest path to something a search found, found again from the parents of its states.
 * @throws Error naming the variant, when a step does not do again what it did.
 */
export function pathTo(searched: SearchedAnyhow, found: Pick<Found, 'index' | 'inStep'>, name: string): NamedPath {
  const { parents } = searched.visited;
  const path: number[] = [];
  for (let at = found.index; at !== noParent; at = parents[at] as number) path.unshift(at);
  return pathAlong(searched, path, found.inStep ? path.length : path.length - 1, ({ error, warning }, at) => {
    if (at + 1 < path.length) return true;
    if (name === 'WARN_ON_ONCE') return warning !== undefined;
    return error !== undefined && (error instanceof StepFailure ? error.failure : 'throws') === name;
  });
}

/** States beside each other, and the machine that leads from one to the next. */
export type Walkable = Pick<Searched, 'machine' | 'symmetry'> & {
  /** Whether a state, a representative under symmetry, is the one with an index. */
  readonly visited: Pick<Searched['visited'], 'isAt'>;
};

/**
 * The steps that lead through states of a search, by name.
 * @param length how many steps; one more than leads from state to state when the last one leads nowhere.
 * @param fits which of several steps from one of the states to the next is meant.
 * @throws Error naming the variant, when no step leads where one did.
 */
export function pathAlong(
  { machine, visited, symmetry }: Walkable,
  path: readonly number[],
  length: number,
  fits: (successor: Successor, at: number) => boolean,
): NamedPath {
  const { instance } = machine;
  const stands = (words: Int32Array, index: number): boolean => {
    const representative = words.slice();
    symmetry?.canonize(representative, 0);
    return visited.isAt(representative, index);
  };
  const starts = instance.initial.length > 0 ? instance.initial : [() => {}];
  const initial = starts.find((make) => stands(machine.pack(make), path[0] as number));
  if (initial === undefined)
    throw new Error(`${instance.name}: no initial state is made twice alike; ${soleDependence}`);
  let state = machine.pack(initial);
  const steps = path.slice(0, length).map((_, at): NamedStep => {
    machine.load(state, 0);
    const wanted = path[at + 1];
    const leads = ({ words }: Successor): boolean => words !== undefined && stands(words, wanted as number);
    const chosen = machine
      .successors()
      .find((successor) => (wanted === undefined || leads(successor)) && fits(successor, at));
    if (chosen === undefined) {
      throw new Error(
        `${instance.name}: a step led from one state to another and does not do so again; ${soleDependence}`,
      );
    }
    const { thread, edge, choices, words } = chosen;
    if (words) state = words;
    return { thread: instance.threads[thread]?.path ?? hardware, step: edge.label, args: choices };
  });
  return { initial: instance.initial.length > 0 ? initial.name : undefined, steps };
}
