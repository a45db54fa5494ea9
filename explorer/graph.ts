/** The transitions between the states of a finished search, as a graph: what questions about whole executions are asked of. */
import type { Searched } from './search.ts';

/**
 * States by their index in the arena, and the transitions out of each, in the order in which the explorer takes them: those of state
 * `at` are the places `first[at]` to `first[at + 1]`, the latter excluded, of the three rows beside it.
 */
export interface Graph {
  readonly states: number;
  readonly first: Uint32Array;
  /** The state each transition leads to. Transitions that fail lead nowhere and are left out. */
  readonly to: Int32Array;
  /** The number of the thread that takes it; -1 for an action. */
  readonly thread: Int16Array;
  /** The place of what it takes among the machine's elements; their number for what the tool added (a lock taken, released). */
  readonly element: Int16Array;
}

/**
 * The graph of a search that looked at every state.
 * @throws Error when the search stopped early: its last states have transitions to states that it has not found.
 */
export function graphOf({ machine, visited, states, transitions, stopped }: Searched): Graph {
  if (stopped) throw new Error(`${machine.instance.name}: the search stopped early, so its graph is not whole`);
  const first = new Uint32Array(states + 1);
  const to = new Int32Array(transitions);
  const thread = new Int16Array(transitions);
  const element = new Int16Array(transitions);
  let count = 0;
  for (let at = 0; at < states; at++) {
    machine.load(visited.arena, at);
    first[at] = count;
    for (const successor of machine.successors()) {
      if (successor.words === undefined) continue;
      to[count] = visited.find(successor.words);
      thread[count] = successor.thread;
      element[count++] = successor.element;
    }
  }
  first[states] = count;
  return {
    states,
    first,
    to: to.subarray(0, count),
    thread: thread.subarray(0, count),
    element: element.subarray(0, count),
  };
}
