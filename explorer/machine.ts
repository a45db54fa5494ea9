/**
 * Runs the transitions of one instance on its working vector. The loop over threads, points and members is generated; whatever is
 * rare (choices inside a step, folds, failures) goes through `general`, which enumerates in the same order.
 */
import {
  BLOCKED,
  begin,
  decode,
  describe,
  type Edge,
  eachOutcome,
  encode,
  fire,
  forgetChoices,
  type Initial,
  type Instance,
  localsOf,
  outOfRange,
  type Plain,
  plain,
  running,
  StepFailure,
  stalled,
  storeBuffer,
  type ThreadPart,
  tooManyOutcomes,
  valueIn,
  zeroOf,
} from '#notation';
import { type Element, type Generated, generate, type Listener, wroteAndBlocked } from './expansion.ts';
import { type Lane, type Layout, laneValue, layoutOf, outOfRangeLane, setLane } from './layout.ts';
import { kindOf } from './transition-kind.ts';
import { viewsOf } from './views.ts';

/** A transition of one state: who, what, the outcomes of its choices, and its packed successor or why it has none. */
export interface Successor {
  /** The thread's number; -1 for an action. */
  readonly thread: number;
  readonly edge: Edge;
  /** Its place among the machine's elements; their number for what the tool added. */
  readonly element: number;
  readonly choices: readonly number[];
  readonly words: Int32Array | undefined;
  readonly error: unknown;
  readonly warning: string | undefined;
}

/** The machine of one instance. */
export interface Machine {
  readonly instance: Instance;
  readonly layout: Layout;
  /** The state that is loaded, as steps and claims see it. */
  readonly root: object;
  readonly elements: readonly Element[];
  /** How often each element has fired; one more entry counts what the tool added. */
  readonly fired: Float64Array;
  /** Transitions fired so far, failed ones included. */
  transitions(): number;
  /** Loads a packed state from an arena. */
  load(arena: Int32Array, index: number): void;
  /** An initial state, packed. @throws Error that names it, when it is out of range. */
  pack(initial: Initial<never>): Int32Array;
  /** The loaded state as plain data. */
  plain(): Plain;
  /** A plain state, packed. Whatever was loaded is not any more. */
  packPlain(state: Plain): Int32Array;
  /** Expands the loaded state into the batch. Returns how many transitions of threads it has, failed ones included. */
  expand(): number;
  /** Puts packed words into the batch as an initial state. */
  start(words: Int32Array): void;
  /** Hands the batch to the listener. */
  flush(): void;
  /** Every transition of the loaded state, in the order of `expand`, leaving the batch alone. */
  successors(): Successor[];
  /** Whether the loaded state has been changed since it was loaded. Changes are taken back. */
  changed(): boolean;
  /** Whether some thread of the loaded state is inside its function. */
  midFunction(): boolean;
}

const silent: Listener = { flush() {}, failed() {}, warned() {} };

/**
 * Builds the machine of an instance. The listener may be left out by those who only ask for `successors`.
 * @param checked whether every use of a row is checked, which is several times slower.
 * @param numbers when given, the batch gets every transition with its number: see `generate`.
 */
export function machineOf(
  instance: Instance,
  listener: Listener = silent,
  checked = false,
  numbers?: ReadonlyMap<Edge, number>,
): Machine {
  const layout = layoutOf(instance);
  const { vector, root, threads } = viewsOf(instance, layout, checked);
  const elements = elementsOf(instance);
  const fired = new Float64Array(elements.length + 1);
  const locals = instance.threads.map((thread) =>
    localsOf(thread).map((leaf) => [layout.laneOf.get(leaf) as Lane, zeroOf(leaf)] as const),
  );
  const pointLane = instance.threads.map((thread) => layout.laneOf.get(thread.point) as Lane);
  const pointOf = (thread: ThreadPart): number => laneValue(vector, pointLane[thread.number] as Lane);

  // What `general` runs, in variables, so that nothing is allocated for each state.
  let mode: 'expand' | 'careful' | 'collect' = 'expand';
  let edge: Edge;
  let thread: ThreadPart | undefined;
  let element = 0;
  let skip = 0;
  let ofThreads = 0;
  const collected: Successor[] = [];
  const machine: Generated = generate(
    instance,
    layout,
    { vector, root, threads, elements, fired, listener, general },
    numbers,
  );

  function general(of: ThreadPart | undefined, what: Edge, counted: number): void {
    edge = what;
    thread = of;
    element = counted;
    running.thread = of ? of.number : -1;
    running.held = of ? (of.program.held[pointOf(of)] as readonly string[]) : [];
    if (!eachOutcome(one)) fail(tooManyOutcomes());
  }

  function one(): void {
    running.warning = undefined;
    try {
      const point = fire(root, thread && threads[thread.number], edge, instance.bounds);
      if (point === BLOCKED) {
        if (!machine.dirty()) return;
        machine.restore();
        // A fold is enabled only as a whole: what its first steps wrote is taken back.
        if (edge.operation.kind === 'fold' || stalled()) return;
        throw wroteAndBlocked();
      }
      if (thread) moveTo(thread, point);
      succeeded();
    } catch (error) {
      machine.restore();
      if (!stalled()) fail(error);
    }
  }

  function fail(error: unknown): void {
    if (mode === 'expand') throw error;
    if (mode === 'collect') collect(undefined, error);
    else {
      machine.countFailed(numbered());
      listener.failed(error);
    }
    if (thread) ofThreads++;
  }

  function succeeded(): void {
    if (mode === 'collect') {
      const lane = outOfRangeLane(layout, vector);
      if (lane) throw outOfRange(lane.leaf, laneValue(vector, lane));
      const words = new Int32Array(layout.words);
      machine.words(words);
      collect(words, undefined);
      machine.restore();
    } else if (skip > 0) {
      skip--;
      machine.restore();
    } else {
      machine.emit(numbered());
      if (edge.operation.kind === 'fold') {
        if (numbers) listener.folded?.(running.folded);
        else for (const inner of running.folded) (fired[element - edge.element + inner] as number)++;
      }
    }
    if (thread) ofThreads++;
  }

  /** The element; where transitions are numbered, the number that stands for it. */
  function numbered(): number {
    return numbers ? element + kindOf(edge, !thread, instance.bounds, running.choices) : element;
  }

  function collect(words: Int32Array | undefined, error: unknown): void {
    const choices = running.choices.slice(0, running.outcomes.length);
    collected.push({ thread: thread?.number ?? -1, edge, element, choices, words, error, warning: running.warning });
  }

  function moveTo(of: ThreadPart, point: number): void {
    setLane(vector, pointLane[of.number] as Lane, point);
    if (point !== of.program.end) return;
    for (const [lane, zero] of locals[of.number] as (typeof locals)[number]) setLane(vector, lane, zero);
  }

  /** Every transition, one edge at a time, each failure by itself. */
  function each(how: 'careful' | 'collect'): void {
    mode = how;
    ofThreads = 0;
    let base = 0;
    for (const of of instance.threads) {
      if (of.id === 0) base = elements.findIndex(({ row }) => row === of.row);
      for (const what of of.program.points[pointOf(of)] ?? []) {
        general(of, what, numbers?.get(what) ?? (what.element < 0 ? elements.length : base + what.element));
      }
    }
    base = elements.length - instance.actions.length;
    instance.actions.forEach((what, i) => {
      general(undefined, what, numbers?.get(what) ?? base + i);
    });
    mode = 'expand';
  }

  return {
    instance,
    layout,
    root,
    elements,
    fired,
    transitions: machine.transitions,
    load: machine.load,
    plain: () => plain(instance.root, (leaf) => decode(leaf, laneValue(vector, layout.laneOf.get(leaf) as Lane))),
    packPlain(state) {
      for (const lane of layout.lanes)
        setLane(vector, lane, encode(lane.leaf, valueIn(instance, state, lane.leaf)) as number);
      const words = new Int32Array(layout.words);
      machine.words(words);
      return words;
    },
    pack(initial) {
      for (const lane of layout.lanes) setLane(vector, lane, zeroOf(lane.leaf));
      begin(instance, initial.name, () => {
        initial(root as never);
        const lane = outOfRangeLane(layout, vector);
        if (lane) throw outOfRange(lane.leaf, laneValue(vector, lane));
      });
      const words = new Int32Array(layout.words);
      machine.words(words);
      return words;
    },
    expand() {
      const before = machine.transitions();
      running.warning = undefined;
      try {
        return machine.expand();
      } catch {
        // Again from the start of this state, passing over what has already been emitted.
        forgetChoices();
        machine.restore();
        skip = machine.transitions() - before;
        each('careful');
        return ofThreads;
      }
    },
    changed() {
      if (!machine.dirty()) return false;
      machine.restore();
      return true;
    },
    start: machine.start,
    flush: machine.flush,
    successors() {
      collected.length = 0;
      each('collect');
      return [...collected];
    },
    midFunction() {
      for (const of of instance.threads) {
        const point = pointOf(of);
        if (point !== 0 && point !== of.program.end) return true;
      }
      return false;
    },
  };
}

/** What a step threw, or a claim, as the failure that it is. */
export function failureOf(error: unknown): StepFailure {
  return error instanceof StepFailure ? error : new StepFailure('throws', `threw ${describe(error)}`);
}

function elementsOf(instance: Instance): Element[] {
  const rows = instance.threads.filter(({ id }) => id === 0);
  const own = instance.actions.length - (instance.buffers ? instance.threads.length : 0);
  return [
    ...rows.flatMap(({ row, program }) => program.elements.map((label) => ({ row, label }))),
    ...instance.actions.map(({ label }, i) => ({ row: i < own ? 'actions' : storeBuffer, label })),
  ];
}
