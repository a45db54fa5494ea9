/**
 * An oracle for fair executions that knows no components: for every choice of who acts again and again, it strikes out states that
 * cannot come to all that is then asked of them, until none is left to strike out.
 */
import { duty, type FairGraph } from '#explorer';
import type { Asked } from './random-graph.ts';

interface Step {
  readonly from: number;
  readonly to: number;
  readonly agent: number;
}

/** What is known of a graph without looking at its rows again. */
export function told({ states, first, to, label, agentOf, dutyOf }: FairGraph) {
  const steps: Step[] = [];
  const owed: Map<number, number>[] = [];
  for (let state = 0; state < states; state++) {
    owed[state] = new Map();
    for (let at = first[state] as number; at < (first[state + 1] as number); at++) {
      const what = label[at] as number;
      const agent = agentOf[what] as number;
      if ((to[at] as number) >= 0) steps.push({ from: state, to: to[at] as number, agent });
      if (dutyOf[what] !== duty.none)
        owed[state].set(agent, Math.max(dutyOf[what] as number, owed[state].get(agent) ?? 0));
    }
  }
  return { steps, owed };
}

/** Adds whatever leads to the set, by the steps. */
function closure(set: Set<number>, from: ReadonlyMap<number, readonly number[]>): Set<number> {
  const closed = new Set(set);
  for (const state of closed) for (const before of from.get(state) ?? []) closed.add(before);
  return closed;
}

function bySource(steps: readonly Step[], key: 'from' | 'to'): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const step of steps) {
    const list = found.get(step[key]);
    const other = key === 'from' ? step.to : step.from;
    if (list) list.push(other);
    else found.set(step[key], [other]);
  }
  return found;
}

/** Strikes out states that cannot come to each goal, or not go on, by steps among the others. */
function survivors(
  among: Set<number>,
  allowed: readonly Step[],
  goals: readonly ((alive: Set<number>, steps: readonly Step[]) => Set<number>)[],
) {
  let alive = among;
  for (;;) {
    const steps = allowed.filter(({ from, to }) => alive.has(from) && alive.has(to));
    const before = bySource(steps, 'to');
    let left = new Set(steps.map(({ from }) => from));
    for (const goal of goals) {
      const able = closure(goal(alive, steps), before);
      left = new Set([...left].filter((state) => able.has(state)));
    }
    if (left.size === alive.size) return alive;
    alive = left;
  }
}

/** What there is in a graph, by definition: a fair way to stay for ever, an unfair one only, or none. */
export function oracle({ graph, begins, stays }: Asked): 'fair' | 'unfair' | 'none' {
  const { steps, owed } = told(graph);
  const inside = steps.filter(({ from, to }) => stays[from] === 1 && stays[to] === 1);
  const beginning = Array.from({ length: graph.states }, (_, state) => state).filter(
    (s) => begins[s] === 1 && stays[s] === 1,
  );
  const reached = closure(new Set(beginning), bySource(inside, 'from'));
  if ([...reached].some((state) => owed[state]?.size === 0)) return 'fair';
  const agents = Array.from({ length: graph.agents }, (_, agent) => agent);
  for (let acting = 0; acting < 2 ** graph.agents; acting++) {
    const acts = (agent: number): boolean => agent < 0 || ((acting >> agent) & 1) === 1;
    const among = [...reached].filter((state) =>
      agents.every((agent) => acts(agent) || owed[state]?.get(agent) !== duty.strong),
    );
    const goals = agents.map(
      (agent) => (alive: Set<number>, among: readonly Step[]) =>
        acts(agent)
          ? new Set(among.filter((step) => step.agent === agent).map(({ from }) => from))
          : new Set([...alive].filter((state) => !owed[state]?.has(agent))),
    );
    const allowed = inside.filter(({ agent }) => acts(agent));
    if (survivors(new Set(among), allowed, goals).size > 0) return 'fair';
  }
  return survivors(reached, inside, []).size > 0 ? 'unfair' : 'none';
}
