/** Random graphs with agents to whom transitions are owed, in which going round for ever is sometimes fair and sometimes not. */
import type { FairGraph } from '#explorer';

/** A graph, and what is asked of it. */
export interface Asked {
  readonly graph: FairGraph;
  readonly starts: readonly number[];
  readonly begins: Uint8Array;
  readonly stays: Uint8Array;
}

/** A graph whose agents are those of a number, of up to so many states; the same for the same number. */
export function randomGraph(seed: number, mostStates: number): Asked {
  const random = generator(seed);
  const chance = (p: number): boolean => random() < p;
  const below = (n: number): number => Math.floor(random() * n);
  const states = Math.max(1, Math.floor(Math.exp(random() * Math.log(mostStates + 1))));
  const agents = 1 + below(4);
  // States stand in groups. Who strides goes on to a later group with every step, so that whoever goes round lets him wait.
  const groups = 1 + below(Math.min(states, 12));
  const strides = Array.from({ length: agents }, (_, agent) => agent > 0 && chance(0.7));
  const waits = [0, 0, 0.01, 0.2][below(4)] as number;
  const nobodys = [0, 0.3][below(2)] as number;
  const group = (state: number): number => Math.floor((state * groups) / states);
  const later = (state: number): number => {
    const least = Math.ceil(((group(state) + 1) * states) / groups);
    return least >= states ? -1 : least + below(states - least);
  };
  const near = (state: number): number => {
    const least = Math.ceil((group(state) * states) / groups);
    const end = Math.ceil(((group(state) + 1) * states) / groups);
    return least + below(end - least);
  };

  const first = new Uint32Array(states + 1);
  const to: number[] = [];
  const label: number[] = [];
  for (let state = 0; state < states; state++) {
    first[state] = to.length;
    for (let agent = 0; agent < agents; agent++) {
      if (chance(waits)) continue;
      const kind = chance(0.3) ? 2 : chance(waits / 4) ? 0 : 1;
      for (let i = chance(0.2) ? 2 : 1; i > 0; i--) {
        // In the last group whoever strides fails.
        to.push(strides[agent] ? later(state) : chance(0.1) ? later(state) : near(state));
        label.push(3 * agent + kind);
      }
    }
    if (chance(nobodys)) {
      to.push(near(state));
      label.push(3 * agents);
    }
  }
  first[states] = to.length;
  const reached = new Set([0]);
  for (const state of reached)
    for (let at = first[state] as number; at < (first[state + 1] as number); at++)
      if ((to[at] as number) >= 0) reached.add(to[at] as number);
  const labels = Array.from({ length: 3 * agents + 1 }, (_, i) => i);
  return {
    graph: {
      states,
      first,
      to: Int32Array.from(to),
      label: Uint16Array.from(label),
      agents,
      agentOf: Int16Array.from(labels, (i) => (i === 3 * agents ? -1 : Math.floor(i / 3))),
      dutyOf: Uint8Array.from(labels, (i) => (i === 3 * agents ? 0 : i % 3)),
    },
    starts: [0],
    begins: Uint8Array.from({ length: states }, (_, state) =>
      Number(state === 0 || (reached.has(state) && chance(0.2))),
    ),
    stays: Uint8Array.from({ length: states }, (_, state) => Number(state === 0 || chance(0.97))),
  };
}

/** Numbers from 0 to 1, by a xorshift. */
function generator(seed: number): () => number {
  let word = (seed ^ 0x9e3779b9) | 1;
  return () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) / 2 ** 32;
  };
}
