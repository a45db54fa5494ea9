/**
 * Fair lassos against an oracle that knows no components: for every choice of who acts again and again, it strikes out states that
 * cannot come to all that is then asked of them, until none is left to strike out.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { duty, type FairGraph, fairLasso, type Lasso } from '#explorer';
import { type Asked, randomGraph } from './random-graph.ts';

const runs = process.env.MMUCHECK_LONG === '1' ? 20_000 : 2000;
const mostStates = 2000;

interface Step {
  readonly from: number;
  readonly to: number;
  readonly agent: number;
}

/** What is known of a graph without looking at its rows again. */
function told({ states, first, to, label, agentOf, dutyOf }: FairGraph) {
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
function oracle({ graph, begins, stays }: Asked): 'fair' | 'unfair' | 'none' {
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

/** Why a lasso is none, by definition; undefined of one that is. */
function flaw({ graph, starts, begins, stays }: Asked, { start, places, loopFrom }: Lasso): string | undefined {
  const { owed } = told(graph);
  const source = (place: number): number => graph.first.findLastIndex((from) => from <= place);
  const agentAt = (place: number): number => graph.agentOf[graph.label[place] as number] as number;
  const visited = [start, ...places.map((place) => graph.to[place] as number)];
  if (!starts.includes(start)) return 'it begins nowhere';
  if (places.some((place, i) => source(place) !== visited[i])) return 'it jumps';
  if (visited[loopFrom] !== visited.at(-1)) return 'it does not come back';
  const since = visited.findIndex(
    (_, i) => begins[visited[i] as number] === 1 && visited.slice(i).every((s) => stays[s] === 1),
  );
  if (since < 0 || since > loopFrom) return 'nothing begins';
  const round = visited.slice(loopFrom);
  for (let agent = 0; agent < graph.agents; agent++) {
    if (places.slice(loopFrom).some((place) => agentAt(place) === agent)) continue;
    if (round.every((state) => owed[state]?.has(agent))) return `agent ${agent} waits for ever`;
    if (round.some((state) => owed[state]?.get(agent) === duty.strong)) return `agent ${agent} never gets what is free`;
  }
  return undefined;
}

test(`${runs} random graphs have a fair lasso exactly when the oracle says so`, () => {
  const count = { fair: 0, unfair: 0, none: 0 };
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const asked = randomGraph(seed, mostStates);
      const expected = oracle(asked);
      count[expected]++;
      const lasso = fairLasso(asked.graph, asked.starts, asked.begins, asked.stays);
      expect(lasso !== undefined).toBe(expected === 'fair');
      if (lasso) expect(flaw(asked, lasso)).toBeUndefined();
    }),
    { seed: 5, numRuns: runs, endOnFailure: true },
  );
  expect(count.fair).toBeGreaterThanOrEqual(runs / 3);
  expect(count.unfair).toBeGreaterThanOrEqual(runs / 3);
});
