/** Fair executions that go on for ever, in a graph: those in which nobody waits for ever for what is owed to him. */
import { duty, type FairGraph, fairRegions } from './fair-regions.ts';

/** An execution: the places of its transitions. From `loopFrom` on they are repeated for ever; there are none where it has come to rest. */
export interface Lasso {
  /** The state it starts from. */
  readonly start: number;
  readonly places: readonly number[];
  readonly loopFrom: number;
}

/**
 * Finds a fair execution that comes through a state where something begins, and stays from there on in states where it may go on.
 * It comes by a shortest way to where it may go round, or rest because nothing is owed to anybody, and goes round by a short way.
 * @param starts the states an execution may start from.
 * @param begins,stays by state, 1 or 0. Only states where both are 1 begin something.
 */
export function fairLasso(
  graph: FairGraph,
  starts: readonly number[],
  begins: Uint8Array,
  stays: Uint8Array,
): Lasso | undefined {
  const { states } = graph;
  const reached = within(graph, begins, stays);
  const { region, isFair } = fairRegions(graph, reached);
  const atRest = new Uint8Array(states);
  let any = isFair.size > 0;
  for (const state of reached) {
    if (!mayRest(graph, state)) continue;
    atRest[state] = 1;
    any = true;
  }
  if (!any) return undefined;
  const found = stemTo(
    graph,
    starts,
    begins,
    stays,
    (state) => atRest[state] === 1 || isFair.has(region[state] as number),
  );
  if (found === undefined) throw new Error('[explorer bug] a lasso has no beginning: not every state can be reached');
  const { start, stem, end } = found;
  if (atRest[end] === 1) return { start, places: stem, loopFrom: stem.length };
  return shortened(graph, region, { start, places: [...stem, ...fairLoop(graph, region, end)], loopFrom: stem.length });
}

/** How many states of a loop are tried as its beginning: each costs a search. */
const mostBeginnings = 64;

/** The same, going round from a state further on where fewer steps are then left in all. */
function shortened(graph: FairGraph, region: Int32Array, lasso: Lasso): Lasso {
  const { start, places, loopFrom } = lasso;
  let best = lasso;
  for (const [i, place] of places.slice(loopFrom, loopFrom + mostBeginnings).entries()) {
    const stem = places.slice(0, loopFrom + i + 1);
    if (stem.length >= best.places.length) break;
    const loop = fairLoop(graph, region, graph.to[place] as number);
    if (stem.length + loop.length < best.places.length)
      best = { start, places: [...stem, ...loop], loopFrom: stem.length };
  }
  return best;
}

/** Whether an execution may end in a state: nobody has to go on. */
function mayRest({ first, label, dutyOf }: FairGraph, state: number): boolean {
  for (let at = first[state] as number; at < (first[state + 1] as number); at++)
    if (dutyOf[label[at] as number] !== duty.none) return false;
  return true;
}

/** The states that can be reached from those that begin something, by those in which it stays. */
function within({ states, first, to }: FairGraph, begins: Uint8Array, stays: Uint8Array): Int32Array {
  const known = new Uint8Array(states);
  const queue = new Int32Array(states);
  let count = 0;
  for (let state = 0; state < states; state++) {
    if (begins[state] !== 1 || stays[state] !== 1) continue;
    known[state] = 1;
    queue[count++] = state;
  }
  for (let next = 0; next < count; next++) {
    const state = queue[next] as number;
    for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
      const after = to[at] as number;
      if (after < 0 || known[after] === 1 || stays[after] !== 1) continue;
      known[after] = 1;
      queue[count++] = after;
    }
  }
  return queue.subarray(0, count);
}

/** A shortest way from a start through a state that begins something to one that will do. */
function stemTo(
  { states, first, to }: FairGraph,
  starts: readonly number[],
  begins: Uint8Array,
  stays: Uint8Array,
  willDo: (state: number) => boolean,
): { start: number; stem: number[]; end: number } | undefined {
  // Every state twice: before something has begun, and since.
  const from = new Int32Array(2 * states).fill(-1);
  const by = new Int32Array(2 * states).fill(-1);
  const known = new Uint8Array(2 * states);
  const queue = new Int32Array(2 * states);
  let count = 0;
  const ends: number[] = [];
  const add = (state: number, since: 0 | 1, node: number, place: number): void => {
    const added = 2 * state + since;
    if (known[added] === 1) return;
    known[added] = 1;
    from[added] = node;
    by[added] = place;
    queue[count++] = added;
    if (since === 1 && willDo(state)) ends.push(added);
    if (since === 0 && begins[state] === 1 && stays[state] === 1) add(state, 1, node, place);
  };
  for (const state of starts) add(state, 0, -1, -1);
  for (let next = 0; next < count && ends.length === 0; next++) {
    const node = queue[next] as number;
    const state = node >> 1;
    const since = (node & 1) as 0 | 1;
    for (let at = first[state] as number; at < (first[state + 1] as number) && ends.length === 0; at++) {
      const after = to[at] as number;
      if (after >= 0 && (since === 0 || stays[after] === 1)) add(after, since, node, at);
    }
  }
  const [end] = ends;
  if (end === undefined) return undefined;
  const stem: number[] = [];
  let node = end;
  for (; (from[node] as number) >= 0; node = from[node] as number) stem.push(by[node] as number);
  return { start: node >> 1, stem: stem.toReversed(), end: end >> 1 };
}

/** A way round in a fair region, from a state and back to it, that is fair to everybody; each time to what is nearest. */
function fairLoop(graph: FairGraph, region: Int32Array, start: number): number[] {
  const { agents, first, label, agentOf, dutyOf } = graph;
  const own = region[start] as number;
  const way = nearestIn(graph, region, own);
  const mustStep = new Set<number>();
  const isOwed = (state: number, agent: number, least: number): boolean => {
    for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
      const what = label[at] as number;
      if (agentOf[what] === agent && (dutyOf[what] as number) >= least) return true;
    }
    return false;
  };
  const isSettled = (agent: number, state: number): boolean => !mustStep.has(agent) && !isOwed(state, agent, duty.weak);
  const settle = (unsettled: Set<number>, state: number): void => {
    for (const agent of unsettled) if (isSettled(agent, state)) unsettled.delete(agent);
  };
  const settles = (unsettled: ReadonlySet<number>, place: number): boolean => {
    if (unsettled.has(agentOf[label[place] as number] as number)) return true;
    for (const agent of unsettled) if (isSettled(agent, graph.to[place] as number)) return true;
    return false;
  };
  for (;;) {
    const unsettled = new Set(Array.from({ length: agents }, (_, agent) => agent));
    const loop: number[] = [];
    let state = start;
    settle(unsettled, state);
    while (unsettled.size > 0 || state !== start || loop.length === 0) {
      const done = unsettled.size === 0;
      for (const place of way(state, (at) => (done ? graph.to[at] === start : settles(unsettled, at)))) {
        loop.push(place);
        state = graph.to[place] as number;
        unsettled.delete(agentOf[label[place] as number] as number);
        settle(unsettled, state);
      }
    }
    // Who comes by a free lock again and again has to get it, and so has to step on this way round too.
    const stepping = new Set(loop.map((place) => agentOf[label[place] as number] as number));
    const starving = Array.from({ length: agents }, (_, agent) => agent).filter(
      (agent) => !stepping.has(agent) && loop.some((place) => isOwed(graph.to[place] as number, agent, duty.strong)),
    );
    if (starving.length === 0) return loop;
    for (const agent of starving) mustStep.add(agent);
  }
}

/** What finds a shortest way in a region, of one step at least, whose last one is wanted. */
function nearestIn(
  { states, first, to }: FairGraph,
  region: Int32Array,
  own: number,
): (start: number, isWanted: (place: number) => boolean) => number[] {
  // The state before each and the place of the step from there, as of the search that is its number.
  const from = new Int32Array(states);
  const by = new Int32Array(states);
  const seen = new Int32Array(states);
  const queue = new Int32Array(states);
  let search = 0;
  return (start, isWanted) => {
    seen[start] = ++search;
    queue[0] = start;
    for (let next = 0, count = 1; next < count; next++) {
      const state = queue[next] as number;
      for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
        const after = to[at] as number;
        if (after < 0 || region[after] !== own) continue;
        if (isWanted(at)) {
          const way = [at];
          for (let on = state; on !== start; on = from[on] as number) way.push(by[on] as number);
          return way.toReversed();
        }
        if (seen[after] === search) continue;
        seen[after] = search;
        from[after] = state;
        by[after] = at;
        queue[count++] = after;
      }
    }
    throw new Error('[explorer bug] a fair region has no fair way round');
  };
}
