/** The largest weight that a path within some states of a graph can have, by its strongly connected components. */
import type { Graph } from './graph.ts';

/** Which part of a graph paths run through, and what its transitions weigh. */
export interface Region {
  /** By state: whether paths go on from it. */
  readonly inside: Uint8Array;
  /** What a transition out of a state inside weighs, by its place: 0 or more. */
  weight(place: number): number;
}

/** The largest weights. */
export interface LongestPaths {
  /** By state inside: the largest weight of a path from it; infinite where one can go round and gain each time. */
  readonly best: Float64Array;
  /** The places of the transitions of such a path; of one that goes round, to there and once around. */
  pathFrom(state: number): number[];
}

/** Not a place. */
const none = -1;

/** Finds the largest weight of a path from each state inside. A path ends wherever it likes, or with a transition that leaves. */
export function longestPaths(graph: Graph, { inside, weight }: Region): LongestPaths {
  const { states, first, to } = graph;
  const best = new Float64Array(states);
  /** Of each state, the transition by which the best path leaves its component; or that gains within it. */
  const leaves = new Int32Array(states).fill(none);
  const component = new Int32Array(states).fill(none);
  // Tarjan: components are closed after all that can be reached from them.
  const order = new Int32Array(states);
  const low = new Int32Array(states);
  const at = new Uint32Array(states);
  const calls = new Int32Array(states);
  const open = new Int32Array(states);
  let visited = 0;
  let opened = 0;

  function close(root: number): void {
    let from = opened;
    do component[open[--from] as number] = root;
    while (open[from] !== root);
    let most = 0;
    let place = none;
    for (let i = from; i < opened; i++) {
      const state = open[i] as number;
      for (let way = first[state] as number; way < (first[state + 1] as number); way++) {
        const target = to[way] as number;
        if (target < 0) continue;
        const gain = weight(way);
        const within = component[target] === root;
        const value = within ? (gain > 0 ? Number.POSITIVE_INFINITY : 0) : gain + (best[target] as number);
        if (value <= most) continue;
        most = value;
        place = way;
      }
    }
    for (; opened > from; opened--) {
      best[open[opened - 1] as number] = most;
      leaves[open[opened - 1] as number] = place;
    }
  }

  function visit(start: number): void {
    let depth = 0;
    const enter = (state: number): void => {
      order[state] = low[state] = ++visited;
      at[state] = first[state] as number;
      open[opened++] = state;
      calls[depth++] = state;
    };
    enter(start);
    while (depth > 0) {
      const state = calls[depth - 1] as number;
      if ((at[state] as number) < (first[state + 1] as number)) {
        const target = to[at[state]++ as number] as number;
        if (inside[target] !== 1 || component[target] !== none) continue;
        if (order[target] === 0) enter(target);
        else low[state] = Math.min(low[state] as number, order[target] as number);
        continue;
      }
      depth--;
      if (low[state] === order[state]) close(state);
      const caller = calls[depth - 1] as number;
      if (depth > 0) low[caller] = Math.min(low[caller] as number, low[state] as number);
    }
  }
  for (let state = 0; state < states; state++) if (inside[state] === 1 && order[state] === 0) visit(state);

  /** The shortest way between two states of a component, within it. A transition that fails leads nowhere. */
  function across(start: number, end: number): number[] {
    const cameBy = new Map<number, { from: number; place: number }>();
    const queue = [start];
    for (const state of queue) {
      if (state === end) break;
      for (let way = first[state] as number; way < (first[state + 1] as number); way++) {
        const target = to[way] as number;
        if (component[target] !== component[start] || target === start || cameBy.has(target)) continue;
        cameBy.set(target, { from: state, place: way });
        queue.push(target);
      }
    }
    const places: number[] = [];
    for (let state = end; state !== start; ) {
      const { from, place } = cameBy.get(state) as { from: number; place: number };
      places.unshift(place);
      state = from;
    }
    return places;
  }

  return {
    best,
    pathFrom(start) {
      const places: number[] = [];
      for (let state = start; inside[state] === 1 && (best[state] as number) > 0; ) {
        const place = leaves[state] as number;
        const source = sourceOf(graph, place);
        const target = to[place] as number;
        places.push(...across(state, source), place);
        if (component[target] === component[source]) return [...places, ...across(target, source)];
        state = target;
      }
      return places;
    },
  };
}

/** The state that a transition leads out of. */
export function sourceOf({ first }: Graph, place: number): number {
  let low = 0;
  let high = first.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((first[middle] as number) <= place) low = middle;
    else high = middle;
  }
  return low;
}
