/** Which outcomes a memory order forbids, and which programs show them. */
import { type Litmus, litmus, type LitmusShape, litmusPrograms } from '#model';
import { claim, drained, ended, type MemoryOrder, memoryOrders, suite } from '#notation';

/** For each shape the outcome that it is about: no interleaving of its threads has it. */
const relaxed: Readonly<Record<LitmusShape, (s: Litmus) => boolean>> = {
  sb: ({ r }) => r[0] === 0 && r[1] === 0,
  mp: ({ r }) => r[0] === 1 && r[1] === 0,
  lb: ({ r }) => r[0] === 1 && r[1] === 1,
  r: ({ r, y }) => y === 2 && r[0] === 0,
  s: ({ r, x }) => r[0] === 1 && x === 2,
  'two-w': ({ x, y }) => x === 1 && y === 1,
  iriw: ({ r }) => r[0] === 1 && r[1] === 0 && r[2] === 1 && r[3] === 0,
  corr: ({ r }) => r[0] === 1 && r[1] === 0,
  coww: ({ x }) => x === 1,
};

/** Whether every thread has run and everything stored is visible. */
export function isOutcome(s: Litmus): boolean {
  return [...s.P0, ...s.P1, ...s.P2, ...s.P3].every(ended) && drained(s);
}

export const noRelaxedOutcome = claim(
  'every outcome is one of some interleaving of the threads',
  (s: Litmus) => !(isOutcome(s) && relaxed[s.shape](s)),
);

/** The programs that show it under each order: those that Intel and AMD, and SPARC, publish as allowed. */
const everywhere = ['sb', 'sb-mb-once', 'sb-wmbs', 'sb-releases', 'r', 'r-wmb'];
const shown: Readonly<Record<MemoryOrder, readonly string[]>> = {
  sc: [],
  tso: everywhere,
  pso: [...everywhere, 'r-mb', 'mp', 'mp-rmb', 's', 'two-w', 'two-w-wmb-once'],
};

export const litmusSuite = suite(litmus, {
  invariants: { noRelaxedOutcome },
  reachable: { anOutcome: claim('the threads come to an end', isOutcome) },
  violated: Object.fromEntries(
    Object.keys(litmusPrograms).flatMap((name) =>
      memoryOrders.map((order) => [
        `${name}-${order}`,
        shown[order].includes(name) ? ['noRelaxedOutcome' as const] : [],
      ]),
    ),
  ),
});
