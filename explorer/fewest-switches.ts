/**
 * Among the shortest executions to what a search found, one with the fewest context switches: a second pass over the stored states.
 *
 * States lie in the order of their distance from the start. From the furthest layer back, each state is marked for what can still be
 * reached from it in as few steps as there are layers left; then the marked states only are walked from the start, each with the least
 * number of switches for every thread that may have taken the last step. The second half walks states as they come, and looks up their
 * representatives, so that it counts the switches of real executions under symmetry too.
 */
import { running, StepFailure, type Suite } from '#notation';
import { stuckness } from './deadlock.ts';
import { type Machine, machineOf, type Successor } from './machine.ts';
import type { Found, Searched } from './search.ts';
import { hardware, type NamedPath, type NamedStep } from './trace.ts';
import { type Batch, noParent } from './visited.ts';

/** How much the second pass may look at before it gives up. */
export interface SecondPassLimits {
  /** States that are expanded again. */
  readonly states: number;
  /** States on shortest ways, of each violation. */
  readonly onWays: number;
}

/** A few seconds. They are numbers of states, so that the same is told on every machine. */
export const secondPassLimits: SecondPassLimits = { states: 2 ** 22, onWays: 2 ** 15 };

/** Violations that are looked for at once: a bit each. */
const atOnce = 31;

interface Goal {
  readonly name: string;
  readonly found: Found;
  /** The layer of the states that show it. */
  readonly layer: number;
  readonly bit: number;
}

/**
 * The path to each violation that has the fewest switches among the shortest; none for those where a limit was reached.
 * @param invariants the predicates of the violations that are states.
 */
export function fewestSwitches(
  searched: Searched,
  invariants: Suite['invariants'],
  limits: SecondPassLimits = secondPassLimits,
): ReadonlyMap<string, NamedPath> {
  const starts = layerStarts(searched);
  const goals = [...searched.violations]
    .map(([name, found]) => ({ name, found, layer: found.length - (found.inStep ? 1 : 0) }))
    .filter(({ layer, found }) => {
      // What a search that was cut short saw of its last layer is not all there is.
      const partly = searched.stopped !== undefined && searched.stopped !== 'depth' && layer === starts.length - 2;
      return (starts[layer] as number) <= limits.states && !(partly && !found.inStep);
    });
  const paths = new Map<string, NamedPath>();
  for (let first = 0; first < goals.length; first += atOnce) {
    const some = goals.slice(first, first + atOnce).map((goal, i) => ({ ...goal, bit: 1 << i }));
    const marks = marked(searched, invariants, starts, some);
    for (const goal of some) {
      const path = walked(searched, starts, marks, goal, limits.onWays);
      if (path) paths.set(goal.name, path);
    }
  }
  return paths;
}

/** The index at which each layer starts, and the number of states as the last. */
function layerStarts({ visited: { parents }, states }: Searched): number[] {
  const starts = [0];
  for (let at = 0; at < states; at++) {
    const parent = parents[at] as number;
    if (parent !== noParent && parent >= (starts.at(-1) as number)) starts.push(at);
  }
  return [...starts, states];
}

/** For each state, as bits, which goals can be reached from it in as few steps as there are layers left. */
function marked(
  searched: Searched,
  invariants: Suite['invariants'],
  starts: readonly number[],
  goals: readonly Goal[],
): Uint32Array {
  const {
    machine: { instance },
    visited,
    symmetry,
  } = searched;
  const { width, arena } = visited;
  const deepest = Math.max(...goals.map(({ layer }) => layer));
  const marks = new Uint32Array(starts[deepest + 1] as number);
  const words = new Int32Array(width);
  let at = 0;
  let here: readonly Goal[] = [];
  let next = 0;

  function mark(goal: Goal | undefined): void {
    if (goal) marks[at] = (marks[at] as number) | goal.bit;
  }
  function failing(name: string): Goal | undefined {
    return here.find((goal) => goal.found.inStep && goal.name === name);
  }
  function flush(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      for (let word = 0; word < width; word++) words[word] = batch.words[i * width + word] as number;
      symmetry?.canonize(words, 0);
      const after = visited.find(words);
      const parent = batch.parents[i] as number;
      if (after >= next && after < marks.length) marks[parent] = (marks[parent] as number) | (marks[after] as number);
    }
    batch.length = 0;
  }
  const machine = machineOf(instance, {
    flush,
    failed: (error) => mark(failing(error instanceof StepFailure ? error.failure : 'throws')),
    warned: () => mark(failing('WARN_ON_ONCE')),
  });
  const isStuck = stuckness(machine);

  for (let layer = deepest; layer >= 0; layer--) {
    here = goals.filter((goal) => goal.layer === layer);
    next = starts[layer + 1] as number;
    const ofStates = here.filter(({ found }) => !found.inStep);
    const deadlock = ofStates.find(({ name }) => name === 'deadlock');
    const expands = layer < deepest || deadlock !== undefined || here.length > ofStates.length;
    for (at = starts[layer] as number; at < next; at++) {
      machine.load(arena, at);
      for (const goal of ofStates) if (violates(machine, goal, invariants, at)) mark(goal);
      if (!expands) continue;
      if (machine.expand() === 0 && deadlock && machine.midFunction() && isStuck(arena, at)) mark(deadlock);
    }
    machine.flush();
  }
  return marks;
}

/** Whether the loaded state violates an invariant. Of a claim that threw only the state in which it did so first is known. */
function violates(machine: Machine, { name, found }: Goal, invariants: Suite['invariants'], at: number): boolean {
  const predicate = Object.hasOwn(invariants, name) ? invariants[name] : undefined;
  if (predicate === undefined) return name !== 'deadlock' && at === found.index;
  try {
    return !predicate(machine.root as never);
  } catch {
    return false;
  } finally {
    running.implied = running.antecedent = false;
  }
}

/** A state on a shortest way, with the best way to it for each thread that may have come last; -1 is the hardware. */
interface Waypoint {
  readonly words: Int32Array;
  readonly ways: Map<number, Way>;
}

interface Way {
  readonly switches: number;
  readonly initial: string | undefined;
  readonly last: { readonly way: Way; readonly step: NamedStep } | undefined;
}

/** The best way to a goal, among marked states only. */
function walked(
  { machine, visited, symmetry }: Searched,
  starts: readonly number[],
  marks: Uint32Array,
  { name, found, layer: last, bit }: Goal,
  most: number,
): NamedPath | undefined {
  const { instance } = machine;
  const isOnWay = (words: Int32Array, layer: number): boolean => {
    const representative = words.slice();
    symmetry?.canonize(representative, 0);
    const at = visited.find(representative);
    return at >= (starts[layer] as number) && at < marks.length && ((marks[at] as number) & bit) !== 0;
  };
  const shows = ({ error, warning }: Successor): boolean =>
    name === 'WARN_ON_ONCE'
      ? warning !== undefined
      : error !== undefined && (error instanceof StepFailure ? error.failure : 'throws') === name;
  const nextOf = (way: Way, { thread, edge, choices }: Successor, before: number | undefined): Way => ({
    switches: way.switches + (before === undefined || before === thread ? 0 : 1),
    initial: way.initial,
    last: { way, step: { thread: instance.threads[thread]?.path ?? hardware, step: edge.label, args: choices } },
  });

  let layer = new Map<string, Waypoint>();
  for (const make of instance.initial.length > 0 ? instance.initial : [() => {}]) {
    const words = machine.pack(make);
    const initial = instance.initial.length > 0 ? make.name : undefined;
    if (isOnWay(words, 0) && !layer.has(words.join()))
      layer.set(words.join(), { words, ways: new Map([[noThread, { switches: 0, initial, last: undefined }]]) });
  }
  let count = 0;
  let best: Way | undefined;
  for (let steps = 0; steps <= last; steps++) {
    const reached = new Map<string, Waypoint>();
    count += layer.size;
    if (count > most) return undefined;
    for (const { words, ways } of layer.values()) {
      if (steps === last && !found.inStep) {
        for (const way of ways.values()) best = better(best, way);
        continue;
      }
      machine.load(words, 0);
      for (const successor of machine.successors()) {
        const goes = steps === last ? shows(successor) : successor.words && isOnWay(successor.words, steps + 1);
        if (!goes) continue;
        const { thread, words: after } = successor;
        let way: Way | undefined;
        for (const [before, each] of ways)
          way = better(way, nextOf(each, successor, before === noThread ? undefined : before));
        if (steps === last) best = better(best, way as Way);
        else {
          const to = reached.get(String(after)) ?? { words: after as Int32Array, ways: new Map() };
          reached.set(String(after), to);
          to.ways.set(thread, better(to.ways.get(thread), way as Way));
        }
      }
    }
    layer = reached;
  }
  return best && pathOf(best);
}

/** Who took the last step where there is none. */
const noThread = -2;

function better(a: Way | undefined, b: Way): Way {
  return a !== undefined && a.switches <= b.switches ? a : b;
}

function pathOf(way: Way): NamedPath {
  const steps: NamedStep[] = [];
  for (let { last } = way; last; last = last.way.last) steps.unshift(last.step);
  return { initial: way.initial, steps };
}
