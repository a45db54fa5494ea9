/** The transitions between the states of a finished search, as a graph: what questions about whole executions are asked of. */
import type { Edge, Instance } from '#notation';
import { type Machine, machineOf } from './machine.ts';
import type { Searched } from './search.ts';
import { soleDependence } from './sealed.ts';
import { kindsOf } from './transition-kind.ts';
import type { Batch } from './visited.ts';

/** A kind of transition: who takes it, and what it is. */
export interface Label {
  /** The thread's number; -1 for an action. */
  readonly thread: number;
  readonly edge: Edge;
  /** The point of its program that the thread stands at before it; -1 for an action. */
  readonly point: number;
  /** Of a fair action, which members it runs with, as a number; else 0. */
  readonly members: number;
}

/**
 * States by their index in the arena, and the transitions out of each, in the order in which the explorer takes them: those of state
 * `at` are the places `first[at]` to `first[at + 1]`, the latter excluded, of the two rows beside it.
 */
export interface Graph {
  readonly states: number;
  readonly first: Uint32Array;
  /** The state each transition leads to; -1 where it fails. */
  readonly to: Int32Array;
  /** The place of what it is among the labels. */
  readonly label: Uint16Array | Uint32Array;
  readonly labels: readonly Label[];
}

/** What the graph of a search takes, in bytes: its rows. */
export function graphBytes({ states, transitions }: Pick<Searched, 'states' | 'transitions'>): number {
  return 4 * (states + 1) + 8 * transitions;
}

/**
 * The graph of a search that looked at every state.
 * @param visit called for each state while it is loaded into the machine that is given.
 * @throws Error when the search stopped early: its last states have transitions to states that it has not found; when a transition leads to
 * such a state all the same.
 */
export function graphOf(
  { machine: { instance }, visited, states, transitions, stopped }: Searched,
  visit?: (machine: Machine, state: number) => void,
): Graph {
  if (stopped) throw new Error(`${instance.name}: the search stopped early, so its graph is not whole`);
  const kinds = kindsIn(instance);
  const agents = instance.threads.length + 1;
  const labels: Label[] = [];
  const labelOf = new Int32Array(kinds.list.length * agents).fill(-1);
  const first = new Uint32Array(states + 1);
  const to = new Int32Array(transitions);
  const label = new (labelOf.length > 2 ** 16 ? Uint32Array : Uint16Array)(transitions);
  let count = 0;

  const { width } = visited;
  const words = new Int32Array(width);
  function flush(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      const number = batch.parents[i] as number;
      const what = number < 0 ? ~number : number;
      for (let word = 0; word < width; word++) words[word] = batch.words[i * width + word] as number;
      const after = number < 0 ? -1 : visited.find(words);
      if (after < 0 && number >= 0) throw notAgain();
      to[count] = after;
      if (labelOf[what] === -1) labelOf[what] = labels.push(labelled(what)) - 1;
      label[count++] = labelOf[what] as number;
    }
    batch.length = 0;
  }
  function notAgain(): Error {
    return new Error(`${instance.name}: its steps do not do the same when they run again; ${soleDependence}`);
  }
  function labelled(what: number): Label {
    return { thread: (what % agents) - 1, ...(kinds.list[Math.floor(what / agents)] as Omit<Label, 'thread'>) };
  }

  const machine = machineOf(instance, { flush, failed() {}, warned() {} }, false, kinds.numbers);
  for (let at = 0; at < states; at++) {
    machine.load(visited.arena, at);
    visit?.(machine, at);
    first[at] = machine.transitions();
    machine.expand();
  }
  machine.flush();
  if (count !== transitions) throw notAgain();
  first[states] = count;
  return { states, first, to, label, labels };
}

/** Every kind of transition but for who takes it, and the number of the first one of each edge. */
export function kindsIn({ threads, actions, bounds }: Instance): {
  list: Omit<Label, 'thread'>[];
  numbers: ReadonlyMap<Edge, number>;
} {
  const list: Omit<Label, 'thread'>[] = [];
  const numbers = new Map<Edge, number>();
  const add = (edge: Edge, point: number): void => {
    numbers.set(edge, list.length);
    const kinds = kindsOf(edge, point < 0, bounds);
    for (let members = 0; members < kinds; members++) list.push({ edge, point, members });
  };
  for (const { id, program } of threads) {
    if (id !== 0) continue;
    for (const [point, edges] of program.points.entries()) for (const edge of edges) add(edge, point);
  }
  for (const edge of actions) add(edge, -1);
  return { list, numbers };
}
