/** The largest weight of a path, against a search that knows nothing of components. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '#explorer';
import { longestPaths, sourceOf } from '../../explorer/longest-path.ts';

interface Way {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

function graphOf(states: number, ways: readonly Way[]): { graph: Graph; weights: number[] } {
  const sorted = ways.toSorted((a, b) => a.from - b.from);
  const first = Uint32Array.from({ length: states + 1 }, (_, at) => sorted.filter(({ from }) => from < at).length);
  const graph = {
    states,
    first,
    to: Int32Array.from(sorted, ({ to }) => to),
    label: new Uint16Array(sorted.length),
    labels: [],
  };
  return { graph, weights: sorted.map(({ weight }) => weight) };
}

/** By so many rounds that only what goes round could still grow, and as many again to see whether it does. */
function byRounds(states: number, ways: readonly Way[], inside: Uint8Array): number[] {
  const best = Array.from({ length: states }, () => 0);
  const round = (): void => {
    for (const { from, to, weight } of ways) {
      if (inside[from] && to >= 0)
        best[from] = Math.max(best[from] as number, weight + (inside[to] ? (best[to] as number) : 0));
    }
  };
  for (let i = 0; i < states; i++) round();
  const settled = [...best];
  for (let i = 0; i < states + 1; i++) round();
  return best.map((value, at) => (value > (settled[at] as number) ? Number.POSITIVE_INFINITY : value));
}

const someGraph = fc.integer({ min: 1, max: 9 }).chain((states) =>
  fc.record({
    states: fc.constant(states),
    ways: fc.array(
      fc.record({
        from: fc.nat({ max: states - 1 }),
        to: fc.integer({ min: -1, max: states - 1 }),
        weight: fc.nat({ max: 2 }),
      }),
      { maxLength: 18 },
    ),
    inside: fc
      .array(fc.nat({ max: 3 }), { minLength: states, maxLength: states })
      .map((each) => Uint8Array.from(each, (n) => Number(n > 0))),
  }),
);

test('the largest weights are those of a search by rounds, and the paths that are told have them', () => {
  fc.assert(
    fc.property(someGraph, ({ states, ways, inside }) => {
      const { graph, weights } = graphOf(states, ways);
      const { best, pathFrom } = longestPaths(graph, { inside, weight: (place) => weights[place] as number });
      const expected = byRounds(states, ways, inside).map((value, at) => (inside[at] ? value : 0));
      expect([...best]).toEqual(expected);
      for (let at = 0; at < states; at++) {
        if (!inside[at]) continue;
        const places = pathFrom(at);
        const path = [at, ...places.map((place) => graph.to[place] as number)];
        places.forEach((place, i) => expect(sourceOf(graph, place)).toBe(path[i]));
        const weight = places.reduce((sum, place) => sum + (weights[place] as number), 0);
        if (Number.isFinite(best[at])) expect(weight).toBe(best[at]);
        else {
          const last = path.at(-1) as number;
          const round = places.slice(path.indexOf(last));
          expect(round.some((place) => (weights[place] as number) > 0)).toBe(true);
        }
      }
    }),
    { seed: 20260, numRuns: 3000 },
  );
});
