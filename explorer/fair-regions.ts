/**
 * Where a graph can be gone round for ever in a way that is fair to everybody: strongly connected components, from which are taken, again
 * and again, the states in which somebody finds a lock free that he never gets.
 */

/** How much a transition is owed to whoever takes it. */
export const duty = {
  /** It may stay away for ever. */
  none: 0,
  /** It cannot be enabled for ever without its agent doing anything. */
  weak: 1,
  /** It cannot be enabled again and again without its agent doing anything. */
  strong: 2,
} as const;

/**
 * A graph whose transitions are owed to agents. Those of state `at` are the places `first[at]` to `first[at + 1]`, the latter excluded.
 */
export interface FairGraph {
  readonly states: number;
  readonly first: Uint32Array;
  /** The state each transition leads to; -1 of one that fails, which is no way to go on. */
  readonly to: Int32Array;
  readonly label: Uint16Array | Uint32Array;
  readonly agents: number;
  /** By label: whose transition it is; -1 of nobody's. */
  readonly agentOf: Int16Array;
  /** By label, one of `duty`; 0 of nobody's. */
  readonly dutyOf: Uint8Array;
}

/** Region 0 is no region. */
const nowhere = 0;

/**
 * Divides states into regions. Those of a fair region can go round in it for ever, in such a way that it is fair to everybody.
 */
export function fairRegions(graph: FairGraph, among: Int32Array): { region: Int32Array; isFair: ReadonlySet<number> } {
  const { states, first, to, label, agents, agentOf, dutyOf } = graph;
  const region = new Int32Array(states);
  const isFair = new Set<number>();
  const left: Int32Array[] = [among];
  let regions = nowhere;

  // Of Tarjan's algorithm, without recursion.
  const order = new Int32Array(states);
  const low = new Int32Array(states);
  const next = new Uint32Array(states);
  const path = new Int32Array(among.length);
  const open = new Int32Array(among.length);

  // Of a component, by agent.
  const steps = new Uint8Array(agents);
  const owes = new Int32Array(agents);
  const eager = new Uint8Array(agents);
  const last = new Int32Array(agents);

  /** Gives every component of a region a region of its own. */
  function divide(members: Int32Array, own: number): void {
    let visited = 0;
    let depth = 0;
    let opened = 0;
    const enter = (state: number): void => {
      order[state] = low[state] = ++visited;
      next[state] = first[state] as number;
      path[depth++] = state;
      open[opened++] = state;
    };
    for (const root of members) {
      if (region[root] !== own || order[root] !== 0) continue;
      enter(root);
      while (depth > 0) {
        const state = path[depth - 1] as number;
        const at = next[state] as number;
        if (at < (first[state + 1] as number)) {
          next[state] = at + 1;
          const after = to[at] as number;
          // What has been given a region of its own is behind us.
          if (after < 0 || region[after] !== own) continue;
          if (order[after] === 0) enter(after);
          else if ((order[after] as number) < (low[state] as number)) low[state] = order[after] as number;
          continue;
        }
        depth--;
        if (depth > 0) {
          const before = path[depth - 1] as number;
          if ((low[state] as number) < (low[before] as number)) low[before] = low[state] as number;
        }
        if (low[state] !== order[state]) continue;
        const end = opened;
        while (open[--opened] !== state);
        judge(open.subarray(opened, end));
      }
    }
  }

  /** Finds out of a component whether it is fair, cannot be, or may be without some of its states. */
  function judge(members: Int32Array): void {
    const own = ++regions;
    for (const state of members) region[state] = own;
    steps.fill(0);
    owes.fill(0);
    eager.fill(0);
    last.fill(-1);
    let goesRound = false;
    for (const state of members) {
      for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
        const after = to[at] as number;
        const what = label[at] as number;
        const agent = agentOf[what] as number;
        const inside = after >= 0 && region[after] === own;
        goesRound ||= inside;
        if (agent < 0) continue;
        if (inside) steps[agent] = 1;
        const owed = dutyOf[what] as number;
        if (owed === duty.none) continue;
        if (owed === duty.strong) eager[agent] = 1;
        if (last[agent] === state) continue;
        last[agent] = state;
        owes[agent] = (owes[agent] as number) + 1;
      }
    }
    if (!goesRound) return;
    let starves = false;
    for (let agent = 0; agent < agents; agent++) {
      if (steps[agent] === 1) continue;
      if (owes[agent] === members.length) return;
      starves ||= eager[agent] === 1;
    }
    if (!starves) isFair.add(own);
    else left.push(members.filter((state) => !starvesIn(state)));
  }

  /** Whether somebody who never steps could do so here. */
  function starvesIn(state: number): boolean {
    for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
      const what = label[at] as number;
      if (dutyOf[what] === duty.strong && steps[agentOf[what] as number] === 0) return true;
    }
    return false;
  }

  for (let members = left.pop(); members; members = left.pop()) {
    const own = ++regions;
    for (const state of members) {
      region[state] = own;
      order[state] = 0;
    }
    divide(members, own);
  }
  return { region, isFair };
}
