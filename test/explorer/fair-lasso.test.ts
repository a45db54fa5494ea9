/** Fair lassos of random graphs, against the oracle. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { duty, fairLasso, type Lasso } from '#explorer';
import { long } from '../long.ts';
import { oracle, told } from './lasso-oracle.ts';
import { type Asked, randomGraph } from './random-graph.ts';

const runs = long ? 20_000 : 2000;
const mostStates = 2000;

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
}, 600_000);
